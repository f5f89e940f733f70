//! Sentences beside what is shown: quiet ones, and ones that must be noticed.

use leptos::prelude::*;

use crate::ui::icon::{Glyph, Icon};
use crate::words::Tone;

/// A quiet paragraph.
pub(crate) fn note(text: impl Into<String>) -> AnyView {
    paragraph("muted note", text.into())
}

/// A paragraph of a class.
pub(crate) fn paragraph(class: &'static str, text: String) -> AnyView {
    view! { <p class=class>{text}</p> }.into_any()
}

/// Lines of a list, an item each.
pub(crate) fn items(lines: impl IntoIterator<Item = String>) -> Vec<AnyView> {
    lines.into_iter().map(item).collect()
}

fn item(line: String) -> AnyView {
    view! { <li>{line}</li> }.into_any()
}

/// What one must know first, over all of a page.
pub(crate) fn banner(tone: Tone, icon: Icon, text: String) -> AnyView {
    view! { <p class=format!("banner {}", tone.class())><Glyph icon /><span>{text}</span></p> }.into_any()
}

/// A sentence that must be noticed.
pub(crate) fn notice(tone: Tone, icon: Icon, text: String) -> AnyView {
    notice_of(tone, icon, text.into_any())
}

/// Something that must be noticed.
pub(crate) fn notice_of(tone: Tone, icon: Icon, content: AnyView) -> AnyView {
    view! { <div class=format!("notice {}", tone.class())><Glyph icon /><div class="notice-text">{content}</div></div> }
        .into_any()
}
