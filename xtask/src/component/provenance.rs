//! `policy/dist/*.toml`: where the committed components come from.

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// Where a component comes from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Provenance {
    /// The name of the policy; empty for the base, which is none.
    pub(super) policy: String,
    /// The semantic version of the policy; empty for the base.
    pub(super) version: String,
    /// The WIT package that the component implements, with its version.
    pub(super) contract: String,
    /// SHA-256 of the component, hexadecimal. This is what names a policy version.
    pub(super) digest: String,
    /// Bytes of the component.
    pub(super) size: usize,
    /// SHA-256 over all that the component is built from, hexadecimal.
    pub(super) source: String,
    /// The compiler, its commit and its host. It compiles the base, of which the policies are made.
    pub(super) rustc: String,
    /// The version of the library that wrapped the core module.
    pub(super) wit_component: String,
}

impl Provenance {
    pub(super) fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    pub(super) fn to_text(&self, component: &str) -> Result<String> {
        let heading = format!("# Where {component} comes from. Written by `cargo xtask component`: do not edit.");
        Ok(format!("{heading}\n\n{}", toml::to_string(self)?))
    }

    /// What the file says that is not so, one sentence for each field.
    pub(super) fn differences(&self, expected: &Self) -> Vec<String> {
        let fields = [
            ("policy", &self.policy, &expected.policy),
            ("version", &self.version, &expected.version),
            ("contract", &self.contract, &expected.contract),
            ("digest", &self.digest, &expected.digest),
            ("size", &self.size.to_string(), &expected.size.to_string()),
            ("source", &self.source, &expected.source),
            ("rustc", &self.rustc, &expected.rustc),
            ("wit-component", &self.wit_component, &expected.wit_component),
        ];
        let different = fields.into_iter().filter(|(_, recorded, is)| recorded != is);
        different.map(|(field, recorded, is)| format!("{field} is `{is}`, recorded `{recorded}`")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Provenance {
        Provenance {
            policy: "p".into(),
            version: "1.0.0".into(),
            contract: "a:b@0.1.0".into(),
            digest: "d".into(),
            size: 7,
            source: "s".into(),
            rustc: "rustc 1".into(),
            wit_component: "0.1".into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Provenance::parse(&some().to_text("p.wasm").unwrap()).unwrap(), some());
    }

    #[test]
    fn every_field_that_differs_is_named() {
        assert!(some().differences(&some()).is_empty());
        let other = Provenance {
            policy: "q".into(),
            version: "1.0.1".into(),
            contract: "a:b@0.1.1".into(),
            digest: "e".into(),
            size: 8,
            source: "t".into(),
            rustc: "rustc 2".into(),
            wit_component: "0.2".into(),
        };
        let fields = toml::Table::try_from(some()).unwrap().len();
        assert_eq!(other.differences(&some()).len(), fields);
        assert_eq!(other.differences(&some())[4], "size is `7`, recorded `8`");
    }
}
