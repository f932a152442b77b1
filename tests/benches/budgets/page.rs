//! `docs/numbers.md`, of which each bench writes its own table.

/// Prints a table, and puts it into the page if `CLEARANCE_BLESS` is set: a run of everything on a quiet machine is worth keeping.
pub(crate) fn keep(section: &str, rows: &[String]) {
    let table = rows.join("\n");
    println!("\n{table}");
    if clearance_committed::is_blessing() {
        let begin = format!("<!-- {section}: written by `cargo bench` -->\n");
        clearance_committed::check_part("docs/numbers.md", (&begin, "\n<!-- end -->"), &table);
    }
}
