//! Columns of text.

use std::fmt;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::{HEAD, on_one_line};

/// Rows under headings, each column as wide as its widest cell. Cells cannot leave their line.
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

/// The widest cell, in columns of a terminal, of which a Chinese character takes two. Wider cells are cut off.
const MAX_CELL_COLUMNS: usize = 48;

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(headings: [&str; COLUMNS]) -> Self {
        Self { rows: vec![headings.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.map(|cell| shorten(&on_one_line(&cell))));
    }
}

fn shorten(cell: &str) -> String {
    if cell.width() <= MAX_CELL_COLUMNS {
        return cell.to_owned();
    }
    let mut columns = 0;
    let fits = |character: &char| {
        columns += character.width().unwrap_or_default();
        columns < MAX_CELL_COLUMNS
    };
    cell.chars().take_while(fits).chain(['…']).collect()
}

/// Fills a cell up with spaces.
fn pad(cell: &str, columns: usize) -> String {
    format!("{cell}{}", " ".repeat(columns.saturating_sub(cell.width())))
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; COLUMNS];
        for row in &self.rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.width()));
        }
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| pad(cell, width)).collect();
            let line = cells.join("  ");
            let line = line.trim_end();
            if number == 0 { writeln!(out, "{HEAD}{line}{HEAD:#}")? } else { writeln!(out, "{line}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_cells_stay_in_their_line() {
        let mut table = Table::new(["A", "LONG HEADING"]);
        table.row(["wide cell".to_owned(), "x\ny".to_owned()]);
        table.row(["ä".to_owned(), "z".repeat(60)]);
        let text = anstream::adapter::strip_str(&table.to_string()).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["A          LONG HEADING", r"wide cell  x\ny"]);
        assert_eq!(lines[2], format!("ä          {}…", "z".repeat(47)));
    }

    #[test]
    fn names_in_wide_characters_are_aligned_too() {
        let mut table = Table::new(["NAME", "ID"]);
        table.row(["東京".to_owned(), "a".to_owned()]);
        table.row(["tokyo".to_owned(), "b".to_owned()]);
        table.row(["e\u{301}".to_owned(), "北".repeat(30)]);
        let text = anstream::adapter::strip_str(&table.to_string()).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1..3], ["東京   a", "tokyo  b"]);
        assert_eq!(lines[3], format!("e\u{301}      {}…", "北".repeat(23)));
    }
}
