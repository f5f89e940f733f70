//! What goes on by itself: gates open, targets settle, steps pass or fail.

use super::*;
use crate::analysis::{Observation, Verdict, Watch, judge};
use crate::gates::{self, Turn, Unmet};
use crate::promotion::StepRecord;
use crate::rollout::{Condition, FailureReport, TargetPhase};

impl Track {
    pub(super) fn advance(&mut self, facts: &Facts, now: Timestamp, events: &mut Vec<EventBody>) {
        self.expire_lock(now, events);
        if let Some(id) = self.rollout().map(|rollout| rollout.id) {
            self.advance_rollout(id, facts, now, events);
            self.follow_what_runs();
        }
        let waiting: Vec<PromotionId> = self.waiting().iter().map(|promotion| promotion.id).collect();
        for id in waiting {
            self.advance_waiting(id, facts, now, events);
        }
    }

    /// Starts a promotion whose gates are open, or notes which are not.
    fn advance_waiting(
        &mut self,
        id: PromotionId,
        facts: &Facts,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(gate_facts) = facts.gates.get(&id) else { return };
        self.adopt(id, gate_facts);
        let Some(promotion) = self.promotions.get(&id) else { return };
        let artifact = promotion.release.artifact;
        if let (Some(train), Some(Turn::Over)) = (promotion.train, &gate_facts.turn) {
            let reason = format!("train {train} is over");
            self.reject(artifact, id, reason.clone(), now);
            return self.finish(id, Outcome::Cancelled, Some(reason), now, events);
        }
        let mut closed = gates::unmet(promotion, gate_facts, now);
        closed.extend(self.in_the_way(promotion));
        let (passed, closed) = match promotion.emergency() {
            Some(_) => closed.into_iter().partition(Unmet::can_be_overridden),
            None => (Vec::new(), closed),
        };
        if !closed.is_empty() {
            if let Some(promotion) = self.promotions.get_mut(&id) {
                promotion.waits_for = closed;
            }
            return;
        }
        let is_running = self.lane.release().is_some_and(|running| running.artifact == artifact);
        if is_running && !self.lane.is_repaired_by(&artifact) {
            let reason = "that artifact runs here already".to_owned();
            return self.finish(id, Outcome::Superseded, Some(reason), now, events);
        }
        self.note_emergency(id, passed, events);
        self.start(id, now, events);
    }

    /// A promotion that waits goes by the manifest as it is now.
    fn adopt(&mut self, id: PromotionId, facts: &GateFacts) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        if let Some(plan) = facts.plan.as_ref().filter(|plan| !plan.says_the_same_as(&promotion.plan)) {
            promotion.plan = plan.clone();
        }
        if let Some(authors) = &facts.authors {
            promotion.authors.clone_from(authors);
            promotion.other_base = false;
        }
    }

    /// What of the environment itself keeps a promotion waiting.
    fn in_the_way(&self, promotion: &Promotion) -> Vec<Unmet> {
        let lane = &self.lane;
        let busy = self.rollout().map(|rollout| Unmet::Busy { promotion: rollout.id });
        let drift = lane.drift.as_ref().filter(|_| !lane.is_repaired_by(&promotion.release.artifact));
        let drifted = drift.map(|drift| Unmet::Drifted { drift: drift.clone() });
        let locked = lane.lock.as_ref().map(|lock| Unmet::Locked {
            by: lock.owner.label(),
            since: lock.since,
            reason: lock.reason.clone(),
            until: lock.until,
        });
        let hold = lane.hold.as_ref().filter(|_| promotion.kind.is_automatic());
        let held = hold.map(|hold| Unmet::Held {
            by: hold.by.label(),
            since: hold.since,
            reason: hold.reason.clone(),
        });
        let train = self.train_first(promotion);
        [busy, drifted, locked, held, train].into_iter().flatten().collect()
    }

    /// Automation lets a train go first that waits in the same environment.
    fn train_first(&self, promotion: &Promotion) -> Option<Unmet> {
        let mut cars = self.promotions.values().filter(|other| other.is_waiting());
        let train = cars.find_map(|other| other.train).filter(|_| promotion.kind.is_automatic())?;
        Some(Unmet::Train { train, reason: "it goes first".to_owned() })
    }

    fn start(&mut self, id: PromotionId, now: Timestamp, events: &mut Vec<EventBody>) {
        let old = self.lane.release().cloned();
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        promotion.waits_for.clear();
        promotion.plan.steps = effective_steps(&promotion.plan.steps, old.as_ref());
        promotion.replaces = old;
        events.push(EventBody::RolloutStarted { promotion: reference(promotion) });
        self.begin_step(id, 0, now, events);
    }

    fn begin_step(&mut self, id: PromotionId, step: usize, now: Timestamp, events: &mut Vec<EventBody>) {
        let Some(promotion) = self.promotions.get(&id) else { return };
        let Some(Step { weight, bake }) = promotion.plan.steps.get(step).copied() else {
            return self.complete(id, now, events);
        };
        let target = promotion.plan.target.clone();
        let shares = split(&promotion.release, self.lane.release(), weight);
        let sequence = self.request(&target, shares, events);
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        promotion.state = State::Rolling { step, sequence, since: now };
        promotion.steps.push(StepRecord {
            weight,
            bake,
            started_at: now,
            reached_at: None,
            ended_at: None,
            measured: None,
            looks: 0,
            verdict: None,
        });
    }

    fn advance_rollout(
        &mut self,
        id: PromotionId,
        facts: &Facts,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get(&id) else { return };
        let late = |since| overdue(&promotion.plan.target, since, now);
        match promotion.state.clone() {
            State::Rolling { step, sequence, since } => {
                self.advance_rolling(id, step, sequence, since, facts, now, events);
            }
            State::Baking { step, until, extensions, .. } => {
                self.advance_baking(id, step, until, extensions, facts, now, events);
            }
            State::Reverting { outcome, reason, sequence, since } => {
                let target = facts.target.as_ref().filter(|status| status.sequence >= sequence);
                let is_back = target.is_some_and(|status| status.phase == TargetPhase::Settled);
                if is_back {
                    if let Some(promotion) = self.promotions.get_mut(&id) {
                        promotion.restored_at = Some(now);
                    }
                    return self.finish(id, outcome, Some(reason), now, events);
                }
                let failure = target.and_then(failed).or_else(|| late(since));
                if let Some(failure) = failure {
                    let reason = format!("{reason}; going back failed too: {}", failure.summary);
                    self.finish(id, outcome, Some(reason), now, events);
                }
            }
            State::Waiting | State::Finished { .. } => {}
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of one state, taken apart where it was matched"
    )]
    fn advance_rolling(
        &mut self,
        id: PromotionId,
        step: usize,
        sequence: u64,
        since: Timestamp,
        facts: &Facts,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let target = facts.target.as_ref().filter(|status| status.sequence >= sequence);
        if target.is_some_and(|status| status.phase == TargetPhase::Settled) {
            return self.reached(id, step, now, events);
        }
        let Some(promotion) = self.promotions.get(&id) else { return };
        let late = || overdue(&promotion.plan.target, since, now);
        if let Some(failure) = target.and_then(failed).or_else(late) {
            self.give_up(id, step, failure, now, events);
        }
    }

    /// The release does not come up. Before it had traffic that is a failure; after, a rollback.
    fn give_up(
        &mut self,
        id: PromotionId,
        step: usize,
        failure: FailureReport,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        let reason = failure.summary.clone();
        let is_rollback = promotion.kind.is_rollback();
        promotion.failure = Some(failure);
        if is_rollback {
            // The target kept what had traffic. Going back from going back would only repeat the harm.
            return self.finish(id, Outcome::Failed, Some(reason), now, events);
        }
        let outcome = if step == 0 { Outcome::Failed } else { Outcome::RolledBack };
        self.revert(id, outcome, reason, now, events);
    }

    fn reached(&mut self, id: PromotionId, step: usize, now: Timestamp, events: &mut Vec<EventBody>) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        let Some(record) = promotion.steps.last_mut() else { return };
        record.reached_at = Some(now);
        let (weight, bake) = (record.weight, record.bake);
        let reference = reference(promotion);
        promotion.state =
            State::Baking { step, since: now, until: bake.after(now), extensions: 0, asks: false };
        events.push(EventBody::StepReached { promotion: reference, weight });
        if bake == Period::ZERO {
            self.pass(id, step, Verdict::Pass, now, events);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of one state, taken apart where it was matched"
    )]
    fn advance_baking(
        &mut self,
        id: PromotionId,
        step: usize,
        until: Timestamp,
        extensions: u32,
        facts: &Facts,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        // What was reported before the step was asked for says nothing of it.
        let target = facts.target.as_ref().filter(|status| status.sequence >= self.lane.sequence);
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        if let Some(report) = target.and_then(|status| stopped(status, &promotion.release)) {
            let reason = format!(
                "{} stopped while it was watched: {}",
                promotion.release.artifact.short(),
                report.summary
            );
            promotion.failure = Some(report);
            return self.revert(id, Outcome::RolledBack, reason, now, events);
        }
        let Some(measured) = &facts.measured else { return };
        let Some(record) = promotion.steps.last_mut() else { return };
        let watch = Watch { looks: record.looks, is_over: until <= now };
        let judgement = judge(&promotion.plan.rollback_when, measured, watch);
        record.measured = measured.as_ref().ok().map(Observation::comparison).or(record.measured);
        record.looks = judgement.looks;
        record.verdict = Some(judgement.verdict.clone());
        // With nothing to go back to, waiting for more data would protect nobody. The step says that it lacked data.
        let is_first = promotion.replaces.is_none();
        match judgement.verdict {
            Verdict::Fail { reason } => self.revert(id, Outcome::RolledBack, reason, now, events),
            Verdict::Pass if until <= now => self.pass(id, step, Verdict::Pass, now, events),
            Verdict::Pass => {}
            Verdict::NotEnoughData { .. } | Verdict::CouldNotMeasure { .. } if until <= now && is_first => {
                self.pass(id, step, judgement.verdict, now, events);
            }
            Verdict::NotEnoughData { requests, needed } if until <= now => {
                let reason = format!("{requests} of {needed} requests needed to judge it");
                self.want_of_data(id, extensions, reason, now, events);
            }
            Verdict::CouldNotMeasure { reason } if until <= now => {
                self.want_of_data(id, extensions, reason, now, events);
            }
            Verdict::NotEnoughData { .. } | Verdict::CouldNotMeasure { .. } => {}
        }
    }

    /// The step is over, but nothing can be said. More time first; then a person decides. Never a silent pass.
    fn want_of_data(
        &mut self,
        id: PromotionId,
        extended: u32,
        why: String,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        let reference = reference(promotion);
        let bake = promotion.steps.last().map_or(Period::ZERO, |record| record.bake);
        let State::Baking { until, extensions, asks, .. } = &mut promotion.state else { return };
        if extended < EXTENSIONS {
            *extensions = extended + 1;
            *until = bake.after(now);
        } else if !*asks {
            *asks = true;
            events.push(EventBody::DecisionAsked { promotion: reference, reason: why });
        }
    }

    pub(super) fn pass(
        &mut self,
        id: PromotionId,
        step: usize,
        verdict: Verdict,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        let Some(record) = promotion.steps.last_mut() else { return };
        record.ended_at = Some(now);
        let weight = record.weight;
        events.push(EventBody::StepPassed { promotion: reference(promotion), weight, verdict });
        self.begin_step(id, step + 1, now, events);
    }

    /// Every step passed: the release is what runs, and what it replaced may stop.
    fn complete(&mut self, id: PromotionId, now: Timestamp, events: &mut Vec<EventBody>) {
        let Some(promotion) = self.promotions.get(&id) else { return };
        let (release, target, kind) =
            (promotion.release.clone(), promotion.plan.target.clone(), promotion.kind.clone());
        self.request(&target, only(&release), events);
        if let Some(stay) = self.lane.stays.last_mut() {
            stay.until.get_or_insert(now);
        }
        self.lane.stays.push(Stay { release: release.clone(), promotion: id, from: now, until: None });
        let by = match &kind {
            Kind::Automatic => Actor::Keelson,
            Kind::Manual { by, .. } | Kind::Rollback { by, .. } => by.clone(),
        };
        // It has proven itself: whatever was held against it before is settled.
        self.lane.rejected.retain(|rejection| rejection.artifact != release.artifact);
        // The same again is no pick: it replaces files that were tampered with.
        let before = self.lane.release().map(|before| before.artifact);
        self.lane.running = Some(Running { release: release.clone(), since: now, promotion: id, by, target });
        self.finish(id, Outcome::Done, None, now, events);
        if before != Some(release.artifact) {
            self.settle_hold(&kind, &release, now, events);
        }
    }

    /// A person's pick leaves a hold unless it is the newest candidate, which lifts one (Kargo's rule since 1.11).
    fn settle_hold(&mut self, kind: &Kind, release: &Release, now: Timestamp, events: &mut Vec<EventBody>) {
        match kind {
            Kind::Manual { newest: true, .. } if self.lane.hold.is_some() => {
                let _ = self.resume(events);
            }
            Kind::Manual { newest: false, by } => {
                let reason =
                    format!("{} was picked by hand, and newer candidates exist", release.artifact.short());
                self.hold(by.clone(), reason, now, events);
            }
            Kind::Manual { newest: true, .. } | Kind::Automatic | Kind::Rollback { .. } => {}
        }
    }
}

fn failed(status: &TargetStatus) -> Option<FailureReport> {
    match &status.phase {
        TargetPhase::Failed { report } => Some(report.clone()),
        TargetPhase::Applying | TargetPhase::Settled => None,
    }
}

fn overdue(target: &Target, since: Timestamp, now: Timestamp) -> Option<FailureReport> {
    let deadline = target.settles_within();
    (deadline.after(since) <= now).then(|| FailureReport {
        summary: format!("the target did not settle within {deadline}"),
        ..FailureReport::default()
    })
}

fn stopped(status: &TargetStatus, release: &Release) -> Option<FailureReport> {
    match &status.release(&release.artifact)?.condition {
        Condition::Exited { report } => Some(report.clone()),
        Condition::Starting | Condition::Ready | Condition::Draining => None,
    }
}
