//! Drawings as text: what is only looked at needs no view of its own for each line.
//!
//! What goes in is made of numbers and of words that the panel knows. Text from elsewhere goes through [`escaped`].

use leptos::prelude::*;

use crate::chart::tenths;
use crate::reactive::text;

/// A drawing that is made again when what it shows changes: the text of a whole `svg` element.
pub(crate) fn drawing(svg: impl FnMut() -> String + Send + 'static) -> AnyView {
    view! { <div class="drawing" inner_html=text(svg)></div> }.into_any()
}

/// A line from one place to another.
pub(crate) fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!(
        r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
        tenths(x1),
        tenths(y1),
        tenths(x2),
        tenths(y2)
    )
}

/// A path.
pub(crate) fn path(class: &str, path: &str) -> String {
    format!(r#"<path class="{class}" d="{path}"/>"#)
}

/// A rectangle: its left upper corner, and its width and height.
pub(crate) fn rectangle(class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) -> String {
    format!(
        r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
        tenths(x),
        tenths(y),
        tenths(width),
        tenths(height)
    )
}

/// What waits is hatched: the definition of the pattern under an id of its own, to begin a drawing with, and what goes
/// into the style of whatever is filled with it. The lines lie flat, so that a drawing may be stretched sideways.
pub(crate) fn hatch(id: &str) -> String {
    format!(
        r#"<defs><pattern id="{id}" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="hatch-ground" width="4" height="4"/><rect class="hatch-line" width="4" height="2"/></pattern></defs>"#
    )
}

/// A rectangle that is hatched with the pattern of that id.
pub(crate) fn hatched(id: &str, (x, y): (f64, f64), (width, height): (f64, f64)) -> String {
    format!(
        r##"<rect fill="url(#{id})" x="{}" y="{}" width="{}" height="{}"/>"##,
        tenths(x),
        tenths(y),
        tenths(width),
        tenths(height)
    )
}

/// A text within markup.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_stays_text() {
        assert_eq!(escaped(r#"<a b="c">&"#), "&lt;a b=&quot;c&quot;&gt;&amp;");
    }

    #[test]
    fn what_waits_is_hatched_with_a_pattern_that_is_there() {
        assert!(hatch("hatch-1").contains(r#"id="hatch-1""#));
        assert_eq!(
            hatched("hatch-1", (0.0, 2.0), (7.5, 8.0)),
            r##"<rect fill="url(#hatch-1)" x="0.0" y="2.0" width="7.5" height="8.0"/>"##
        );
    }

    #[test]
    fn a_line_is_drawn_to_a_tenth() {
        assert_eq!(
            line("tick", (1.0, 0.0), (1.04, 28.0)),
            r#"<line class="tick" x1="1.0" y1="0.0" x2="1.0" y2="28.0"/>"#
        );
    }
}
