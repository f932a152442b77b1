//! The life of a key: who may make, see, edit and revoke it, and what is stored in the end.
//!
//! Grants are read by the one walk of `decision.rs`. The order of the refusals is part of the rules: each function reads from top
//! to bottom as the contract lists them.
//!
//! Everything is marked `#[inline]`, so that the component builds it for size, not for speed: keys are made seldom.

pub(super) mod asker;
mod ceiling;
mod create;
mod edit;
mod power;
mod sent;
mod sight;
mod within;

#[cfg(test)]
mod tests;

use crate::{
    catalog::Catalog,
    types::{
        Facts,
        lifecycle::{Edit, KeyAnswer, KeyQuestion, Refusal},
    },
};

/// Answers one question about keys.
///
/// # Errors
///
/// The first [`Refusal`], in the order of the contract.
#[inline]
pub fn ask(catalog: &Catalog, facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
    let granted = |()| KeyAnswer::Granted;
    match question {
        KeyQuestion::Create(draft) => create::create(catalog, facts, draft).map(KeyAnswer::Plan),
        KeyQuestion::Edit(Edit { key, change }) => edit::edit(catalog, facts, key.as_ref(), change).map(KeyAnswer::Edited),
        KeyQuestion::Revoke(key) => edit::revoke(catalog, facts, key.as_ref()).map(granted),
        KeyQuestion::List(keys) => sight::list(catalog, facts, keys).map(KeyAnswer::Seen),
        KeyQuestion::Read(key) => sight::read(catalog, facts, key.as_ref()).map(granted),
        KeyQuestion::Look(at) => sight::look(catalog, facts, at).map(KeyAnswer::Seen),
        KeyQuestion::ProjectKey(wanted) => sight::project_key(catalog, facts, *wanted).map(granted),
    }
}
