//! Locks: who keeps everybody away, for how long, and who may end it.

use super::*;

/// Keeps automation and people from promoting, until its time is over or its owner unlocks. A rollback passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Who set it.
    pub owner: Actor,
    /// When.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// Until when, if it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Lock {
    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether that is its owner: the same person, with whatever token.
    pub fn is_owned_by(&self, by: &Actor) -> bool {
        match (self.owner.person(), by.person()) {
            (Some(owner), Some(person)) => owner == person,
            (Some(_), None) | (None, Some(_)) | (None, None) => self.owner == *by,
        }
    }
}

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
