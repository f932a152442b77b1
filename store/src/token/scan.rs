//! Tokens in a text where none should be.

use std::fmt;
use std::ops::Range;

use super::form::{INGESTION, LOOKUP_LENGTH, OLD_PERSONAL, OPERATOR, PERSONAL, SECRET_LENGTH, begins_minted, shown};

const PREFIXES: [&str; 4] = [PERSONAL, INGESTION, OLD_PERSONAL, OPERATOR];

/// A place where a token stands. It does not hold the token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in bytes.
    pub column: usize,
    /// The prefix of the token.
    pub prefix: &'static str,
    /// The first five characters of its lookup id: what lists of keys show, so that the key can be found and revoked.
    pub shown: Box<str>,
    /// Where it stands among all bytes.
    pub(crate) range: Range<usize>,
}

/// The token masked: prefix, five characters, `…`.
impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}…", self.prefix, self.shown)
    }
}

/// Finds the tokens of keys and operators in any bytes, in the order in which they stand: a prefix, 16 letters and digits, an
/// underscore, 48 letters and digits, with no letter or digit before or behind. Takes time in proportion to the bytes.
///
/// What stands before may end an escape such as `\n` or `%3D`, because logs and URLs are where tokens get lost. Project keys have
/// no form by which they could be found.
///
/// ```
/// let text = format!("A=1\nB=sk-lw-{}_{}\n", "a".repeat(16), "b".repeat(48));
/// let found: Vec<_> = clearance_store::scan(text.as_bytes()).collect();
/// assert_eq!((found[0].line, found[0].column), (2, 3));
/// assert_eq!(found[0].to_string(), "sk-lw-aaaaa…");
/// ```
pub fn scan(bytes: &[u8]) -> impl Iterator<Item = Found> + '_ {
    Scan { bytes, at: 0, line: 1, line_start: 0 }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
}

impl Iterator for Scan<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let here = self.at;
            self.at += 1;
            match rest.first() {
                Some(b'\n') => (self.line, self.line_start) = (self.line + 1, self.at),
                Some(b's' | b'i' | b'p' | b'o') => {
                    if let Some((prefix, length)) = token(rest)
                        && !self.continues_word(here)
                    {
                        self.at = here + length;
                        let lookup_id = rest.get(prefix.len()..prefix.len() + LOOKUP_LENGTH).unwrap_or_default();
                        let shown = shown(str::from_utf8(lookup_id).unwrap_or_default()).into();
                        let (line, column) = (self.line, here - self.line_start + 1);
                        return Some(Found { line, column, prefix, shown, range: here..self.at });
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl Scan<'_> {
    /// Whether what stands before belongs to the same word.
    fn continues_word(&self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).and_then(|index| self.bytes.get(index));
        let hex = |back: usize| before(back).is_some_and(u8::is_ascii_hexdigit);
        match before(1) {
            Some(b'n' | b'r' | b't') if before(2) == Some(&b'\\') => false,
            Some(_) if before(3) == Some(&b'%') && hex(1) && hex(2) => false,
            Some(byte) => byte.is_ascii_alphanumeric(),
            None => false,
        }
    }
}

/// The prefix and the length of the token that begins here.
fn token(rest: &[u8]) -> Option<(&'static str, usize)> {
    let prefix = PREFIXES.into_iter().find(|prefix| rest.starts_with(prefix.as_bytes()))?;
    let length = prefix.len() + LOOKUP_LENGTH + 1 + SECRET_LENGTH;
    let ends = rest.get(length).is_none_or(|next| !next.is_ascii_alphanumeric());
    (ends && begins_minted(rest.get(prefix.len()..)?)).then_some((prefix, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(prefix: &str) -> String {
        format!("{prefix}{}_{}", "aB3dE".repeat(4).get(..16).unwrap(), "x".repeat(48))
    }

    fn places(text: &str) -> Vec<(usize, usize)> {
        scan(text.as_bytes()).map(|found| (found.line, found.column)).collect()
    }

    #[test]
    fn tokens_are_found_where_they_stand() {
        let (key, operator) = (minted("sk-lw-"), minted("op-cl-"));
        let text = format!("{key}\n\nx: \"{}\", _{operator}_\r\n{key} {key}", minted("pat-lw-"));
        assert_eq!(places(&text), [(1, 1), (3, 5), (3, 81), (4, 1), (4, 73)]);
        let masked: Vec<String> = scan(text.as_bytes()).map(|found| found.to_string()).collect();
        assert_eq!(masked, ["sk-lw-aB3dE…", "pat-lw-aB3dE…", "op-cl-aB3dE…", "sk-lw-aB3dE…", "sk-lw-aB3dE…"]);
    }

    #[test]
    fn a_token_ends_no_word_but_an_escape() {
        let key = minted("ik-lw-");
        for text in [
            format!("a{key}"),
            // Neither an escape nor a byte in hexadecimal, though a part of one stands there.
            format!("an{key}"),
            format!("%gD{key}"),
            format!("%3g{key}"),
            format!("x3D{key}"),
            format!("{key}a"),
            format!("{key}9"),
            key.strip_suffix('x').unwrap().to_owned(),
            key.replace('_', "-"),
        ] {
            assert_eq!(places(&text), [], "{text}");
        }
        for text in [format!("\\n{key}"), format!("%3D{key}"), format!("ä{key}ä"), format!("-{key}-"), format!("sk-lw-{key}")] {
            assert_eq!(places(&text).len(), 1, "{text}");
        }
    }

    #[test]
    fn any_bytes_are_scanned() {
        let mut bytes = vec![0xff, 0x00, b's'];
        bytes.extend(minted("sk-lw-").bytes());
        assert_eq!(scan(&bytes).count(), 0);
        bytes[2] = 0x80;
        assert_eq!(scan(&bytes).count(), 1);
        assert_eq!(scan(b"").count(), 0);
    }

    #[test]
    fn beginnings_without_end_are_scanned_in_linear_time() {
        // Prefix after prefix, and a run that is a token but for its last character: each byte is looked at a few times at most. Who
        // looks at the rest for each byte anew takes hours, which no busy machine makes of a second.
        let prefixes = "sk-lw-".repeat(400_000);
        let almost = format!("sk-lw-{}_{}-", "a".repeat(16), "b".repeat(47)).repeat(35_000);
        for text in [prefixes, almost] {
            let begin = std::time::Instant::now();
            assert_eq!(scan(text.as_bytes()).count(), 0);
            assert!(begin.elapsed().as_secs() < 300, "{:?} for {} bytes", begin.elapsed(), text.len());
        }
    }
}
