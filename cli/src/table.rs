//! Columns of text.

use std::fmt;

use crate::report::{HEAD, on_one_line};

/// Rows under headings, each column as wide as its widest cell. Cells cannot leave their line.
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

/// Longer cells are cut off.
const WIDEST: usize = 48;

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(headings: [&str; COLUMNS]) -> Self {
        Self { rows: vec![headings.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.map(|cell| shortened(&on_one_line(&cell))));
    }
}

fn shortened(cell: &str) -> String {
    if cell.chars().count() <= WIDEST { cell.to_owned() } else { cell.chars().take(WIDEST - 1).chain(['…']).collect() }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; COLUMNS];
        for row in &self.rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
        }
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
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
}
