//! What became of requests.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// No more findings are kept word for word; all are counted.
const MAX_FINDINGS: usize = 40;

/// What a client asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key that stays valid: always allowed.
    Valid,
    /// A key whose revocation was acknowledged before the request was sent: never allowed.
    Revoked,
    /// A token that nobody was ever given: never allowed.
    Unknown,
    /// A key that is made or revoked.
    Change,
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// What has to be answered.
    Right,
    /// No answer: the gate is not there, or says that it cannot answer.
    Refused,
    /// Anything else.
    Wrong,
}

impl Kind {
    /// All kinds that ask the gate.
    pub(super) const QUESTIONS: [Self; 3] = [Self::Valid, Self::Revoked, Self::Unknown];

    /// What the status of an answer of the gate is worth. `None` means that no answer came.
    pub(super) fn worth(self, status: Option<u16>) -> Worth {
        let right = if self == Self::Valid { 200 } else { 401 };
        match status {
            None | Some(429 | 500..) => Worth::Refused,
            Some(status) if status == right => Worth::Right,
            Some(_) => Worth::Wrong,
        }
    }
}

/// A status in words for people.
pub(super) fn status_text(status: Option<u16>) -> String {
    status.map_or_else(|| "nothing".to_owned(), |status| status.to_string())
}

/// How many requests there were of each worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Answered right.
    pub(super) right: u64,
    /// Answered wrong.
    pub(super) wrong: u64,
    /// Refused for lack of service.
    pub(super) refused: u64,
    /// Of the refused ones, those that ask the gate with a key that is valid.
    pub(super) valid_refused: u64,
    /// Of the right ones, those that ask the gate with a key that is valid.
    pub(super) valid_right: u64,
    /// Of the right ones, keys made or revoked.
    pub(super) changes: u64,
}

/// Counts that threads share, and what they found.
#[derive(Default)]
pub(super) struct Tally {
    right: AtomicU64,
    wrong: AtomicU64,
    refused: AtomicU64,
    valid_refused: AtomicU64,
    valid_right: AtomicU64,
    changes: AtomicU64,
    findings: Mutex<Vec<String>>,
}

impl Tally {
    /// Counts one answer. What is wrong becomes a finding, in these words.
    pub(super) fn count(&self, kind: Kind, worth: Worth, finding: impl FnOnce() -> String) {
        let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        match worth {
            Worth::Right => {
                add(&self.right);
                match kind {
                    Kind::Valid => drop(add(&self.valid_right)),
                    Kind::Change => drop(add(&self.changes)),
                    Kind::Revoked | Kind::Unknown => {}
                }
            }
            Worth::Refused => {
                add(&self.refused);
                if kind == Kind::Valid {
                    add(&self.valid_refused);
                }
            }
            Worth::Wrong => {
                add(&self.wrong);
                self.find(finding());
            }
        }
    }

    /// Keeps what breaks a promise.
    pub(super) fn find(&self, finding: String) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if findings.len() < MAX_FINDINGS {
            findings.push(finding);
        }
    }

    /// Takes what was found so far.
    pub(super) fn take_findings(&self) -> Vec<String> {
        std::mem::take(&mut *self.findings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The counts of now.
    pub(super) fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            right: read(&self.right),
            wrong: read(&self.wrong),
            refused: read(&self.refused),
            valid_refused: read(&self.valid_refused),
            valid_right: read(&self.valid_right),
            changes: read(&self.changes),
        }
    }
}

impl Counts {
    /// What was counted since.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            right: self.right.saturating_sub(before.right),
            wrong: self.wrong.saturating_sub(before.wrong),
            refused: self.refused.saturating_sub(before.refused),
            valid_refused: self.valid_refused.saturating_sub(before.valid_refused),
            valid_right: self.valid_right.saturating_sub(before.valid_right),
            changes: self.changes.saturating_sub(before.changes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_answer_is_right_and_only_a_lack_of_service_is_no_answer() {
        for (kind, status, worth) in [
            (Kind::Valid, Some(200), Worth::Right),
            (Kind::Valid, Some(401), Worth::Wrong),
            (Kind::Valid, Some(403), Worth::Wrong),
            (Kind::Valid, Some(503), Worth::Refused),
            (Kind::Valid, None, Worth::Refused),
            (Kind::Revoked, Some(401), Worth::Right),
            (Kind::Revoked, Some(200), Worth::Wrong),
            (Kind::Unknown, Some(401), Worth::Right),
            (Kind::Unknown, Some(403), Worth::Wrong),
            (Kind::Unknown, Some(500), Worth::Refused),
        ] {
            assert_eq!(kind.worth(status), worth, "{kind:?} {status:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_counted_and_kept_in_words() {
        let tally = Tally::default();
        let before = tally.counts();
        for status in [200, 503, 401] {
            tally.count(Kind::Valid, Kind::Valid.worth(Some(status)), || format!("answered {status}"));
        }
        let counts = tally.counts().since(before);
        assert_eq!((counts.right, counts.refused, counts.wrong), (1, 1, 1));
        assert_eq!((counts.valid_right, counts.valid_refused), (1, 1));
        assert_eq!(tally.take_findings(), ["answered 401"]);
        assert!(tally.take_findings().is_empty());
    }
}
