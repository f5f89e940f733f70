//! The icons: one grid of 16 units, one stroke, drawn by hand.

use leptos::prelude::*;

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Box,
    Chart,
    Check,
    Circle,
    Clock,
    Close,
    Commit,
    Copy,
    Cross,
    Dot,
    Freeze,
    HalfCircle,
    Hold,
    Key,
    List,
    Lock,
    Mail,
    Merge,
    Moon,
    Next,
    Overview,
    Person,
    Play,
    Plug,
    Promote,
    Question,
    RollBack,
    Search,
    Server,
    Services,
    Settings,
    Stop,
    Sun,
    Train,
    Up,
    Warning,
}

impl Icon {
    /// The strokes.
    const fn path(self) -> &'static str {
        match self {
            Self::Box => "M2.5 5 8 2l5.5 3v6L8 14l-5.5-3zM2.5 5 8 8l5.5-3M8 8v6",
            Self::Chart => "M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6.5",
            Self::Check => "M3.5 8.5 6.5 11.5 12.5 4.5",
            Self::Circle => "M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z",
            Self::Clock => "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5v3.2l2.2 1.3",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Commit => "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM1.5 8h4M10.5 8h4",
            Self::Copy => "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
            Self::Cross => "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM6 6l4 4M10 6l-4 4",
            Self::Dot => "M8 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
            Self::Freeze => {
                "M8 1.5v13M2.4 4.75l11.2 6.5M13.6 4.75 2.4 11.25M6.5 2.5 8 4l1.5-1.5M6.5 13.5 8 12l1.5 1.5"
            }
            Self::HalfCircle => "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM8 3v10M10 3.5v9M11.7 4.8v6.4",
            Self::Hold => "M5.5 3.5v9M10.5 3.5v9",
            Self::Key => "M5.5 7.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM7.7 8.3l5.3-5.3M11 5l1.8 1.8",
            Self::List => "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1",
            Self::Lock => "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
            Self::Mail => "M2 4h12v8.5H2zM2 4.5 8 9l6-4.5",
            Self::Merge => {
                "M4.5 5.5v5M4.5 2.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM4.5 10.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM11.5 8.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM4.5 5.5c0 3 3 4.5 5.5 4.5"
            }
            Self::Moon => "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
            Self::Next => "M3.5 4.5 8 8l-4.5 3.5zM9 4.5 13.5 8 9 11.5z",
            Self::Overview => "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3H9zM2.5 10.5h4.5v3H2.5zM9 7.5h4.5v6H9z",
            Self::Person => "M8 2.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM3 13.5c0-2.8 2.2-4 5-4s5 1.2 5 4",
            Self::Play => "M5 3.5 12 8l-7 4.5z",
            Self::Plug => "M6 2v3M10 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14",
            Self::Promote => "M2.5 8h10M8.5 4l4 4-4 4",
            Self::Question => {
                "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM6.3 6.4c.2-2.2 3.5-2 3.4-.1 0 1.3-1.7 1.3-1.7 2.5M8 11h.1"
            }
            Self::RollBack => "M6 3 2.5 6.5 6 10M2.5 6.5H10a3.3 3.3 0 0 1 0 6.5H7",
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3 13.5 13.5",
            Self::Server => "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1",
            Self::Services => "M8 2 14 5 8 8 2 5zM2 8l6 3 6-3M2 11l6 3 6-3",
            Self::Settings => "M2 4.5h6M12 4.5h2M10 3v3M2 11.5h2M8 11.5h6M6 10v3",
            Self::Stop => "M4.5 4.5h7v7h-7z",
            Self::Sun => {
                "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7"
            }
            Self::Train => "M4 2.5h8v8.5H4zM4 7h8M6 11l-1.5 2.5M10 11l1.5 2.5M6.3 9h.1M9.7 9h.1",
            Self::Up => "M8 13V3.5M4 7l4-4 4 4",
            Self::Warning => "M8 2.5 14.5 13.5h-13zM8 6.5v3.2M8 11.6h.1",
        }
    }

    /// Whether it is filled rather than outlined.
    const fn is_filled(self) -> bool {
        matches!(self, Self::Dot)
    }
}

/// Draws an icon beside a word that says the same.
#[component]
pub(crate) fn Glyph(
    /// Which.
    icon: Icon,
) -> impl IntoView {
    let class = if icon.is_filled() { "icon icon-filled" } else { "icon" };
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true"><path d=icon.path() /></svg> }
}
