//! What people and automation ask for: propose, approve, cancel, hold, resume.

use super::*;
use crate::analysis::Verdict;
use crate::gates;
use crate::promotion::Approval;

impl Track {
    pub(super) fn propose(
        &mut self,
        proposal: Proposal,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let artifact = proposal.release.artifact;
        if let Some(train) = proposal.train {
            self.make_room_for_train(train, &artifact, now, events);
        }
        let carries_it =
            |promotion: &&Promotion| !promotion.is_finished() && promotion.release.artifact == artifact;
        if let Some(already) = self.promotions.values().find(carries_it).map(|promotion| promotion.id) {
            return self.pick(already, proposal.kind);
        }
        let is_running = self.lane.release().is_some_and(|running| running.artifact == artifact);
        let repairs = self.lane.is_repaired_by(&artifact) && !proposal.kind.is_automatic();
        if is_running && self.rollout().is_none() && !repairs {
            return Err(Rejected::AlreadyRunning);
        }
        if proposal.kind.is_automatic() {
            self.supersede_waiting(proposal.id, now, events);
        }
        let promotion = self.promotion(proposal, now);
        events.push(EventBody::PromotionProposed { promotion: reference(&promotion) });
        self.promotions.insert(promotion.id, promotion);
        Ok(())
    }

    fn promotion(&self, proposal: Proposal, now: Timestamp) -> Promotion {
        Promotion {
            id: proposal.id,
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            release: proposal.release,
            replaces: self.lane.release().cloned(),
            kind: proposal.kind,
            plan: proposal.plan,
            authors: proposal.authors,
            approvals: Vec::new(),
            created_at: now,
            state: State::Waiting,
            steps: Vec::new(),
            waits_for: Vec::new(),
            failure: None,
            pre_empted_by: None,
            train: proposal.train,
            overriding: None,
            other_base: false,
            restored_at: None,
        }
    }

    /// What automation has proposed already goes with the train now.
    fn make_room_for_train(
        &mut self,
        train: TrainId,
        artifact: &Digest,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let same = |promotion: &&Promotion| {
            promotion.is_waiting() && promotion.kind.is_automatic() && promotion.release.artifact == *artifact
        };
        if let Some(id) = self.promotions.values().find(same).map(|promotion| promotion.id) {
            self.finish(id, Outcome::Superseded, Some(format!("it goes with train {train}")), now, events);
        }
    }

    /// A person asks for what automation has proposed already: from now on it is theirs, and nothing supersedes it.
    fn pick(&mut self, already: PromotionId, kind: Kind) -> Result<(), Rejected> {
        let promotion = self.live(already)?;
        if !promotion.is_waiting() || !promotion.kind.is_automatic() || kind.is_automatic() {
            return Err(Rejected::AlreadyProposed(already));
        }
        promotion.kind = kind;
        Ok(())
    }

    fn supersede_waiting(&mut self, by: PromotionId, now: Timestamp, events: &mut Vec<EventBody>) {
        let stale: Vec<PromotionId> = self
            .promotions
            .values()
            .filter(|promotion| promotion.is_waiting() && promotion.kind.is_automatic())
            .map(|promotion| promotion.id)
            .collect();
        for id in stale {
            self.finish(id, Outcome::Superseded, Some(format!("a newer candidate came: {by}")), now, events);
        }
    }

    pub(super) fn approve(
        &mut self,
        id: PromotionId,
        diff: &Diff,
        approver: &Approver,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let promotion = self.live(id)?;
        unchanged(promotion, diff)?;
        let approved =
            EventBody::PromotionApproved { promotion: reference(promotion), by: approver.login.clone() };
        match promotion.state {
            State::Waiting => {
                gates::may_approve(promotion, approver)?;
                promotion.approvals.push(Approval { by: approver.login.clone(), at: now, diff: Some(*diff) });
                events.push(approved);
            }
            // Too little data, and a person says it will do.
            State::Baking { step, asks: true, .. } => {
                events.push(approved);
                self.pass(id, step, Verdict::Pass, now, events);
            }
            State::Rolling { .. }
            | State::Baking { .. }
            | State::Reverting { .. }
            | State::Finished { .. } => {
                return Err(Rejected::NotWaiting);
            }
        }
        Ok(())
    }

    pub(super) fn cancel(
        &mut self,
        id: PromotionId,
        by: &Actor,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let promotion = self.live(id)?;
        let (state, artifact) = (promotion.state.clone(), promotion.release.artifact);
        let reason = format!("cancelled by {}", by.label());
        // What a person stopped, automation must not start again.
        self.reject(artifact, id, reason.clone(), now);
        match state {
            State::Waiting => self.finish(id, Outcome::Cancelled, Some(reason), now, events),
            State::Rolling { .. } | State::Baking { .. } => {
                self.revert(id, Outcome::Cancelled, reason, now, events)
            }
            // It is going back already: asking again changes nothing.
            State::Reverting { .. } => {}
            State::Finished { .. } => return Err(Rejected::Finished),
        }
        Ok(())
    }

    pub(super) fn hold(&mut self, by: Actor, reason: String, now: Timestamp, events: &mut Vec<EventBody>) {
        events.push(EventBody::HoldSet {
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            reason: reason.clone(),
        });
        self.lane.hold = Some(Hold { by, since: now, reason });
    }

    pub(super) fn resume(&mut self, events: &mut Vec<EventBody>) -> Result<(), Rejected> {
        self.lane.hold.take().ok_or(Rejected::NotHeld)?;
        events.push(EventBody::HoldLifted {
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
        });
        Ok(())
    }
}

/// Whether somebody looked at what would really ship.
pub(super) fn unchanged(promotion: &Promotion, seen: &Diff) -> Result<(), Rejected> {
    promotion.diff().changed_since(seen).map_or(Ok(()), |change| Err(Rejected::OtherDiff(change)))
}
