//! What all routes share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderValue;
use clearance::Digest;
use clearance_keeper::{Keeper, Versions};

use crate::error::Error;
use crate::metrics::Metrics;
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
