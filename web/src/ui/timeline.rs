//! What happened, newest first.

use leptos::prelude::*;

use crate::paths;
use crate::reactive::{Data, each, row};
use crate::ui::disclosure::disclosure;
use crate::ui::icon::Glyph;
use crate::ui::time::Time;
use crate::wire::EventView;
use crate::words;

/// Events as a list, newest first.
#[component]
pub(crate) fn Timeline(
    /// The events.
    events: Data<Vec<EventView>>,
    /// Whether each says which service it concerns.
    #[prop(optional)]
    with_service: bool,
) -> impl IntoView {
    let rows = move || {
        events.with(|events| {
            let one = |event: &EventView| {
                let event = event.clone();
                row(event.id, move || happened(event, with_service))
            };
            events.iter().map(one).collect()
        })
    };
    view! { <ol class="timeline">{each(rows)}</ol> }
}

fn happened(event: EventView, with_service: bool) -> AnyView {
    let (tone, icon) = words::event(event.kind);
    let title = words::capital(&event.title);
    let title = match event.promotion {
        Some(id) => view! { <a href=paths::promotion(&id)>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    let service = event.service.filter(|_| with_service).map(|service| {
        view! { <a class="timeline-link" href=paths::service(&service)>{service.to_string()}</a> }.into_any()
    });
    let by = event.actor.label();
    let summary = view! { <summary>{by}" · "<Time at=event.at /></summary> }.into_any();
    let body = event.body;
    let all = move || {
        let text = serde_json::to_string_pretty(&body).unwrap_or_default();
        view! { <pre class="log">{text}</pre> }.into_any()
    };
    view! {
        <li class=format!("timeline-row {}", tone.class())>
            <span class="timeline-mark" title=event.kind.title()><Glyph icon /></span>
            <div class="timeline-body">
                <p class="timeline-title">{title}{service}</p>
                {disclosure("", summary, all)}
            </div>
        </li>
    }
    .into_any()
}
