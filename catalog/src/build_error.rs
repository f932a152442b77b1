//! Why a base component does not become a policy.

use thiserror::Error;

/// Why a base component does not become a policy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The bytes are not a component that takes a catalog.
    #[error("this is not a component to build a policy from: {0}")]
    Base(String),
    /// The component does not take the catalog: it was built for another layout of catalogs, or has one already.
    #[error("the component does not take the catalog: use the base component of this version of clearance")]
    Refused,
    /// The state of the component cannot be written down.
    #[error("the state of the component cannot be written down: {0}")]
    State(String),
    /// The runtime waits for something, though nothing here does.
    #[error("the runtime waits for something while it writes the component down")]
    Waits,
}
