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

/// What bytes are that do not begin like a component. `None` means that they do.
#[must_use]
pub fn other_than_a_component(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [] => Some("an empty file"),
        // The magic number, the version of the format, and what the file holds.
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => None,
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => Some("a core module"),
        [0, b'a', b's', b'm', ..] => Some("a WebAssembly binary of an unknown kind"),
        [0x7f, b'E', b'L', b'F', ..] => Some("native or precompiled code"),
        _ if bytes.trim_ascii_start().starts_with(b"(") => Some("WebAssembly text"),
        _ => Some("no WebAssembly at all"),
    }
}

/// The interface and the patch version, where the name is that of an interface of the contract's version 0.1.
#[must_use]
pub fn interface_of_contract(name: &str) -> Option<(&str, u64)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')?;
    let patch = version.strip_prefix("0.1.")?;
    patch.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((interface, patch.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_the_contract_are_told_from_others() {
        assert_eq!(interface_of_contract("clearance:policy/wire@0.1.0"), Some(("wire", 0)));
        assert_eq!(interface_of_contract("clearance:policy/later@0.1.12"), Some(("later", 12)));
        for other in [
            "wire",
            "clearance:policy/wire",
            "clearance:policy/wire@0.2.0",
            "clearance:policy/wire@0.1.0-rc.1",
            "clearance:policy/wire@0.1.+1",
            "clearance:policy/wire@0.1.",
            "clearance:policy/wire@0.10.0",
            "clearance:policy2/wire@0.1.0",
            "other:policy/wire@0.1.0",
        ] {
            assert_eq!(interface_of_contract(other), None, "{other}");
        }
    }
}
