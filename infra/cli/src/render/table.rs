//! Aligned columns.

use console::measure_text_width;

use super::{Theme, Tone};

/// One text of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A text in a tone.
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }

    /// The text, or a dash where there is nothing to say.
    pub(crate) fn or_dash(text: Option<impl Into<String>>) -> Self {
        text.map_or_else(|| Self::new(Tone::Muted, "–"), |text| Self::new(Tone::Plain, text))
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(Tone::Plain, text)
    }
}

/// Rows under headings, as wide as they need to be.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for every heading.
    pub(crate) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        debug_assert_eq!(N, self.headings.len(), "a cell for every heading");
        self.rows.push(cells.into());
    }

    /// The table as text; `empty` is what stands there when it has no rows.
    pub(crate) fn text(&self, theme: Theme, empty: &str) -> String {
        if self.rows.is_empty() {
            return format!("{empty}\n");
        }
        let headings = self.headings.iter().map(|heading| Cell::new(Tone::Muted, heading.to_uppercase()));
        let headings: Vec<Cell> = headings.collect();
        let lines: Vec<&[Cell]> =
            std::iter::once(headings.as_slice()).chain(self.rows.iter().map(Vec::as_slice)).collect();
        let width = |column: usize| lines.iter().map(|line| measure_text_width(&line[column].text)).max();
        let widths: Vec<usize> = (0..self.headings.len()).map(|column| width(column).unwrap_or(0)).collect();
        lines.iter().map(|line| row_text(line, &widths, theme)).collect()
    }
}

fn row_text(cells: &[Cell], widths: &[usize], theme: Theme) -> String {
    let mut text = String::new();
    let mut gap = 0;
    for (cell, width) in cells.iter().zip(widths) {
        // Spaces come before the next text, never at the end of a line.
        if !cell.text.is_empty() {
            text.push_str(&" ".repeat(gap));
            gap = 0;
            text.push_str(&theme.paint(cell.tone, &cell.text));
        }
        gap += width - measure_text_width(&cell.text) + 2;
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text_and_lines_end_without_spaces() {
        let mut table = Table::new(&["service", "runs"]);
        table.row(["storefront".into(), Cell::or_dash(None::<String>)]);
        table.row(["å".into(), "9f3c2a11".into()]);
        table.row(["".into(), "77ab".into()]);
        insta::assert_snapshot!(table.text(Theme::new(false), ""), @"
        SERVICE     RUNS
        storefront  –
        å           9f3c2a11
                    77ab
        ");
    }

    #[test]
    fn colours_do_not_move_columns() {
        let mut table = Table::new(&["a", "b"]);
        table.row([Cell::new(Tone::Bad, "x"), "y".into()]);
        let text = table.text(Theme::new(true), "");
        insta::assert_snapshot!(text.replace('\u{1b}', "^"), @"
        ^[2mA^[0m  ^[2mB^[0m
        ^[31mx^[0m  y
        ");
    }

    #[test]
    fn a_table_without_rows_says_what_to_do() {
        let text = Table::new(&["a"]).text(Theme::new(false), "No services yet.");
        assert_eq!(text, "No services yet.\n");
    }
}
