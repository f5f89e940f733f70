//! What became of the cars, what that makes of the train, and what is to be done next.

use super::*;

impl Train {
    /// Looks at the cars and moves on as far as it goes at this moment. `fresh` is the identifier of a rollback that
    /// may have to be made.
    ///
    /// What is returned must be stored together, before any [`Order`] is carried out.
    pub fn consider(&mut self, facts: &[CarFacts], fresh: PromotionId, now: Timestamp) -> Vec<EventBody> {
        let never_comes = matches!(self.state, TrainState::Reverting { .. });
        for (car, seen) in self.cars.iter_mut().zip(facts) {
            car.state = noted(&car.state, seen, never_comes);
        }
        match &self.state {
            TrainState::Waiting => match self.lost(facts) {
                Some(reason) => self.revert(reason, now),
                None if facts.iter().all(|seen| seen.promotion == Seen::Ready) => {
                    self.state = TrainState::Going { since: now };
                    vec![EventBody::TrainDeparted { train: self.reference() }]
                }
                None => Vec::new(),
            },
            TrainState::Going { .. } => match (self.lost(facts), self.next()) {
                (Some(reason), _) => self.revert(reason, now),
                (None, None) => self.finish(TrainOutcome::Done, None, now),
                (None, Some(_)) => Vec::new(),
            },
            TrainState::Reverting { reason, .. } => {
                let reason = reason.clone();
                self.take_back_next(facts, fresh);
                if self.cars.iter().any(|car| !is_settled(&car.state)) {
                    return Vec::new();
                }
                let (outcome, reason) = self.end(reason);
                self.finish(outcome, Some(reason), now)
            }
            TrainState::Finished { .. } => Vec::new(),
        }
    }

    /// What is to be done next, by what was stored and seen. One car moves at a time, in either direction.
    pub fn orders(&self, facts: &[CarFacts]) -> Vec<Order> {
        match self.state {
            TrainState::Waiting | TrainState::Going { .. } => {
                let absent = facts.iter().enumerate().filter(|(_, seen)| seen.promotion == Seen::Absent);
                let mut orders: Vec<Order> = absent.map(|(index, _)| Order::Propose(index)).collect();
                let next = self.cars.iter().position(|car| !matches!(car.state, CarState::Promoted { .. }));
                let is_going = matches!(self.state, TrainState::Going { .. });
                orders.extend(next.filter(|_| is_going).map(Order::Look));
                orders
            }
            TrainState::Reverting { .. } => self.order_back(facts).into_iter().collect(),
            TrainState::Finished { .. } => Vec::new(),
        }
    }

    /// Notes that a car's promotion cannot be made.
    pub fn refuse(&mut self, car: usize, reason: String) {
        if let Some(car) = self.cars.get_mut(car).filter(|car| car.state == CarState::Waiting) {
            car.state = CarState::Ended { reason };
        }
    }

    /// Why the train cannot become what it was meant to be.
    fn lost(&self, facts: &[CarFacts]) -> Option<String> {
        self.cars.iter().zip(facts).find_map(|(car, seen)| match &car.state {
            CarState::Ended { reason } => Some(format!("{}: {reason}", car.service)),
            CarState::Promoted { .. } if seen.runs != Some(car.release.artifact) => {
                Some(format!("{} runs another release by now", car.service))
            }
            CarState::Waiting
            | CarState::Rolling
            | CarState::Promoted { .. }
            | CarState::GoingBack { .. }
            | CarState::Back
            | CarState::Stays { .. } => None,
        })
    }

    /// The last car that is not settled: the only one that may move.
    fn last_unsettled(&self) -> Option<usize> {
        self.cars.iter().rposition(|car| !is_settled(&car.state))
    }

    /// Decides how the last promoted car goes back, and goes on past cars that need not.
    fn take_back_next(&mut self, facts: &[CarFacts], fresh: PromotionId) {
        while let Some(index) = self.last_unsettled() {
            let (Some(car), Some(seen)) = (self.cars.get_mut(index), facts.get(index)) else { return };
            let CarState::Promoted { replaced } = &car.state else { return };
            car.state = match replaced.clone() {
                None => CarState::Stays { reason: "nothing ran there before".to_owned(), replaced: None },
                Some(replaced) if seen.runs == Some(replaced.artifact) => CarState::Back,
                Some(replaced) if seen.runs == Some(car.release.artifact) => {
                    CarState::GoingBack { rollback: fresh, replaced }
                }
                Some(replaced) => CarState::Stays {
                    reason: "it runs another release by now, which is left alone".to_owned(),
                    replaced: Some(replaced),
                },
            };
        }
    }

    fn order_back(&self, facts: &[CarFacts]) -> Option<Order> {
        let index = self.last_unsettled()?;
        let (car, seen) = (self.cars.get(index)?, facts.get(index)?);
        match &car.state {
            CarState::Waiting | CarState::Rolling => match seen.promotion {
                Seen::Closed | Seen::Ready | Seen::Rolling => Some(Order::Cancel(index)),
                Seen::Absent | Seen::Reverting | Seen::Done { .. } | Seen::Ended { .. } => None,
            },
            CarState::GoingBack { rollback, replaced } => {
                let is_made = seen.rollback.as_ref().is_some_and(|rollback| *rollback != Seen::Absent);
                let order = Order::RollBack { car: index, rollback: *rollback, to: replaced.clone() };
                (!is_made).then_some(order)
            }
            CarState::Promoted { .. } | CarState::Ended { .. } | CarState::Back | CarState::Stays { .. } => {
                None
            }
        }
    }

    fn end(&self, reason: String) -> (TrainOutcome, String) {
        let stays: Vec<String> = self.cars.iter().filter_map(stays).collect();
        if !stays.is_empty() {
            return (TrainOutcome::Incomplete, format!("{reason}; not taken back: {}", stays.join("; ")));
        }
        let any_back = self.cars.iter().any(|car| car.state == CarState::Back);
        (if any_back { TrainOutcome::RolledBack } else { TrainOutcome::Stopped }, reason)
    }

    fn finish(&mut self, outcome: TrainOutcome, reason: Option<String>, now: Timestamp) -> Vec<EventBody> {
        self.state = TrainState::Finished { outcome, reason: reason.clone(), at: now };
        vec![EventBody::TrainFinished { train: self.reference(), outcome, reason }]
    }
}

fn stays(car: &Car) -> Option<String> {
    match &car.state {
        CarState::Stays { reason, .. } => Some(format!("{} ({reason})", car.service)),
        CarState::Waiting
        | CarState::Rolling
        | CarState::Promoted { .. }
        | CarState::Ended { .. }
        | CarState::GoingBack { .. }
        | CarState::Back => None,
    }
}

/// Whether nothing more will happen to a car of a train that goes back.
fn is_settled(state: &CarState) -> bool {
    match state {
        CarState::Ended { .. } | CarState::Back | CarState::Stays { .. } => true,
        CarState::Waiting | CarState::Rolling | CarState::Promoted { .. } | CarState::GoingBack { .. } => {
            false
        }
    }
}

/// What becomes of a car by what was seen of it.
fn noted(state: &CarState, seen: &CarFacts, never_comes: bool) -> CarState {
    match state {
        CarState::Waiting | CarState::Rolling => match &seen.promotion {
            Seen::Absent if never_comes => CarState::Ended { reason: "it was never begun".to_owned() },
            Seen::Absent | Seen::Closed | Seen::Ready => CarState::Waiting,
            Seen::Rolling | Seen::Reverting => CarState::Rolling,
            Seen::Done { replaced } => CarState::Promoted { replaced: replaced.clone() },
            Seen::Ended { reason } => CarState::Ended { reason: reason.clone() },
        },
        CarState::GoingBack { replaced, .. } => match &seen.rollback {
            Some(Seen::Done { .. }) => CarState::Back,
            Some(Seen::Ended { reason }) => {
                CarState::Stays { reason: reason.clone(), replaced: Some(replaced.clone()) }
            }
            Some(Seen::Absent | Seen::Closed | Seen::Ready | Seen::Rolling | Seen::Reverting) | None => {
                state.clone()
            }
        },
        CarState::Promoted { .. } | CarState::Ended { .. } | CarState::Back | CarState::Stays { .. } => {
            state.clone()
        }
    }
}
