//! What the policy refuses: neither an answer nor a failure of this program.

use std::fmt;

use crate::report::Status;

/// The policy says no. Nothing was changed.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The code that clients know it by.
    pub(crate) code: Box<str>,
    /// Why, for people.
    pub(crate) message: String,
}

/// How a run ends that ended with this error. What the policy finds wrong with what was written is an error like any other.
pub(crate) fn status(error: &anyhow::Error) -> Status {
    match error.downcast_ref() {
        Some(Refused { code, .. }) if &**code != "validation_error" => Status::Bad,
        _ => Status::Failed,
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message } = self;
        write!(out, "refused, {code}: {message}")?;
        // Messages speak of what was sent; these are the options that it came from.
        for (field, options) in OPTIONS {
            if message.contains(field) {
                write!(out, "; `{field}` is from {options}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

const OPTIONS: [(&str, &str); 4] = [
    ("assignedToUserId", "`--for`"),
    ("bindings", "`--project`, `--team` and `--whole-organization`"),
    ("expiresAt", "`--expires`"),
    ("permissions.", "`--permission`"),
];
