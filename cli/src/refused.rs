//! What the policy refuses: neither an answer nor a failure of this program.

use std::fmt;

use anyhow::anyhow;
use clearance_store::StoreError;
use serde_json::{Map, Value};

use crate::report::Status;

/// The policy says no. Nothing was changed.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The code that clients know it by.
    pub(crate) code: Box<str>,
    /// Why, for people.
    pub(crate) message: String,
    /// What a server says besides.
    pub(crate) members: Map<String, Value>,
}

/// How a run ends that ended with this error. What the policy finds wrong with what was written is an error like any other.
pub(crate) fn status(error: &anyhow::Error) -> Status {
    match error.downcast_ref() {
        Some(Refused { code, .. }) if &**code != "validation_error" => Status::Bad,
        _ => Status::Failed,
    }
}

/// A revocation that was not stored. This process ends with its error, and with it what it refuses from memory.
pub(crate) fn not_revoked(error: &StoreError) -> anyhow::Error {
    anyhow!("NOT revoked: {error}")
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refused {}
