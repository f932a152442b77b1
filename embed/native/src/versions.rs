//! The versions of a session by number, and what runs them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use clearance_embed::Session;
use clearance_host::{Digest, PolicyVersion};
use clearance_question::{CallError, ComponentInfo, Guest};
use serde_json::Value;

use crate::Error;

/// A session whose versions are run in this process.
pub(crate) type NativeSession = Session<Box<dyn Fn(u32) -> Started + Send + Sync>>;

/// The numbers that the versions of a session have.
pub(crate) struct Versions {
    numbers: BTreeMap<Digest, u32>,
    next: u32,
    /// The version that the session takes next.
    coming: Arc<Mutex<Option<PolicyVersion>>>,
}

impl Versions {
    /// A session without versions, and their numbers.
    pub(crate) fn with_session() -> (NativeSession, Self) {
        let coming = Arc::new(Mutex::new(None));
        let taken = Arc::clone(&coming);
        let connect = move |_| Started(taken.lock().unwrap_or_else(PoisonError::into_inner).take());
        (Session::new(Box::new(connect)), Self { numbers: BTreeMap::new(), next: 1, coming })
    }

    /// The number of a version that is there.
    pub(crate) fn number(&self, digest: Digest) -> Option<u32> {
        self.numbers.get(&digest).copied()
    }

    /// Gives a version a number, if it has none. It must be used before [`remove_unused`](Self::remove_unused) is called.
    pub(crate) fn add(&mut self, session: &NativeSession, version: PolicyVersion) -> Result<u32, Error> {
        let digest = version.digest();
        if let Some(number) = self.number(digest) {
            return Ok(number);
        }
        let info = ComponentInfo {
            has_lifecycle: version.has_lifecycle(),
            has_repair: version.has_repair(),
            size: version.size(),
            ..ComponentInfo::new(digest, version.contract())
        };
        let number = self.next;
        self.next += 1;
        *self.coming.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
        session.add_version(number, info)?;
        self.numbers.insert(digest, number);
        Ok(number)
    }

    /// Forgets the versions that answer nowhere.
    pub(crate) fn remove_unused(&mut self, session: &NativeSession) -> Result<(), Error> {
        let answering = answering(session)?;
        for (_, number) in self.numbers.extract_if(.., |_, number| !answering.contains(number)) {
            // A request may have removed it already.
            let _ = session.ask(&format!(r#"{{"removeVersion":{{"version":{number}}}}}"#), 0.0);
        }
        Ok(())
    }
}

fn answering(session: &NativeSession) -> Result<Vec<u32>, Error> {
    let versions = session.ask(r#"{"versions":{}}"#, 0.0)?;
    let versions: Value = serde_json::from_str(&versions).map_err(|error| Error::malformed(error.to_string()))?;
    let answering = versions.get("answering").and_then(Value::as_array);
    Ok(answering.into_iter().flatten().filter_map(|number| u32::try_from(number.as_u64()?).ok()).collect())
}

/// A version that the host runs. `None` never answers: no version was on its way when the session asked for one.
pub(crate) struct Started(Option<PolicyVersion>);

impl Started {
    fn guest(&self) -> Result<&dyn Guest, CallError> {
        self.0.as_ref().map(PolicyVersion::guest).ok_or_else(|| CallError::Trap("no version was started".into()))
    }
}

impl Guest for Started {
    #[inline]
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        self.guest()?.decide(question, accepts)
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        self.guest()?.call(question, accepts)
    }
}
