//! What happened, newest first.

use api::overview::EventView;
use leptos::prelude::*;

use crate::paths;
use crate::ui::icon::Glyph;
use crate::ui::time::Time;
use crate::words;

/// Events as a list, newest first.
#[component]
pub(crate) fn Timeline(
    /// The events.
    #[prop(into)]
    events: Signal<Vec<EventView>>,
    /// Whether each says which service it concerns.
    #[prop(optional)]
    with_service: bool,
) -> impl IntoView {
    view! {
        <ol class="timeline">
            <For each=move || events.get() key=|event| event.id let(event)>
                <TimelineRow event with_service />
            </For>
        </ol>
    }
}

#[component]
fn TimelineRow(event: EventView, with_service: bool) -> impl IntoView {
    let (tone, icon) = words::event(event.kind);
    let title = words::capital(&event.title);
    let by = event.actor.label();
    let service = event.service.filter(|_| with_service);
    let body = serde_json::to_string_pretty(&event.body).unwrap_or_default();
    let is_open = RwSignal::new(false);
    view! {
        <li class=format!("timeline-row {}", tone.class())>
            <span class="timeline-mark" title=event.kind.title()><Glyph icon /></span>
            <div class="timeline-body">
                <p class="timeline-title">
                    {match event.promotion {
                        Some(id) => view! { <a href=paths::promotion(&id)>{title}</a> }.into_any(),
                        None => title.into_any(),
                    }}
                    {service.map(|service| view! {
                        <a class="timeline-link" href=paths::service(&service)>{service.to_string()}</a>
                    })}
                </p>
                <details on:toggle=move |_| is_open.set(true)>
                    <summary>{by}" · "<Time at=event.at /></summary>
                    <Show when=move || is_open.get()>
                        <pre class="log">{body.clone()}</pre>
                    </Show>
                </details>
            </div>
        </li>
    }
}
