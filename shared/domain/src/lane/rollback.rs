//! Going back: by a person's command, or by a rollout that takes itself back.

use super::*;
use crate::promotion::StepRecord;

impl Track {
    /// A person's command. Nothing blocks it: not a hold, a gate, or a rollout under way, which it pre-empts.
    pub(super) fn roll_back(
        &mut self,
        rollback: RollBack,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let RollBack { id, to, by, reason, mut plan } = rollback;
        let release = match to {
            Some(release) => release,
            None => self.default_destination()?,
        };
        let label = by.label();
        let left = self.leave_rollout(id, &label, now, events);
        let bad =
            left.or_else(|| self.lane.release().cloned()).filter(|bad| bad.artifact != release.artifact);
        let why = reason.clone().unwrap_or_else(|| "no reason given".to_owned());
        if let Some(bad) = &bad {
            self.reject(bad.artifact, id, format!("rolled back by {label}: {why}"), now);
        }
        self.lane.rejected.retain(|rejection| rejection.artifact != release.artifact);
        self.hold(by.clone(), format!("rolled back to {}: {why}", release.artifact.short()), now, events);

        if let Some(running) = self.lane.running.as_ref().filter(|running| running.release == release) {
            plan.target = running.target.clone();
        }
        plan.steps = vec![Step { weight: Weight::ALL, bake: Period::ZERO }];
        let proposal = Proposal {
            id,
            release,
            kind: Kind::Rollback { by, reason },
            plan,
            authors: Vec::new(),
            train: None,
        };
        self.start_at_once(proposal, bad, now, events);
        Ok(())
    }

    /// Without a named artifact: out of a rollout to what ran before it, else to the verified release before.
    fn default_destination(&self) -> Result<Release, Rejected> {
        let leaves_rollout = self.rollout().is_some_and(|rollout| !rollout.kind.is_rollback());
        let back_to = if leaves_rollout { self.lane.release() } else { self.lane.previous() };
        back_to.cloned().ok_or(Rejected::NothingBefore)
    }

    /// Ends the rollout under way in favor of the rollback, and returns what it was bringing.
    fn leave_rollout(
        &mut self,
        rollback: PromotionId,
        label: &str,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Option<Release> {
        let (id, release) = self.rollout().map(|rollout| (rollout.id, rollout.release.clone()))?;
        let reason = format!("rolled back by {label}: {rollback} took its place");
        if let Some(rollout) = self.promotions.get_mut(&id) {
            rollout.pre_empted_by = Some(rollback);
        }
        self.finish(id, Outcome::RolledBack, Some(reason), now, events);
        Some(release)
    }

    fn start_at_once(
        &mut self,
        proposal: Proposal,
        replaces: Option<Release>,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let target = proposal.plan.target.clone();
        // What has traffic now keeps it until the release to go back to is ready: the target sees to that.
        let sequence = self.request(&target, only(&proposal.release), events);
        let record = StepRecord {
            weight: Weight::ALL,
            bake: Period::ZERO,
            started_at: now,
            reached_at: None,
            ended_at: None,
            measured: None,
            looks: 0,
            verdict: None,
        };
        let promotion = Promotion {
            id: proposal.id,
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            release: proposal.release,
            replaces,
            kind: proposal.kind,
            plan: proposal.plan,
            authors: proposal.authors,
            approvals: Vec::new(),
            created_at: now,
            state: State::Rolling { step: 0, sequence, since: now },
            steps: vec![record],
            waits_for: Vec::new(),
            failure: None,
            pre_empted_by: None,
            train: proposal.train,
            overriding: None,
            other_base: false,
            restored_at: None,
        };
        events.push(EventBody::PromotionProposed { promotion: reference(&promotion) });
        events.push(EventBody::RolloutStarted { promotion: reference(&promotion) });
        self.promotions.insert(promotion.id, promotion);
    }

    /// Takes a rollout back to what ran before it, or to nothing if nothing did.
    pub(super) fn revert(
        &mut self,
        id: PromotionId,
        outcome: Outcome,
        reason: String,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get(&id) else { return };
        let release = promotion.release.clone();
        events.push(EventBody::RolloutReverting { promotion: reference(promotion), reason: reason.clone() });
        let (target, shares) = match &self.lane.running {
            Some(running) => (running.target.clone(), only(&running.release)),
            None => (promotion.plan.target.clone(), Vec::new()),
        };
        let sequence = self.request(&target, shares, events);
        match outcome {
            Outcome::RolledBack => {
                self.reject(release.artifact, id, reason.clone(), now);
                let because = format!("{} was rolled back: {reason}", release.artifact.short());
                self.hold(Actor::Keelson, because, now, events);
            }
            Outcome::Failed => self.reject(release.artifact, id, reason.clone(), now),
            Outcome::Done | Outcome::Cancelled | Outcome::Superseded => {}
        }
        if let Some(promotion) = self.promotions.get_mut(&id) {
            promotion.state = State::Reverting { outcome, reason, sequence, since: now };
        }
    }

    pub(super) fn reject(&mut self, artifact: Digest, promotion: PromotionId, reason: String, at: Timestamp) {
        self.lane.rejected.retain(|rejection| rejection.artifact != artifact);
        self.lane.rejected.push(Rejection { artifact, promotion, at, reason });
    }
}
