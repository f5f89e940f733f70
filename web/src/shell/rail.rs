//! The rail: the rooms there are. Below it on a narrow screen it is the bar at the bottom.

use leptos::prelude::*;

use crate::paths;
use crate::reactive::maybe;
use crate::state::state;
use crate::ui::icon::{Glyph, Icon};

struct Room {
    name: &'static str,
    href: &'static str,
    icon: Icon,
    holds: fn(&str) -> bool,
}

const ROOMS: [Room; 6] = [
    Room {
        name: "Overview",
        href: paths::OVERVIEW,
        icon: Icon::Overview,
        holds: |path| path == paths::OVERVIEW,
    },
    Room {
        name: "Services",
        href: paths::SERVICES,
        icon: Icon::Services,
        holds: |path| path.starts_with("/services") || path.starts_with("/promotions"),
    },
    Room {
        name: "Trains",
        href: paths::TRAINS,
        icon: Icon::Train,
        holds: |path| path.starts_with(paths::TRAINS),
    },
    Room {
        name: "Delivery",
        href: paths::DELIVERY,
        icon: Icon::Chart,
        holds: |path| path == paths::DELIVERY,
    },
    Room {
        name: "Audit",
        href: paths::AUDIT,
        icon: Icon::List,
        holds: |path| path.starts_with(paths::AUDIT),
    },
    Room {
        name: "Settings",
        href: paths::SETTINGS,
        icon: Icon::Settings,
        holds: |path| path.starts_with(paths::SETTINGS),
    },
];

/// The rail.
#[component]
pub(crate) fn Rail() -> impl IntoView {
    let path = state().location.path;
    let rooms = ROOMS
        .iter()
        .map(|room| {
            view! {
                <li>
                    <a
                        class="rail-link"
                        href=room.href
                        title=room.name
                        aria-current=maybe(move || path.with(|path| (room.holds)(path)).then_some("page"))
                    >
                        <Glyph icon=room.icon />
                        <span>{room.name}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <nav class="rail" aria-label="Rooms">
            <a class="brand" href=paths::OVERVIEW aria-label="Keelson, overview">
                <Brand />
                <span>"Keelson"</span>
            </a>
            <ul>{rooms}</ul>
        </nav>
    }
}

/// The sign: a keel with its frames.
#[component]
pub(crate) fn Brand() -> impl IntoView {
    view! {
        <svg class="brand-sign" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M2 6c1 8 5 13 10 13s9-5 10-13" />
            <path d="M12 4v15M7 6v10.4M17 6v10.4" />
        </svg>
    }
}
