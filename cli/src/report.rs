//! What a run prints, and how it exits.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

/// A label in front of what is allowed or grants.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// A label in front of what is denied or does not grant.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// A label in front of what somebody should look at.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// A heading.
pub(crate) const HEAD: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The whole output of a run. It is printed at the end, so that a run that fails has printed nothing.
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) status: Status,
    /// What to say should it not arrive, because it cannot be had again.
    pub(crate) once: Option<String>,
}

/// How a run ends.
#[derive(Clone, Copy)]
pub(crate) enum Status {
    /// Answered; allowed; nothing found.
    Good,
    /// Denied; something found.
    Bad,
    /// No answer.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Good => Self::SUCCESS,
            Status::Bad => Self::from(1),
            Status::Failed => Self::from(2),
        }
    }
}

impl Report {
    /// Text, when all went well.
    pub(crate) fn success(text: String) -> Self {
        Self { text, status: Status::Good, once: None }
    }

    /// One JSON value on a line, when all went well.
    pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<Self> {
        let mut text = serde_json::to_string(value)?;
        text.push('\n');
        Ok(Self::success(text))
    }

    /// With another status.
    pub(crate) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// With a secret in it that is shown this once. `lost` says what to do should it not arrive.
    pub(crate) fn with_secret(self, lost: String) -> Self {
        Self { once: Some(lost), ..self }
    }

    /// Prints it, with colour where that is wanted.
    pub(crate) fn print(self) -> anyhow::Result<Status> {
        let mut out = anstream::AutoStream::auto(io::stdout().lock());
        match (out.write_all(self.text.as_bytes()).and_then(|()| out.flush()), self.once) {
            (Err(error), Some(lost)) => Err(error).context(lost),
            // A reader that stopped has what it wanted, and the answer is the same.
            (Err(error), None) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot write the answer"),
            _ => Ok(self.status),
        }
    }
}

/// Prints an error with its causes on one line.
pub(crate) fn print_error(error: &anyhow::Error) {
    let line = on_one_line(&format!("{error:#}"));
    // Where standard error is closed the exit code is all that can still be said.
    let _ = writeln!(anstream::stderr(), "{BAD}error{BAD:#}: {line}");
}

/// Prints one of several mistakes, before the error that ends the run.
pub(crate) fn print_mistake(message: &str) {
    // Where standard error is closed the exit code is all that can still be said.
    let _ = writeln!(anstream::stderr(), "{}", on_one_line(message));
}

/// Prints something that somebody should look at, beside the answer.
pub(crate) fn print_warning(message: &str) {
    // Where standard error is closed nobody looks.
    let _ = writeln!(anstream::stderr(), "{WARN}warning{WARN:#}: {}", on_one_line(message));
}

/// Text from elsewhere, so that it can neither move the cursor, nor look like another line, nor look like another text.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) { line.extend(letter.escape_default()) } else { line.push(letter) }
    }
    line
}

/// Whether a letter is not seen as itself: it controls the terminal, changes the direction of others, or is not seen at all.
pub(crate) fn is_hidden(letter: char) -> bool {
    // Letters and marks that have no shape of their own.
    let shapeless = matches!(letter,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}');
    // The standard library knows which letters cannot be printed. It escapes quotation marks too, and marks that have nothing to stand on.
    let unprintable = || String::from_iter(['a', letter]).escape_debug().nth(2).is_some();
    shapeless || (!matches!(letter, '"' | '\'' | '\\') && unprintable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        for hidden in [
            '\n',
            '\u{1b}',
            '\u{7f}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0041}',
            '\u{e0101}',
            '\u{f0000}',
        ] {
            let line = on_one_line(&format!("a{hidden}b"));
            assert_eq!(line, format!("a{}b", hidden.escape_default()));
            assert!(line.is_ascii());
        }
        for seen in ["Zoë", "Zoe\u{308}", "Łukasz \"Ł\" O'Neil \\", "名前", "नमस्ते", "سلام", "🔑"] {
            assert_eq!(on_one_line(seen), seen);
        }
    }
}
