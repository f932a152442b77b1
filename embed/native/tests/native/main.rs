//! What every language that loads this crate relies on.

mod authorizer;
mod threads;
mod transcripts;

use std::path::{Path, PathBuf};

use clearance_native::{Authorizer, Decision, Error, Options, PlaceId, Policy, PrincipalId};

const COMPANY: &str = include_str!("../../../../examples/company/directory.json");
/// 2026-06-01T12:00:00Z
const NOW: f64 = 1_780_315_200_000.0;

/// The project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn component(name: &str) -> Vec<u8> {
    std::fs::read(root().join("policy/dist").join(name).with_extension("wasm")).unwrap()
}

fn unsigned(component: &[u8]) -> Policy<'_> {
    Policy { component, signature: None }
}

/// The company, under the default policy, where no policy need be signed.
fn company() -> Authorizer {
    Authorizer::load(COMPANY, None, Options { allow_unsigned: true, ..Options::default() }).unwrap()
}

/// May the key `ci` do this at the project Shop?
fn check(authorizer: &Authorizer, permission: &str) -> Result<Decision, Error> {
    authorizer.check(PrincipalId::Key("ci"), permission, PlaceId::Project("shop"), NOW)
}
