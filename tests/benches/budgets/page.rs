//! `docs/numbers.md`, of which each bench writes its own table.

use std::{fs, path::Path};

/// Prints a table, and puts it into the page if `CLEARANCE_BLESS` is set: a run of everything on a quiet machine is worth keeping.
pub(crate) fn keep(section: &str, rows: &[String]) {
    let table = rows.join("\n");
    println!("\n{table}");
    if std::env::var_os("CLEARANCE_BLESS").is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/numbers.md");
    let page = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {section}: written by `cargo bench` -->\n"), "\n<!-- end -->");
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    fs::write(&path, [before, &begin, &table, end, after].concat()).unwrap();
}
