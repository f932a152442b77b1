//! A session that threads share.

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::available_parallelism,
    time::{SystemTime, UNIX_EPOCH},
};

use clearance::{Decision, PlaceId, PrincipalId};
use clearance_host::{Digest, Engine, LANGWATCH, PolicyVersion};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};

use crate::{
    Error,
    options::{Options, Policy},
    versions::{NativeSession, Versions},
};

/// Permission checks over a directory in memory.
pub struct Authorizer {
    engine: Engine,
    options: Options,
    session: NativeSession,
    /// Held while a version is added and used, so that no other thread removes it in between.
    versions: Mutex<Versions>,
    /// A call stopped halfway, so nothing that is in memory can be believed.
    is_lost: AtomicBool,
}

/// The most threads that compile a policy at the same time: one has some 60 functions.
const MAX_COMPILING_THREADS: usize = 8;

/// The present moment, in milliseconds since 1970-01-01T00:00:00Z. It is not a time, and refused as one, where the clock cannot be read.
#[must_use]
pub fn clock() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    #[expect(clippy::cast_precision_loss, reason = "the milliseconds of 200,000 years fit without any")]
    since.map_or(f64::NAN, |time| time.as_millis() as f64)
}

impl Authorizer {
    /// Loads a directory file, and a policy. `None` means the default one, which is built in.
    ///
    /// # Errors
    ///
    /// [`Error`] says what is wrong with the policy, the options or the directory.
    pub fn load(directory: &str, policy: Option<Policy<'_>>, options: Options) -> Result<Self, Error> {
        let engine = options.engine()?;
        let (mut session, mut versions) = Versions::with_session();
        // The default policy is part of this program, and as trustworthy as the rest of it.
        policy.map_or(Ok(()), |policy| options.check_trust(policy))?;
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            let version = start(&engine, policy.map_or(LANGWATCH, |policy| policy.component))?;
            let number = versions.add(&session, version)?;
            Ok::<_, Error>(session.load(number, directory)?)
        }));
        loaded.unwrap_or_else(|_| Err(Error::lost()))?;
        Ok(Self { engine, options, session, versions: Mutex::new(versions), is_lost: AtomicBool::new(false) })
    }

    /// One decision. `now` is in whole milliseconds since 1970-01-01T00:00:00Z; anything else is refused.
    ///
    /// # Errors
    ///
    /// [`Error`] where the time is not one, or the policy gave no answer.
    #[inline]
    pub fn check(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>, now: f64) -> Result<Decision, Error> {
        self.guard(|| Ok(self.session.decide(principal, permission, place, now)?))
    }

    /// Many decisions. A change that comes between two of them is seen by the second.
    ///
    /// # Errors
    ///
    /// [`Error`] where the time is not one, or the policy gave no answer to one of them.
    pub fn check_many<'a>(
        &self,
        questions: impl IntoIterator<Item = (PrincipalId<'a>, &'a str, PlaceId<'a>)>,
        now: f64,
    ) -> Result<Vec<Decision>, Error> {
        let decide = |(principal, permission, place)| Ok(self.session.decide(principal, permission, place, now)?);
        self.guard(|| questions.into_iter().map(decide).collect())
    }

    /// Answers a request in JSON: `embed/README.md` lists them. `now` is when a question is asked that does not say it.
    ///
    /// # Errors
    ///
    /// [`Error`] says why there is no answer.
    pub fn ask(&self, request: &str, now: f64) -> Result<String, Error> {
        self.guard(|| Ok(self.session.ask(request, now)?))
    }

    /// Makes all changes of the data, or none: a list of changes in JSON, as `POST /v1/directory/changes` takes it.
    ///
    /// # Errors
    ///
    /// [`Error`] names the change that is refused.
    pub fn apply(&self, changes: &str) -> Result<(), Error> {
        self.guard(|| Ok(self.session.apply(changes)?))
    }

    /// Makes another policy version the live one. Until it is compiled and checked, the old one answers.
    ///
    /// # Errors
    ///
    /// [`Error`] says why it is refused. Nothing is changed then.
    pub fn swap(&self, policy: Policy<'_>) -> Result<(), Error> {
        self.open(policy, |version| json!({"swap": {"version": version}}))
    }

    /// Lets another version answer for one organization.
    ///
    /// # Errors
    ///
    /// [`Error`] says why it is refused. Nothing is changed then.
    pub fn pin(&self, organization: &str, policy: Policy<'_>) -> Result<(), Error> {
        self.open(policy, |version| json!({"pin": {"organization": organization, "version": version}}))
    }

    /// Lets the live version answer for an organization again.
    ///
    /// # Errors
    ///
    /// [`Error`] where the data is lost.
    pub fn unpin(&self, organization: &str) -> Result<(), Error> {
        self.guard(|| {
            let mut versions = self.lock_versions();
            self.session.ask(&json!({"unpin": {"organization": organization}}).to_string(), 0.0)?;
            versions.remove_unused(&self.session)
        })
    }

    /// Compiles and checks a policy, and makes the request that uses it by its number.
    fn open(&self, policy: Policy<'_>, request: impl FnOnce(u32) -> Value) -> Result<(), Error> {
        self.options.check_trust(policy)?;
        let digest = Digest::of(policy.component);
        self.guard(|| {
            let is_there = {
                let mut versions = self.lock_versions();
                versions.remove_unused(&self.session)?;
                versions.number(digest).is_some()
            };
            // Nobody waits while a policy is compiled.
            let started = if is_there { None } else { Some(start(&self.engine, policy.component)?) };
            let mut versions = self.lock_versions();
            let number = match (versions.number(digest), started) {
                (Some(number), _) => number,
                (None, Some(version)) => versions.add(&self.session, version)?,
                // It was there, and another thread has swapped it away.
                (None, None) => versions.add(&self.session, start(&self.engine, policy.component)?)?,
            };
            let used = self.session.ask(&request(number).to_string(), 0.0);
            versions.remove_unused(&self.session)?;
            used?;
            Ok(())
        })
    }

    fn lock_versions(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a call. If it panics, half of something may be written: nothing is answered from then on.
    #[inline]
    fn guard<T>(&self, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        if self.is_lost.load(Relaxed) {
            return Err(Error::lost());
        }
        catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
            self.is_lost.store(true, Relaxed);
            Err(Error::lost())
        })
    }
}

/// Compiles and checks a component.
fn start(engine: &Engine, component: &[u8]) -> Result<PolicyVersion, Error> {
    // What bytes are not a policy is found by the same code, and so named alike, in every language.
    clearance_embed::open(component).map_err(clearance_embed::Failure::from)?;
    // The runtime compiles with several threads. These end afterwards: a program may fork, and would wait in the new process for threads
    // of the old one.
    let threads = available_parallelism().map_or(1, NonZero::get).min(MAX_COMPILING_THREADS);
    let threads = ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| Error::runtime(error.to_string()))?;
    Ok(threads.install(|| engine.load(component))?)
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorizer").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_halfway_is_lost() {
        let company = include_str!("../../../examples/company/directory.json");
        let authorizer = Authorizer::load(company, None, Options::default()).unwrap();
        let check = || authorizer.check(PrincipalId::Key("ci"), "prompts:view", PlaceId::Project("shop"), 1_780_315_200_000.0);
        assert!(check().unwrap().allow);
        let stopped: Result<(), Error> = authorizer.guard(|| panic!("a fault of this program"));
        assert_eq!(stopped.unwrap_err().code, "lost");
        assert_eq!(check().unwrap_err().code, "lost");
        assert_eq!(authorizer.ask(r#"{"describe": {}}"#, 0.0).unwrap_err().code, "lost");
        assert_eq!(authorizer.apply("[]").unwrap_err().code, "lost");
    }
}
