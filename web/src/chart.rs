//! The geometry of charts: numbers in, SVG paths out. Nothing here knows the browser.

use crate::format;

/// The rectangle a chart draws into, in the units of its view box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// How wide.
    pub(crate) width: f64,
    /// How high.
    pub(crate) height: f64,
    /// The value at the upper edge; the lower edge is zero.
    pub(crate) top: f64,
}

impl Frame {
    /// Where the point with this index, of so many, lies from left to right.
    pub(crate) fn x(&self, index: usize, count: usize) -> f64 {
        if count < 2 { self.width } else { self.width * index as f64 / (count - 1) as f64 }
    }

    /// Where a value lies from top to bottom.
    pub(crate) fn y(&self, value: f64) -> f64 {
        if self.top <= 0.0 { self.height } else { self.height * (1.0 - (value / self.top).clamp(0.0, 1.0)) }
    }

    /// The index, of so many, that is nearest to this place from left to right, as a share of the width.
    pub(crate) fn nearest(share: f64, count: usize) -> Option<usize> {
        let last = count.checked_sub(1)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the indices there are"
        )]
        let index = (share.clamp(0.0, 1.0) * last as f64 + 0.5) as usize;
        Some(index)
    }
}

/// A line through the values; where a value is missing, the line is interrupted rather than bent.
pub(crate) fn line_path(values: &[Option<f64>], frame: Frame) -> String {
    let mut path = String::new();
    let mut pen_is_down = false;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen_is_down = false;
            continue;
        };
        let (x, y) = (frame.x(index, values.len()), frame.y(*value));
        if pen_is_down {
            point(&mut path, 'L', x, y);
            continue;
        }
        // A single value between gaps would be a line of no length: it is drawn as a short dash.
        let alone = values.get(index + 1).is_none_or(Option::is_none);
        point(&mut path, 'M', x, y);
        if alone {
            path.push_str("h0.1");
        }
        pen_is_down = true;
    }
    path
}

fn point(path: &mut String, verb: char, x: f64, y: f64) {
    path.push(verb);
    path.push_str(&tenths(x));
    path.push(' ');
    path.push_str(&tenths(y));
}

/// A place on a chart, to a tenth of a unit.
pub(crate) fn tenths(place: f64) -> String {
    format::fixed(place, 1)
}

/// The area below [`line_path`].
pub(crate) fn area_path(values: &[Option<f64>], frame: Frame) -> String {
    let mut path = String::new();
    for run in runs(values) {
        let (first, last) = (frame.x(run.start, values.len()), frame.x(run.end - 1, values.len()));
        point(&mut path, 'M', first, frame.height);
        for index in run {
            let y = frame.y(values[index].unwrap_or_default());
            point(&mut path, 'L', frame.x(index, values.len()), y);
        }
        point(&mut path, 'L', last, frame.height);
        path.push('Z');
    }
    path
}

/// The ranges of indices without a gap.
fn runs(values: &[Option<f64>]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if value.is_none() {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == index => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// A round number at or above the largest value, to end an axis with: 1, 2, 2.5 or 5 times a power of ten.
pub(crate) fn round_top(largest: f64, at_least: f64) -> f64 {
    let largest = largest.max(at_least);
    if largest <= 0.0 {
        return 1.0;
    }
    // Without a logarithm, whose tables weigh more than the whole chart.
    let mut magnitude = 1.0;
    while magnitude > largest {
        magnitude /= 10.0;
    }
    while magnitude * 10.0 <= largest {
        magnitude *= 10.0;
    }
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * magnitude).find(|top| *top >= largest * 0.999_999).unwrap_or(largest)
}

/// The largest of several series.
pub(crate) fn largest<'a>(series: impl IntoIterator<Item = &'a [Option<f64>]>) -> f64 {
    series.into_iter().flatten().flatten().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { width: 100.0, height: 40.0, top: 10.0 };

    #[test]
    fn a_line_goes_through_its_values() {
        insta::assert_snapshot!(line_path(&[Some(0.0), Some(5.0), Some(10.0)], FRAME), @"M0.0 40.0L50.0 20.0L100.0 0.0");
    }

    #[test]
    fn a_gap_interrupts_the_line() {
        let values = [Some(1.0), None, Some(3.0), None, Some(2.0), Some(2.0)];
        insta::assert_snapshot!(line_path(&values, FRAME), @"M0.0 36.0h0.1M40.0 28.0h0.1M80.0 32.0L100.0 32.0");
        insta::assert_snapshot!(area_path(&values, FRAME), @"M0.0 40.0L0.0 36.0L0.0 40.0ZM40.0 40.0L40.0 28.0L40.0 40.0ZM80.0 40.0L80.0 32.0L100.0 32.0L100.0 40.0Z");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(line_path(&[], FRAME), "");
        assert_eq!(area_path(&[None, None], FRAME), "");
    }

    #[test]
    fn an_axis_ends_with_a_round_number() {
        let tops = [0.3, 0.9, 1.0, 2.1, 4.0, 7.0, 130.0, 251.0].map(|largest| round_top(largest, 0.0));
        assert_eq!(tops, [0.5, 1.0, 1.0, 2.5, 5.0, 10.0, 200.0, 500.0]);
        assert_eq!(round_top(0.0, 0.0), 1.0);
        assert_eq!(round_top(0.001, 0.05), 0.05);
    }

    #[test]
    fn the_pointer_finds_the_nearest_point() {
        assert_eq!(Frame::nearest(0.5, 11), Some(5));
        assert_eq!(Frame::nearest(1.7, 11), Some(10));
        assert_eq!(Frame::nearest(0.5, 0), None);
    }
}
