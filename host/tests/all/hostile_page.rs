//! `docs/hostile.md`: what hostile versions do and what is said of it. Each part is written by the tests that see it happen.

use std::error::Error;

const DIGEST: &str = "sha256:";
const DIGITS: usize = 64;

/// One part of the page: what stands between two comments that name it.
pub(crate) struct Part(String);

impl Part {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    /// Begins a section with a table.
    pub(crate) fn section(&mut self, heading: &str, about: &str) {
        self.0 += &format!("\n## {heading}\n\n{about}\n\n| what it does | what is said of it |\n|---|---|\n");
    }

    /// A row: what a version does, and the whole error.
    pub(crate) fn row(&mut self, does: &str, error: &dyn Error) {
        // What is empty is said to be so between two of them.
        self.0 += &format!("| {does} | ``` {} ``` |\n", chain(error).replace('|', "\\|"));
    }

    /// Compares it with what is on the page, or writes it there if that is wanted.
    pub(crate) fn check(self, name: &str) {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("\n<!-- end of {name} -->\n"));
        clearance_committed::check_part("docs/hostile.md", (&begin, &end), &self.0);
    }
}

/// An error with its causes, as the command prints it. What bytes a version has is all that its digest says, so it is left out.
fn chain(error: &dyn Error) -> String {
    let mut whole = error.to_string();
    let mut error = error;
    while let Some(cause) = error.source() {
        whole += &format!(": {cause}");
        error = cause;
    }
    let mut parts = whole.split(DIGEST);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let rest = if digits == DIGITS { &part[DIGITS..] } else { part };
        text += &format!("{DIGEST}{}{rest}", if digits == DIGITS { "…" } else { "" });
    }
    text.chars().flat_map(|letter| if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }).collect()
}
