//! Asking before something that cannot be undone.

use std::io::{self, BufRead as _, Write as _};

use anyhow::{Context, bail};

/// Whether the answer is yes. That nobody answers is an error, not a no.
pub(crate) fn ask(question: &str) -> anyhow::Result<bool> {
    let mut out = anstream::stderr();
    write!(out, "{question} [y/N] ").and_then(|()| out.flush()).context("cannot ask")?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).context("cannot read the answer")? == 0 {
        writeln!(out).context("cannot ask")?;
        bail!("nobody can answer whether to go on: confirm with `--yes`");
    }
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
