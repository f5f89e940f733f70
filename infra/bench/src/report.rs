//! Figures for people and for machines.

use serde_json::json;

use crate::figure::{Aim, Figure};

/// One line of JSON.
pub(crate) fn json(figure: &Figure) -> String {
    let (low, high, runs) =
        figure.spread.map_or((None, None, 1), |(low, high, n)| (Some(low), Some(high), n));
    json!({
        "bench": figure.bench,
        "figure": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "low": low,
        "high": high,
        "runs": runs,
        "peer": figure.peer.map(|(name, _)| name),
        "peer_value": figure.peer.map(|(_, value)| value),
        "ratio": figure.ratio(),
        "aim": figure.aim.map(aim),
        "met": figure.met(),
    })
    .to_string()
}

/// A table of all.
pub(crate) fn table(figures: &[Figure]) -> String {
    let head =
        ["bench", "figure", "value", "lowest … highest", "beside", "ratio", "aim", ""].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(figures.iter().map(row)).collect();
    let width = |column: usize| {
        rows.iter().map(|row| console::measure_text_width(&row[column])).max().unwrap_or_default()
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            let numeric = matches!(column, 2 | 5);
            let side = if numeric { console::Alignment::Right } else { console::Alignment::Left };
            console::pad_str(cell, width, side, None).into_owned()
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(figure: &Figure) -> [String; 8] {
    let spread =
        figure.spread.map(|(low, high, runs)| format!("{} … {} ({runs} runs)", number(low), number(high)));
    let peer = figure.peer.map(|(name, value)| format!("{name} {}", number(value)));
    let met = figure.met().map(|met| if met { "✓" } else { "✗ missed" });
    [
        figure.bench.to_owned(),
        figure.name.to_owned(),
        format!("{} {}", number(figure.value), figure.unit).trim_end().to_owned(),
        spread.unwrap_or_default(),
        peer.unwrap_or_default(),
        figure.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
        figure.aim.map(aim).unwrap_or_default(),
        met.unwrap_or_default().to_owned(),
    ]
}

fn aim(aim: Aim) -> String {
    match aim {
        Aim::AtMost(limit) => format!("≤ {}", number(limit)),
        Aim::AtLeast(limit) => format!("≥ {}", number(limit)),
        Aim::RatioAtLeast(limit) => format!("ratio ≥ {}", number(limit)),
        Aim::RatioAtMost(limit) => format!("ratio ≤ {}", number(limit)),
    }
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_a_table_and_machines_a_line_per_figure() {
        let sample = [0.81, 0.9, 1.4].into_iter().collect();
        let figures = [
            Figure::single("deploy", "failed_requests", 0.0, "").aim(Aim::AtMost(0.0)),
            Figure::median("deploy", "rollback_seconds", &sample, "s").unwrap().aim(Aim::AtMost(2.0)),
            Figure::single("deploy", "proxy_rps", 15000.0, "1/s")
                .beside("nginx", 25000.0)
                .aim(Aim::RatioAtLeast(0.7)),
        ];
        insta::assert_snapshot!(table(&figures));
        insta::assert_snapshot!("lines", figures.iter().map(json).collect::<Vec<_>>().join("\n"));
    }
}
