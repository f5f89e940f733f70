//! Locks: who keeps everybody away, for how long, and who may end it.

use super::*;

impl Track {
    pub(super) fn lock(
        &mut self,
        lock: Lock,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        self.expire_lock(now, events);
        self.check_owner(&lock.owner)?;
        events.push(EventBody::LockSet {
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            reason: lock.reason.clone(),
            until: lock.until,
        });
        self.lane.lock = Some(lock);
        Ok(())
    }

    pub(super) fn unlock(
        &mut self,
        by: &Actor,
        may_break: bool,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        self.expire_lock(now, events);
        if !may_break {
            self.check_owner(by)?;
        }
        self.lane.lock.take().ok_or(Rejected::NotLocked)?;
        self.lock_lifted(false, events);
        Ok(())
    }

    /// A lock whose time is over keeps nobody away, whether somebody has looked since or not.
    pub(super) fn expire_lock(&mut self, now: Timestamp, events: &mut Vec<EventBody>) {
        if self.lane.lock.take_if(|lock| lock.is_over(now)).is_some() {
            self.lock_lifted(true, events);
        }
    }

    fn check_owner(&self, by: &Actor) -> Result<(), Rejected> {
        let others = self.lane.lock.as_ref().filter(|lock| !lock.is_owned_by(by));
        others.map_or(Ok(()), |lock| Err(Rejected::LockedByOther(lock.owner.label())))
    }

    fn lock_lifted(&self, expired: bool, events: &mut Vec<EventBody>) {
        events.push(EventBody::LockLifted {
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            expired,
        });
    }
}
