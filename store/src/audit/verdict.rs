//! Whether the audit is as it was written.

use super::difference::Differences;
use super::head::Head;

/// Whether the audit is as it was written: the first row that is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Verdict {
    /// It is, up to this head. Without a head that was noted earlier, rows may have been cut off at the end.
    #[error("the audit is whole: {0}")]
    Whole(Head),
    /// A row is not as it was written, or stands in another row's place.
    #[error("row {sequence} of the audit was changed")]
    Changed {
        /// The row.
        sequence: u64,
    },
    /// Rows were taken out.
    #[error("row {sequence} of the audit is missing, the next that is there is {next}")]
    Missing {
        /// The first row that is missing.
        sequence: u64,
        /// The first row after it that is there.
        next: u64,
    },
    /// The audit ends before the head that was noted.
    #[error("the audit was cut off: row {sequence} and what followed is missing, up to row {noted} at least")]
    CutOff {
        /// The first row that is missing.
        sequence: u64,
        /// How many rows there were.
        noted: u64,
    },
    /// The chain is whole, and is not the one whose head was noted.
    #[error("the audit is another one than was noted: row {sequence} has another link")]
    Other {
        /// The row that was the last when the head was noted.
        sequence: u64,
    },
    /// The audit is as it was written, and what is stored is not what it says.
    #[error("the audit is whole, and {differences}")]
    Differs {
        /// The end of the audit.
        head: Head,
        /// What differs.
        differences: Differences,
    },
    /// A pepper that is needed is not given.
    #[error("row {sequence} of the audit needs the pepper `{pepper}`, which is not given: add it to the peppers")]
    UnknownPepper {
        /// The first such row.
        sequence: u64,
        /// The name of the pepper.
        pepper: Box<str>,
    },
}

impl Verdict {
    /// Whether everything is as it was written, as far as can be seen.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}
