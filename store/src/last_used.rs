//! When keys were last used, kept in memory and written later.

use std::sync::{Mutex, MutexGuard, PoisonError};

use clearance_directory::document::Timestamp;
use hashbrown::HashMap;

/// The shortest time between two writes for one key, in milliseconds.
const WRITE_PAUSE_MILLIS: u64 = 60_000;

/// Uses of a key are recorded out of order by less than this number of milliseconds, unless the clock was set.
pub(crate) const MAX_DISORDER: u64 = 60_000;

/// Collects when keys were used, so that a use costs no write: every key is due once a minute at most.
///
/// ```
/// use clearance_directory::document::Timestamp;
/// use clearance_store::LastUsed;
///
/// let at = |seconds: u64| Timestamp::from_millis(seconds * 1000).unwrap();
/// let last_used = LastUsed::default();
/// last_used.record("ci", at(1));
/// last_used.record("ci", at(2));
/// assert_eq!(last_used.take_due(at(3)), [("ci".into(), at(2))]);
/// last_used.record("ci", at(4));
/// assert!(last_used.take_due(at(5)).is_empty());
/// assert_eq!(last_used.all(at(6)), [("ci".into(), at(4))]);
/// ```
#[derive(Debug, Default)]
pub struct LastUsed {
    uses: Mutex<Uses>,
}

#[derive(Debug, Default)]
struct Uses {
    keys: HashMap<Box<str>, Use>,
    /// The keys whose last use still has to be written, each once: few, however many keys there are.
    waiting: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    last: Timestamp,
    waiting: bool,
    /// When the key was handed out to be written.
    written: Option<Timestamp>,
}

impl LastUsed {
    /// Notes that a key was used. A time that is a little earlier than the one that is known changes nothing: another thread was faster.
    /// One that is much earlier replaces it: the clock was ahead, and is right again.
    pub fn record(&self, key: &str, at: Timestamp) {
        let Uses { keys, waiting } = &mut *self.uses();
        match keys.get_mut(key) {
            Some(used) if used.last >= at && !is_ahead(used.last, at) => return,
            Some(used) => {
                used.last = at;
                if std::mem::replace(&mut used.waiting, true) {
                    return;
                }
            }
            None => {
                keys.insert(key.into(), Use { last: at, waiting: true, written: None });
            }
        }
        waiting.push(key.into());
    }

    /// When a key was last used, as far as it was recorded here. It may not be written yet.
    pub fn latest(&self, key: &str) -> Option<Timestamp> {
        self.uses().keys.get(key).map(|used| used.last)
    }

    /// What should be written now: keys that were used since they were last handed out, a minute ago or longer. Hand it to
    /// [`Store::touch`](crate::Store::touch), and what could not be written to [`Self::put_back`].
    pub fn take_due(&self, now: Timestamp) -> Vec<(Box<str>, Timestamp)> {
        self.take(now, |used| {
            used.written.is_none_or(|written| {
                is_ahead(written, now) || now.millis().saturating_sub(written.millis()) >= WRITE_PAUSE_MILLIS
            })
        })
    }

    /// Everything that is not written yet, for a clean stop.
    pub fn all(&self, now: Timestamp) -> Vec<(Box<str>, Timestamp)> {
        self.take(now, |_| true)
    }

    /// Takes back what could not be written.
    pub fn put_back(&self, uses: &[(Box<str>, Timestamp)]) {
        let Uses { keys, waiting } = &mut *self.uses();
        for (key, _) in uses {
            if let Some(used) = keys.get_mut(key) {
                used.written = None;
                if !std::mem::replace(&mut used.waiting, true) {
                    waiting.push(key.clone());
                }
            }
        }
    }

    fn take(&self, now: Timestamp, due: impl Fn(&Use) -> bool) -> Vec<(Box<str>, Timestamp)> {
        let Uses { keys, waiting } = &mut *self.uses();
        let mut taken = Vec::new();
        waiting.retain(|key| match keys.get_mut(key) {
            Some(used) if due(used) => {
                (used.waiting, used.written) = (false, Some(now));
                taken.push((key.clone(), used.last));
                false
            }
            found => found.is_some(),
        });
        taken
    }

    /// A thread that panicked while it held the lock left whole entries behind.
    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a time lies so far behind a true one that only a clock that was ahead can have given it.
pub(crate) fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time.millis() > now.millis().saturating_add(MAX_DISORDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_key_is_written_once_a_minute() {
        let last_used = LastUsed::default();
        let mut writes = 0;
        for second in 0..600 {
            last_used.record("k", at(second * 1000));
            writes += last_used.take_due(at(second * 1000)).len();
        }
        assert_eq!(writes, 10);
        assert_eq!(last_used.latest("k"), Some(at(599_000)));
        assert_eq!(last_used.all(at(999_999)), [("k".into(), at(599_000))]);
        assert_eq!(last_used.all(at(999_999)), []);
        assert_eq!(last_used.take_due(at(1_000_000)), []);
    }

    #[test]
    fn a_clock_that_goes_back_a_little_loses_nothing() {
        let last_used = LastUsed::default();
        last_used.record("k", at(100_000));
        assert_eq!(last_used.take_due(at(100_000)).len(), 1);
        last_used.record("k", at(40_000));
        assert_eq!(last_used.latest("k"), Some(at(100_000)));
        last_used.record("k", at(100_001));
        assert_eq!(last_used.take_due(at(40_000)), []);
        assert_eq!(last_used.take_due(at(160_000)), [("k".into(), at(100_001))]);
    }

    #[test]
    fn a_clock_that_was_ahead_once_is_forgotten_with_the_next_use() {
        let last_used = LastUsed::default();
        last_used.record("k", at(86_400_000));
        assert_eq!(last_used.take_due(at(86_400_000)).len(), 1);
        last_used.record("k", at(1_000));
        assert_eq!(last_used.latest("k"), Some(at(1_000)));
        // It was handed out at a time that has not come yet.
        assert_eq!(last_used.take_due(at(2_000)), [("k".into(), at(1_000))]);
        last_used.record("k", at(3_000));
        assert_eq!(last_used.take_due(at(3_000)), []);
        assert_eq!(last_used.take_due(at(62_000)), [("k".into(), at(3_000))]);
    }

    #[test]
    fn what_was_not_written_is_due_again() {
        let last_used = LastUsed::default();
        last_used.record("k", at(1));
        let due = last_used.take_due(at(1));
        last_used.put_back(&due);
        assert_eq!(last_used.take_due(at(2)), due);
    }
}
