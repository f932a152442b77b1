//! The keys of a run: what was acknowledged of each.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Further keys are not made, so that a run is bounded.
pub(super) const MAX_KEYS: usize = 4_000;

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was made, and nobody has asked to revoke it.
    Alive,
    /// A revocation was asked for and not acknowledged: it may have happened or not.
    Revoking,
    /// Its revocation was acknowledged.
    Revoked,
}

/// A key that was made and acknowledged.
#[derive(Clone)]
pub(super) struct Key {
    /// Its id.
    pub(super) id: String,
    /// Its token.
    pub(super) token: String,
    /// What is known of it.
    pub(super) state: State,
}

/// The keys of a run, in the order in which they were made.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Vec<Key>>);

impl Ledger {
    /// Adds a key whose creation was acknowledged.
    pub(super) fn add(&self, id: String, token: String) {
        self.keys().push(Key { id, token, state: State::Alive });
    }

    /// Writes down what is known of a key now.
    pub(super) fn set(&self, id: &str, state: State) {
        if let Some(key) = self.keys().iter_mut().find(|key| key.id == id) {
            key.state = state;
        }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys().len()
    }

    /// How many are in a state.
    pub(super) fn count(&self, state: State) -> usize {
        self.keys().iter().filter(|key| key.state == state).count()
    }

    /// The oldest key in a state.
    pub(super) fn oldest(&self, state: State) -> Option<Key> {
        self.keys().iter().find(|key| key.state == state).cloned()
    }

    /// A revoked key: for the number 0 the newest, and older ones for higher numbers, round and round.
    pub(super) fn revoked_key(&self, number: usize) -> Option<Key> {
        let keys = self.keys();
        let count = keys.iter().filter(|key| key.state == State::Revoked).count();
        keys.iter().rev().filter(|key| key.state == State::Revoked).nth(number.checked_rem(count)?).cloned()
    }

    /// All keys as they are known now.
    pub(super) fn all(&self) -> Vec<Key> {
        self.keys().clone()
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revoked_keys_are_found_from_the_newest_and_round() {
        let ledger = Ledger::default();
        assert!(ledger.revoked_key(0).is_none());
        for id in ["a", "b", "c"] {
            ledger.add(id.into(), format!("token of {id}"));
        }
        ledger.set("a", State::Revoked);
        ledger.set("c", State::Revoked);
        let ids: Vec<String> = (0..4).filter_map(|number| Some(ledger.revoked_key(number)?.id)).collect();
        assert_eq!(ids, ["c", "a", "c", "a"]);
        assert_eq!(ledger.oldest(State::Alive).map(|key| key.id).as_deref(), Some("b"));
        assert_eq!((ledger.len(), ledger.count(State::Revoked)), (3, 2));
    }
}
