//! What all routes share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderMap, HeaderValue};
use axum::response::ResponseParts;
use clearance::{Decision, Digest};
use clearance_keeper::{Caller, Identity, Keeper, Refused, Target, Versions};
use clearance_store::{Operator, Purpose, Token};

use crate::credential::{Credential, bearer};
use crate::error::Error;
use crate::metrics::{Answer, Metrics};
use crate::proxies::Proxies;
use crate::room::Rooms;
use crate::settings::{Limits, Settings};
use crate::work::{Work, Workers};

/// What all routes share. A clone is the same server.
#[derive(Clone)]
pub(crate) struct Server(Arc<Shared>);

struct Shared {
    keeper: Arc<Keeper>,
    metrics: Metrics,
    limits: Limits,
    versions: Option<Versions>,
    workers: Workers,
    rooms: Rooms,
    proxies: Proxies,
    is_stopping: AtomicBool,
    /// The digest of the policy version that decided last, as it is written.
    policy: RwLock<Option<(Digest, HeaderValue)>>,
}

/// Marks a response: the key was used, if the response says that all went well.
#[derive(Clone)]
pub(crate) struct Used(pub(crate) Option<Arc<str>>);

impl Used {
    /// By this caller.
    pub(crate) fn by(caller: &Caller) -> Self {
        Self(match &caller.identity {
            Identity::Key { key, .. } => Some(Arc::clone(key)),
            Identity::ProjectKey { .. } => None,
        })
    }
}

/// Marks a response: the policy version that decided it, for a header and the log.
#[derive(Clone, Copy)]
pub(crate) struct DecidedBy(pub(crate) Digest);

impl axum::response::IntoResponseParts for Used {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl Server {
    pub(crate) fn new(keeper: Arc<Keeper>, settings: &Settings) -> Self {
        Self(Arc::new(Shared {
            keeper,
            metrics: Metrics::new(),
            limits: settings.limits.clone(),
            versions: settings.versions.clone(),
            workers: Workers::new(),
            rooms: Rooms::new(&settings.limits),
            proxies: Proxies::new(settings.trusted_proxies.clone()),
            is_stopping: AtomicBool::new(false),
            policy: RwLock::new(None),
        }))
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.0.keeper
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The policy versions that can be made live.
    pub(crate) fn versions(&self) -> Option<&Versions> {
        self.0.versions.as_ref()
    }

    /// The proxies that are trusted to say which address a client has.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// From now on the server says that others should be asked. It answers all the same.
    pub(crate) fn stop_soon(&self) {
        self.0.is_stopping.store(true, Ordering::Release);
    }

    /// Whether others should be asked.
    pub(crate) fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Acquire)
    }

    /// How many requests of each kind may be under way.
    pub(crate) fn rooms(&self) -> &Rooms {
        &self.0.rooms
    }

    /// Who sends this request, and which project it is about.
    pub(crate) fn caller(&self, headers: &HeaderMap, aim: Aim) -> Result<Arc<Caller>, Error> {
        self.known(headers, aim, |token, target| self.keeper().resolve(token, target))
    }

    /// Who sends this request, if it is about a project that is known, or else about the organization of a key.
    pub(crate) fn caller_anywhere(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Error> {
        let names_project = Credential::of(headers).is_some_and(|credential| credential.project.is_some());
        match self.caller(headers, Aim::Project) {
            Err(Error::Unauthorized { .. }) if !names_project => self.caller(headers, Aim::Organization),
            other => other,
        }
    }

    /// Who sends this request, if the policy lets them do this at the project of the request or at the organization of the key.
    pub(crate) fn permitted(&self, headers: &HeaderMap, aim: Aim, permission: &str) -> Result<(Arc<Caller>, Decision), Error> {
        let (caller, decision) = self.known(headers, aim, |token, target| self.keeper().authorize(token, target, permission))?;
        self.metrics().answered(if decision.allow { Answer::Allow } else { Answer::Deny });
        if decision.allow {
            return Ok((caller, decision));
        }
        Err(Error::Denied { caller, permission: permission.into(), decision })
    }

    /// What `find` finds out about the credential of a request.
    fn known<T>(
        &self,
        headers: &HeaderMap,
        aim: Aim,
        find: impl FnOnce(&Token, Target<'_>) -> Result<T, Refused>,
    ) -> Result<T, Error> {
        let found = Credential::of(headers).ok_or(Error::Unauthorized { presented: false }).and_then(|credential| {
            let target = match aim {
                Aim::Project => Target::Project(credential.project.as_deref()),
                Aim::Organization => Target::Organization,
            };
            Ok(find(&credential.token, target)?)
        });
        found.inspect_err(|error| {
            if let Error::Unauthorized { .. } = error {
                self.metrics().answered(Answer::Unauthorized);
            }
        })
    }

    /// Does what the server does by itself, where waiting is allowed.
    pub(crate) async fn blocking<T: Send + 'static>(&self, call: impl FnOnce(&Keeper) -> T + Send + 'static) -> Result<T, Error> {
        self.work(Work::Upkeep, call).await
    }

    /// Does work of a kind on a thread for it, as soon as one is free.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: Work,
        call: impl FnOnce(&Keeper) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let keeper = Arc::clone(&self.0.keeper);
        self.0.workers.run(work, move || call(&keeper)).await
    }

    /// The operator who sends this request, if that is what it is for.
    pub(crate) fn operator(&self, headers: &HeaderMap, purpose: Purpose) -> Result<Operator, Error> {
        let token = bearer(headers).ok_or(Error::Unauthorized { presented: false })?;
        let operator = self.keeper().resolve_operator(&token)?;
        if operator.purposes.contains(&purpose) {
            return Ok(operator);
        }
        let message = format!("the operator is not for `{purpose}`: make one that is, with `clearance operator create`");
        Err(Error::Forbidden { message: message.into() })
    }

    /// How many writes wait, without the revocations, and how many revocations do.
    pub(crate) fn waiting_writes(&self) -> (usize, usize) {
        let waiting = |work| self.0.workers.waiting(work);
        let (writes, revocations) = (self.keeper().waiting_writes(), self.keeper().waiting_revocations());
        (waiting(Work::Write).saturating_add(writes), waiting(Work::Revocation).saturating_add(revocations))
    }

    /// The digest of a policy version as a header.
    pub(crate) fn policy_header(&self, digest: Digest) -> Option<HeaderValue> {
        let known = self.0.policy.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, written)) = &*known
            && *of == digest
        {
            return Some(written.clone());
        }
        drop(known);
        let written = HeaderValue::try_from(digest.to_string()).ok()?;
        *self.0.policy.write().unwrap_or_else(PoisonError::into_inner) = Some((digest, written.clone()));
        Some(written)
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// A project.
    Project,
    /// The organization of the key.
    Organization,
}
