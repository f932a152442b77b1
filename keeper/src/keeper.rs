//! One database: its store, and what is kept in memory to answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use clearance::document::Timestamp;
use clearance::{Authorizer, Decision, Directory, Effective, EvalError, PlaceId, PolicyVersion, PrincipalId, Reason};
use clearance_store::{Credentials, LastUsed, Loaded, Rewrite, Store, Unsealed};

use crate::clock::now;
use crate::fault::{Fault, OpenError};
use crate::memo::Memo;
use crate::queue::{Lane, Queue};
use crate::refusals::Refusals;

/// Everything that a server or a command needs of one database: the store, and what is kept in memory to answer.
///
/// Writes happen one after the other: the policy is asked, the store commits, memory follows. Questions are answered from memory
/// alone and never wait for the database. Methods that write or read the database block.
pub struct Keeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) authorizer: Authorizer,
    pub(crate) credentials: RwLock<Credentials>,
    pub(crate) memo: Memo,
    pub(crate) last_used: LastUsed,
    /// Credentials that verified in an older way, until they are stored again.
    pub(crate) rewrites: Mutex<HashMap<(&'static str, Box<str>), Rewrite>>,
    /// Writers take their turn here, from the question to the policy until memory has followed.
    pub(crate) writers: Queue,
    /// What was revoked and could not be stored: refused until it is stored.
    pub(crate) refusals: Refusals,
    /// Held while pins are changed. It is taken before the turn to write.
    pub(crate) pinning: Mutex<()>,
    /// Memory could not follow what is stored. Nothing is answered from it any more.
    pub(crate) out_of_step: AtomicBool,
}

impl Keeper {
    /// Loads what the store holds, to be judged by a policy version.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or its rows are not a valid directory. A custom role that the policy cannot compile is unusable, and stops
    /// nothing else.
    pub fn open(store: Arc<dyn Store>, policy: PolicyVersion) -> Result<Self, OpenError> {
        let Loaded { document, credentials } = store.load()?;
        let authorizer = Authorizer::builder(policy, Directory::from_stored(document)?).build_on_stored();
        Ok(Self {
            store,
            authorizer,
            credentials: RwLock::new(credentials),
            memo: Memo::default(),
            last_used: LastUsed::default(),
            rewrites: Mutex::default(),
            writers: Queue::default(),
            refusals: Refusals::default(),
            pinning: Mutex::default(),
            out_of_step: AtomicBool::new(false),
        })
    }

    /// How many custom roles cannot be used, and make questions fail.
    pub fn count_unusable_roles(&self) -> usize {
        self.authorizer.count_unusable_roles()
    }

    /// How many writes wait for their turn, without the revocations.
    pub fn waiting_writes(&self) -> usize {
        self.writers.waiting(Lane::Ordinary)
    }

    /// How many revocations wait for their turn.
    pub fn waiting_revocations(&self) -> usize {
        self.writers.waiting(Lane::Revocation)
    }

    /// Names them in the log, the first of them. To be called once there is a log, and whenever other versions answer.
    pub fn log_unusable_roles(&self) {
        const MAX_LINES: usize = 100;
        for unusable in self.authorizer.unusable_roles().iter().take(MAX_LINES) {
            tracing::error!("{unusable}: until then no question that depends on the role is answered");
        }
    }

    /// May this principal do this here, now?
    ///
    /// # Errors
    ///
    /// The policy gave no answer, or memory is out of step with the store: refuse.
    pub fn check(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Decision, Fault> {
        self.check_in_step()?;
        let decision = unless_bad_facts(self.authorizer.view().check(principal, permission, place)?)?;
        Ok(self.unless_refused(principal, decision))
    }

    /// What the policy says of this principal here, now, whatever is asked.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub(crate) fn standing(&self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Decision, Fault> {
        self.check_in_step()?;
        let decision = unless_bad_facts(self.authorizer.view().standing(principal, place)?)?;
        Ok(self.unless_refused(principal, decision))
    }

    /// The decision, unless the principal is a key of which the policy does not know yet that it is revoked.
    fn unless_refused(&self, principal: PrincipalId<'_>, decision: Decision) -> Decision {
        if authenticates(decision.reason) && self.is_refused(principal) {
            Decision { allow: false, reason: Reason::KeyRevoked, binding: None, ..decision }
        } else {
            decision
        }
    }

    /// All that this principal may do here, now.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn effective(&self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Effective, Fault> {
        self.check_in_step()?;
        if self.is_refused(principal) {
            return Err(Fault::RevocationsWait { count: self.refusals.count() });
        }
        Ok(self.authorizer.view().effective(principal, place)?)
    }

    /// The policy and the directory, for questions that [`check`](Self::check) does not ask.
    ///
    /// # Errors
    ///
    /// Memory is out of step with the store.
    pub fn authorizer(&self) -> Result<&Authorizer, Fault> {
        self.check_in_step()?;
        Ok(&self.authorizer)
    }

    /// The store. Whatever is written through it, memory does not follow.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The first stored credentials without the right seal, and the number of all of them. They are not accepted from anybody, because this
    /// program did not write them.
    pub fn unsealed_credentials(&self) -> (Vec<Unsealed>, u64) {
        let credentials = self.credentials();
        let (first, count) = credentials.unsealed();
        (first.to_vec(), count)
    }

    /// When a key was last used with success, written or not.
    pub fn last_used(&self, key: &str) -> Option<Timestamp> {
        let stored = || self.authorizer.read_directory(|directory| directory.key(key)?.last_used_at);
        self.last_used.latest(key).or_else(stored)
    }

    /// Notes that a key was used with success. It is written later.
    pub fn record_use(&self, key: &str) {
        self.last_used.record(key, now());
    }

    /// Whether questions can be answered and writes stored. Reads the database.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn ready(&self) -> Result<(), Fault> {
        self.check_in_step()?;
        self.store.ready()?;
        match self.refusals.count() {
            0 => Ok(()),
            count => Err(Fault::RevocationsWait { count }),
        }
    }

    /// Whether memory is what is stored.
    ///
    /// # Errors
    ///
    /// [`Fault::OutOfStep`]: nothing is answered until it is loaded anew.
    pub fn check_in_step(&self) -> Result<(), Fault> {
        if self.out_of_step.load(Ordering::Acquire) { Err(Fault::OutOfStep) } else { Ok(()) }
    }

    /// A thread that panicked while it held the lock left whole updates behind.
    pub(crate) fn credentials(&self) -> RwLockReadGuard<'_, Credentials> {
        self.credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rewrites(&self) -> MutexGuard<'_, HashMap<(&'static str, Box<str>), Rewrite>> {
        self.rewrites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a principal about whom the policy says this may be told so: false where it must look like an unknown one.
pub(crate) fn authenticates(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::KeyRevoked
            | Reason::KeyExpired
            | Reason::OwnerDeactivated
            | Reason::PrincipalUnknown
            | Reason::PlaceUnknown
            | Reason::PermissionUnknown
    )
}

fn unless_bad_facts(decision: Decision) -> Result<Decision, Fault> {
    if decision.reason == Reason::BadFacts { Err(Fault::BadFacts) } else { Ok(decision) }
}

impl From<EvalError> for Fault {
    fn from(error: EvalError) -> Self {
        Self::Policy(error)
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Keeper").field("authorizer", &self.authorizer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use clearance_host::{Engine, LANGWATCH, Limits};
    use clearance_store::{Peppers, Purpose, SqliteStore, Write};

    use super::*;
    use crate::caller::Origin;

    #[test]
    fn writes_that_wait_are_counted_apart_from_revocations() {
        let folder = tempfile::tempdir().unwrap();
        let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
        let document = clearance::Document::default();
        let store = SqliteStore::create(folder.path().join("clearance.db"), &document, peppers, &Write::default()).unwrap();
        let policy = Engine::new(Limits::default()).unwrap().load(LANGWATCH).unwrap();
        let keeper = Keeper::open(Arc::new(store), policy).unwrap();
        let counts = || (keeper.waiting_writes(), keeper.waiting_revocations());
        let until = |lane, count| {
            while keeper.writers.waiting(lane) < count {
                thread::yield_now();
            }
        };
        thread::scope(|threads| {
            let turn = keeper.own_turn(Lane::Ordinary).unwrap();
            assert_eq!(counts(), (0, 0));
            for _ in 0..2 {
                threads.spawn(|| keeper.create_operator("n", &[Purpose::Check], &Origin::COMMAND).unwrap());
            }
            until(Lane::Ordinary, 2);
            assert_eq!(counts(), (2, 0));
            threads.spawn(|| keeper.revoke_operator("nobody", &Origin::COMMAND).unwrap_err());
            until(Lane::Revocation, 1);
            assert_eq!(counts(), (2, 1));
            drop(turn);
        });
        assert_eq!(counts(), (0, 0));
    }
}
