//! Signing in: at the identity provider, if there is one, or by a one-time link, whose secret is in the address's
//! fragment and so never in a request's URL.

use api::access::SignIn;
use api::routes;
use domain::sign_in::SignInProblem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use crate::client::{Address, Call};
use crate::paths;
use crate::query::value_of;
use crate::reactive::{dynamic, effect, when};
use crate::shell::Brand;
use crate::state::state;
use crate::ui::copy::CopyLine;
use crate::ui::icon::{Glyph, Icon};
use crate::wire::{Me, Problem, SignInMethods};
use crate::words::sentence;

/// How far signing in is.
#[derive(Debug, Clone, PartialEq)]
enum Progress {
    /// There is no secret: one needs the identity provider, or a link.
    NoLink,
    /// The secret is being exchanged for a session.
    Asking,
    /// It is not valid, or nobody answered.
    Refused(Problem),
}

/// What is known of the ways to sign in.
#[derive(Debug, Clone, PartialEq)]
enum Ways {
    /// They are asked for.
    Asking,
    /// They are these.
    Known(SignInMethods),
    /// Nobody said. A link works even so.
    Unknown(Problem),
}

/// Exchanges the secret in the address, or offers the ways to sign in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let state = state();
    let progress = RwSignal::new(Progress::NoLink);
    let (next, problem) =
        state.location.query.with_untracked(|query| (value_of(query, "next"), value_of(query, "problem")));
    let problem = problem.as_deref().and_then(SignInProblem::of_code);
    let provider = paths::provider_sign_in(next.as_deref());
    let ways = RwSignal::new(Ways::Asking);
    ask(ways);
    let sign_in = move || {
        let Some(secret) = take_secret() else { return };
        progress.set(Progress::Asking);
        let next = next.clone();
        let call = Call::<Me>::of(routes::SIGN_IN, &[], &SignIn { secret });
        spawn_local(async move {
            match call.request.send().await.and_then(|raw| Call::<Me>::read(&raw)) {
                Ok(me) => {
                    state.sign_in(me);
                    state.location.go_instead(&paths::after_sign_in(next.as_deref()));
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
            <div class="sign-in-told" role="status">
                {dynamic(move || match progress.get() {
                    Progress::Asking => {
                        view! { <p class="muted">"Signing you in"<span class="dots"></span></p> }.into_any()
                    }
                    Progress::Refused(problem) => {
                        let detail = sentence(&problem.detail);
                        view! { <p class="banner tone-bad"><Glyph icon=Icon::Warning /><span>{detail}</span></p> }.into_any()
                    }
                    Progress::NoLink => problem.map_or_else(|| ().into_any(), |problem| came_to_nothing(problem, ways)),
                })}
            </div>
            {when(
                move || progress.get() != Progress::Asking,
                move || {
                    let provider = provider.clone();
                    dynamic(move || offered(ways.get(), &provider)).into_any()
                },
            )}
        </div>
    }
}

/// Asks which ways there are, once: they do not change while somebody looks at this page.
fn ask(ways: RwSignal<Ways>) {
    let place = Address::<SignInMethods>::of(routes::GET_SIGN_IN_METHODS, &[]).place();
    spawn_local(async move {
        let answer = place.once().send().await.and_then(|raw| Call::<SignInMethods>::read(&raw));
        ways.try_set(answer.map_or_else(Ways::Unknown, Ways::Known));
    });
}

/// Why the identity provider did not sign anybody in; the groups are known to the browser that tried alone.
fn came_to_nothing(problem: SignInProblem, ways: RwSignal<Ways>) -> AnyView {
    let groups = move || match ways.get() {
        Ways::Known(SignInMethods { refused: Some(refused), .. }) if problem == SignInProblem::NoRole => {
            let groups = refused.groups;
            let told = if groups.is_empty() { "none".to_owned() } else { groups.join(", ") };
            view! { <p>"Your groups there: "<strong>{told}</strong></p> }.into_any()
        }
        Ways::Known(_) | Ways::Asking | Ways::Unknown(_) => ().into_any(),
    };
    view! {
        <p class="banner tone-bad"><Glyph icon=Icon::Warning /><span>{problem.sentence()}</span></p>
        {dynamic(groups)}
    }
    .into_any()
}

/// The ways to sign in: the identity provider first, if there is one.
fn offered(ways: Ways, provider: &str) -> AnyView {
    match ways {
        Ways::Asking => view! { <p class="muted">"Looking how one signs in here"<span class="dots"></span></p> }.into_any(),
        Ways::Known(SignInMethods { provider: Some(label), .. }) => {
            let href = provider.to_owned();
            view! {
                // Another server answers there, so the panel's own navigation stays out of it.
                <a class="button button-primary" rel="external" href=href>{format!("Sign in with {label}")}</a>
                {how("Or by a link that works once. There are no passwords.")}
            }
            .into_any()
        }
        Ways::Known(SignInMethods { provider: None, .. }) => {
            how("You sign in by a link that works once. There are no passwords.").into_any()
        }
        Ways::Unknown(problem) => view! {
            <p class="banner tone-warn">
                <Glyph icon=Icon::Warning />
                <span>{format!("Whether there is an identity provider is not known. {}", sentence(&problem.detail))}</span>
            </p>
            {how("You sign in by a link that works once. There are no passwords.")}
        }
        .into_any(),
    }
}

fn how(first: &'static str) -> impl IntoView {
    view! {
        <p>{first}</p>
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
