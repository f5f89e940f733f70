//! Signing in by a one-time link, whose secret is in the address's fragment and so never in a request's URL.

use api::access::SignIn;
use api::routes;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsValue;

use crate::client::Call;
use crate::paths;
use crate::reactive::{dynamic, effect, when};
use crate::shell::Brand;
use crate::state::state;
use crate::ui::copy::CopyLine;
use crate::ui::icon::{Glyph, Icon};
use crate::wire::{Me, Problem};
use crate::words::sentence;

/// How far signing in is.
#[derive(Debug, Clone, PartialEq)]
enum Progress {
    /// There is no secret: one needs a link.
    NoLink,
    /// The secret is being exchanged for a session.
    Asking,
    /// It is not valid, or nobody answered.
    Refused(Problem),
}

/// Exchanges the secret in the address, or says how to get one.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let state = state();
    let progress = RwSignal::new(Progress::NoLink);
    let navigate = use_navigate();
    let next = use_location().query.with_untracked(|query| query.get("next"));
    let sign_in = move || {
        let Some(secret) = take_secret() else { return };
        progress.set(Progress::Asking);
        let (navigate, next) = (navigate.clone(), next.clone());
        let call = Call::<Me>::of(routes::SIGN_IN, &[], &SignIn { secret });
        spawn_local(async move {
            match call.request.send().await.and_then(|raw| Call::<Me>::read(&raw)) {
                Ok(me) => {
                    state.sign_in(me);
                    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                    navigate(&paths::after_sign_in(next.as_deref()), options);
                }
                Err(problem) => {
                    progress.try_set(Progress::Refused(problem));
                }
            }
        });
    };
    sign_in();
    // A link that is pasted while this page is open changes nothing but the fragment.
    let listener = window_event_listener_untyped("hashchange", move |_| sign_in());
    on_cleanup(move || listener.remove());
    effect(|| document().set_title("Sign in · Keelson"));
    view! {
        <div class="sign-in">
            <p class="brand"><Brand /><span>"Keelson"</span></p>
            <h1 tabindex="-1">"Sign in"</h1>
            <div role="status">
                {dynamic(move || match progress.get() {
                    Progress::Asking => {
                        view! { <p class="muted">"Signing you in"<span class="dots"></span></p> }.into_any()
                    }
                    Progress::Refused(problem) => {
                        let detail = sentence(&problem.detail);
                        view! { <p class="banner tone-bad"><Glyph icon=Icon::Warning /><span>{detail}</span></p> }.into_any()
                    }
                    Progress::NoLink => ().into_any(),
                })}
            </div>
            {when(move || progress.get() != Progress::Asking, || how().into_any())}
        </div>
    }
}

fn how() -> impl IntoView {
    view! {
        <p>"You sign in by a link that works once. There are no passwords."</p>
        <ul class="sign-in-ways">
            <li>
                <p>"Whoever starts Keelson finds the link in the terminal:"</p>
                <CopyLine text="keelson up" what="the command" />
            </li>
            <li>
                <p>"An admin makes one for anybody else, under Settings, People, or by:"</p>
                <CopyLine text="keelson user link LOGIN" what="the command" />
            </li>
        </ul>
    }
}

/// The secret in the address, which is taken out of the address and of the history at once.
fn take_secret() -> Option<String> {
    let location = window().location();
    let hash = location.hash().ok()?;
    let secret = hash.strip_prefix('#').filter(|secret| !secret.is_empty())?.to_owned();
    let clean = format!("{}{}", location.pathname().ok()?, location.search().ok()?);
    let history = window().history().ok()?;
    history.replace_state_with_url(&JsValue::NULL, "", Some(&clean)).ok()?;
    Some(secret)
}
