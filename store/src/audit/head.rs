//! The end of the audit.

use std::fmt;

use crate::pepper::{Digest, hex, unhex};

/// The end of the audit. Noted somewhere else, it shows later that nothing was cut off. Written as `COUNT:LINK`.
///
/// ```
/// use clearance_store::Head;
///
/// let head: Head = Head::EMPTY.to_string().parse()?;
/// assert_eq!(head.count(), 0);
/// # Ok::<(), clearance_store::HeadError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub(crate) count: u64,
    pub(crate) link: Digest,
}

impl Head {
    /// The head of an audit without rows.
    pub const EMPTY: Self = Self { count: 0, link: [0; 32] };

    /// How many rows the audit had.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The link of the last row: 64 hexadecimal digits; 64 zeros for an audit without rows.
    pub fn link(&self) -> Box<str> {
        hex(&self.link)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.count, self.link())
    }
}

/// The error for a text that is not a [`Head`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a head of an audit, write what `clearance audit head` printed: a count, a colon and 64 hexadecimal digits")]
pub struct HeadError;

impl std::str::FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (count, link) = text.trim().split_once(':').ok_or(HeadError)?;
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|_| digits).ok_or(HeadError)?;
        Ok(Self { count, link: unhex(link).ok_or(HeadError)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { count: 12, link: [0xab; 32] };
        let text = head.to_string();
        assert_eq!(text, format!("12:{}", "ab".repeat(32)));
        assert_eq!(format!(" {text}\n").parse(), Ok(head));
        for wrong in ["", "12", ":", "12:ab", "+12:", "1:ab", &format!("x{text}"), &format!("+{text}"), &text.to_uppercase()] {
            assert_eq!(wrong.parse::<Head>(), Err(HeadError), "{wrong}");
        }
    }
}
