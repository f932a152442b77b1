//! An error in one line.

/// An error with its causes, for a log or for a client that is not in this process.
///
/// ```
/// use clearance_keeper::{Fault, chain};
/// use clearance_store::StoreError;
///
/// let fault = Fault::RevokedNotStored(StoreError::Busy);
/// assert_eq!(chain(&fault), format!("revoked in this process and not yet stored: {}", StoreError::Busy));
/// ```
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
