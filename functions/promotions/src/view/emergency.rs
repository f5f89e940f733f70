//! Agreement and emergencies as the wire shows them.

use api::overview::Action;
use api::promotion::{ApprovalView, OverrideView};
use domain::access::Permission;
use domain::gates::Unmet;
use domain::promotion::{Override, Promotion};

use super::Looker;

/// Who agreed, and whose agreement counts no more.
pub(crate) fn approvals(promotion: &Promotion) -> Vec<ApprovalView> {
    let diff = promotion.diff();
    let view = |approval: &domain::promotion::Approval| ApprovalView {
        by: approval.by.clone(),
        at: approval.at,
        void: approval.void(&diff).map(str::to_owned),
    };
    promotion.approvals.iter().map(view).collect()
}

/// The emergency, confirmed or only asked for.
pub(crate) fn overriding(promotion: &Promotion, looker: &Looker<'_>) -> Option<OverrideView> {
    let asked = promotion.overriding.as_ref()?;
    let waits = promotion.is_waiting() && asked.confirmed.is_none();
    let void = promotion.diff().changed_since(&asked.diff).filter(|_| promotion.is_waiting());
    Some(OverrideView {
        asked_by: asked.asked_by.clone(),
        asked_at: asked.asked_at,
        reason: asked.reason.clone(),
        confirmed_by: asked.confirmed.as_ref().map(|confirmed| confirmed.by.clone()),
        confirmed_at: asked.confirmed.as_ref().map(|confirmed| confirmed.at),
        void: void.map(str::to_owned),
        overrode: asked.overrode.iter().map(Unmet::sentence).collect(),
        confirm: waits.then(|| confirm(asked, void, looker)),
    })
}

fn confirm(asked: &Override, void: Option<&str>, looker: &Looker<'_>) -> Action {
    if let Some(change) = void {
        return Action::refused(format!("{change}: ask again"));
    }
    match looker.caller.person() {
        None => Action::refused("it takes people to override gates"),
        Some(person) if *person == asked.asked_by => {
            Action::refused("you asked for it yourself: a second person must confirm")
        }
        Some(_) => looker.action(Permission::Approve),
    }
}

/// Whether the caller may ask to override the gates; absent once the rollout has begun.
pub(crate) fn ask_override(promotion: &Promotion, looker: &Looker<'_>) -> Option<Action> {
    if !promotion.is_waiting() {
        return None;
    }
    Some(if promotion.emergency().is_some() {
        Action::refused("its gates are overridden already")
    } else if looker.caller.person().is_none() {
        Action::refused("it takes people to override gates")
    } else {
        looker.action(Permission::Promote)
    })
}
