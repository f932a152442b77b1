//! What is known of a component before it is asked anything.

use crate::Digest;

/// The package of the contract.
pub const PACKAGE: &str = "clearance:policy";

/// What is known of a component before it is asked anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentInfo {
    /// The digest of its bytes: the name of the version.
    pub digest: Digest,
    /// The contract that it was built for, for instance `clearance:policy@0.1.2`.
    pub contract: String,
    /// Whether it exports the interface `lifecycle`.
    pub has_lifecycle: bool,
    /// Whether it exports the interface `repair`.
    pub has_repair: bool,
    /// Its size in bytes.
    pub size: usize,
    /// The text with cases that it carries, if it carries one.
    pub cases: Option<Box<str>>,
}

impl ComponentInfo {
    /// A component with all interfaces of the contract and without cases, whose size is not known.
    #[must_use]
    pub fn new(digest: Digest, contract: &str) -> Self {
        Self { digest, contract: contract.into(), has_lifecycle: true, has_repair: true, size: 0, cases: None }
    }
}
