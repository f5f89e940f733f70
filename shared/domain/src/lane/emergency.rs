//! Emergencies: two people, a reason, and a note of every gate that was passed.

use super::commands::unchanged;
use super::*;
use crate::gates::Unmet;
use crate::promotion::{Confirmation, Override};

impl Track {
    pub(super) fn ask_override(
        &mut self,
        id: PromotionId,
        by: Login,
        reason: String,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let promotion = self.waiting_one(id)?;
        if promotion.emergency().is_some() {
            return Err(Rejected::AlreadyOverridden);
        }
        events.push(EventBody::OverrideAsked {
            promotion: reference(promotion),
            by: by.clone(),
            reason: reason.clone(),
        });
        promotion.overriding = Some(Override {
            asked_by: by,
            asked_at: now,
            reason,
            diff: promotion.diff(),
            confirmed: None,
            overrode: Vec::new(),
        });
        Ok(())
    }

    pub(super) fn confirm_override(
        &mut self,
        id: PromotionId,
        seen: &Diff,
        by: Login,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) -> Result<(), Rejected> {
        let promotion = self.waiting_one(id)?;
        if promotion.emergency().is_some() {
            return Err(Rejected::AlreadyOverridden);
        }
        unchanged(promotion, seen)?;
        let reference = reference(promotion);
        let diff = promotion.diff();
        let asked = promotion.overriding.as_mut().ok_or(Rejected::NotAsked)?;
        if let Some(change) = diff.changed_since(&asked.diff) {
            return Err(Rejected::OtherDiff(change));
        }
        if asked.asked_by == by {
            return Err(Rejected::SamePerson);
        }
        asked.confirmed = Some(Confirmation { by: by.clone(), at: now });
        events.push(EventBody::OverrideConfirmed {
            promotion: reference,
            asked_by: asked.asked_by.clone(),
            by,
            reason: asked.reason.clone(),
        });
        Ok(())
    }

    /// Keeps, with a promotion that begins all the same, the gates that were closed.
    pub(super) fn note_emergency(
        &mut self,
        id: PromotionId,
        passed: Vec<Unmet>,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get_mut(&id).filter(|_| !passed.is_empty()) else { return };
        let reference = reference(promotion);
        let Some(emergency) = &mut promotion.overriding else { return };
        events.push(EventBody::GatesOverridden {
            promotion: reference,
            asked_by: emergency.asked_by.clone(),
            confirmed_by: emergency.confirmed.as_ref().map(|confirmed| confirmed.by.clone()),
            reason: emergency.reason.clone(),
            gates: passed.iter().map(Unmet::sentence).collect(),
        });
        emergency.overrode = passed;
    }

    fn waiting_one(&mut self, id: PromotionId) -> Result<&mut Promotion, Rejected> {
        let promotion = self.live(id)?;
        if promotion.is_waiting() { Ok(promotion) } else { Err(Rejected::Begun) }
    }
}
