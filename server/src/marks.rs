//! What a route notes on its response for what surrounds it.

use std::sync::Arc;

use axum::response::{IntoResponseParts, ResponseParts};
use clearance::Digest;
use clearance_keeper::{Caller, Identity};

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

impl IntoResponseParts for Used {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
