//! What was found out about keys, until anything changes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use crate::caller::{Caller, Target};

/// Remembers which caller a key is, so that its rows are not read again for each request. Any change of the directory ends all of it:
/// there are many requests for each change.
///
/// Whether a key lives and what it may do is not remembered here.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// Counts the changes.
    generation: AtomicU64,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    generation: u64,
    keys: HashMap<Box<str>, Vec<Remembered>>,
    count: usize,
}

/// A key as a caller, and the project that was named with it.
#[derive(Debug)]
struct Remembered {
    named: Option<Box<str>>,
    caller: Arc<Caller>,
}

impl Memo {
    /// The most callers that are remembered.
    const MAX_CALLERS: usize = 100_000;
    /// The most callers that are remembered for one key.
    const MOST_OF_ONE: usize = 16;

    /// The caller that a key is, if it is remembered; else `find` finds out. Callers for an organization are not remembered.
    pub(crate) fn caller(&self, key: &str, target: Target<'_>, find: impl FnOnce() -> Option<Caller>) -> Option<Arc<Caller>> {
        let find = || find().map(Arc::new);
        let Target::Project(named) = target else { return find() };
        // Before anything is looked at: what is found out while things change must not outlive the change.
        let generation = self.generation.load(Ordering::Acquire);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.generation == generation
            && let Some(remembered) = known.keys.get(key).and_then(|of| of.iter().find(|of| of.named.as_deref() == named))
        {
            return Some(Arc::clone(&remembered.caller));
        }
        drop(known);
        let caller = find()?;
        self.remember(generation, key, named, &caller);
        Some(caller)
    }

    /// Forgets everything. To be called after each change, before it is acknowledged.
    pub(crate) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn remember(&self, generation: u64, key: &str, named: Option<&str>, caller: &Arc<Caller>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.generation > generation {
            return;
        }
        if known.generation < generation || known.count >= Self::MAX_CALLERS {
            *known = Known { generation, ..Known::default() };
        }
        let Known { keys, count, .. } = &mut *known;
        let of_key = keys.entry(key.into()).or_default();
        if of_key.len() < Self::MOST_OF_ONE && !of_key.iter().any(|of| of.named.as_deref() == named) {
            of_key.push(Remembered { named: named.map(Box::from), caller: Arc::clone(caller) });
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Identity;

    fn caller(project: &str) -> Option<Caller> {
        let identity = Identity::Key { key: "k".into(), organization: "o".into(), owner: None };
        Some(Caller { identity, project: Some(project.into()) })
    }

    fn shared(project: &str) -> Option<Arc<Caller>> {
        caller(project).map(Arc::new)
    }

    #[test]
    fn what_is_remembered_is_not_looked_for() {
        let memo = Memo::default();
        let nowhere = || panic!("it is remembered");
        assert_eq!(memo.caller("k", Target::Project(Some("p")), || caller("p")), shared("p"));
        assert_eq!(memo.caller("k", Target::Project(Some("p")), nowhere), shared("p"));
        assert_eq!(memo.caller("k", Target::Project(None), || caller("q")), shared("q"));
        assert_eq!(memo.caller("k", Target::Project(None), nowhere), shared("q"));
        assert_eq!(memo.caller("other", Target::Project(None), || None), None);
        assert_eq!(memo.caller("other", Target::Project(None), || caller("r")), shared("r"));
        memo.forget();
        assert_eq!(memo.caller("k", Target::Project(Some("p")), || None), None);
    }

    #[test]
    fn what_is_found_out_while_things_change_is_not_kept() {
        let memo = Memo::default();
        let changing = || {
            memo.forget();
            caller("old")
        };
        assert_eq!(memo.caller("k", Target::Project(None), changing), shared("old"));
        assert_eq!(memo.caller("k", Target::Project(None), || caller("new")), shared("new"));
        assert_eq!(memo.caller("k", Target::Project(None), || panic!("it is remembered")), shared("new"));
    }

    /// The other key is looked up after the change, and what it was found to be counts from then on; what was found of the first before
    /// the change does not.
    #[test]
    fn another_key_does_not_carry_what_was_found_out_before_a_change() {
        let memo = Memo::default();
        let changing = || {
            memo.forget();
            assert_eq!(memo.caller("other", Target::Project(None), || caller("r")), shared("r"));
            caller("old")
        };
        assert_eq!(memo.caller("k", Target::Project(None), changing), shared("old"));
        assert_eq!(memo.caller("other", Target::Project(None), || panic!("it is remembered")), shared("r"));
        assert_eq!(memo.caller("k", Target::Project(None), || caller("new")), shared("new"));
    }

    #[test]
    fn the_projects_that_a_client_can_name_do_not_fill_it() {
        let memo = Memo::default();
        for number in 0..1000 {
            let project = number.to_string();
            assert_eq!(memo.caller("k", Target::Project(Some(&project)), || caller(&project)), shared(&project));
        }
        assert_eq!(memo.known.read().unwrap().count, Memo::MOST_OF_ONE);
    }
}
