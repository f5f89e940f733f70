//! Who is signed in, and the way out.

use api::routes;
use leptos::prelude::*;

use crate::client::Call;
use crate::reactive::dynamic;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::error_card::InlineProblem;
use crate::ui::icon::{Glyph, Icon};
use crate::wire::Me;
use crate::words;

/// The menu of whoever is signed in.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let me = state().me;
    dynamic(move || me.get().map_or_else(|| ().into_any(), menu))
}

fn menu(me: Me) -> AnyView {
    let state = state();
    let submission = Submission::new();
    let sign_out = move || {
        submission.run(Call::of(routes::SIGN_OUT, &[], &()), move |()| {
            state.me.set(None);
            state.signed_out.set(true);
        });
    };
    let grants = me
        .grants
        .iter()
        .map(|grant| {
            let team = grant.team.as_ref().map_or("every team".to_owned(), ToString::to_string);
            let place =
                grant.environment.as_ref().map_or("every environment".to_owned(), ToString::to_string);
            view! { <li>{format!("{} · {team} · {place}", words::role(grant.role))}</li> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        // The browser's own popover: it closes by Escape and by a click elsewhere.
        <button
            type="button"
            class="account-button"
            popovertarget="account"
            aria-haspopup="dialog"
            aria-label=format!("Account of {}", me.name)
        >
            <Glyph icon=Icon::Person />
            <span>{me.name.clone()}</span>
        </button>
        <div id="account" class="popover" popover="auto" role="dialog" aria-label="Account">
            <p class="account-name">{me.name}</p>
            <p class="muted">{me.login.to_string()}</p>
            <ul class="muted">{grants}</ul>
            <InlineProblem problem=submission.problem />
            <Button busy=submission.busy on_press=sign_out>"Sign out"</Button>
        </div>
    }
    .into_any()
}
