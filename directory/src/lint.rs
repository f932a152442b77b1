//! What is odd or dangerous in data that loads.
//!
//! Stored data has references to things that are gone and rows that do something else than they seem to say. The rules have an
//! answer to each of them, so they load; `lint` names them, with what they mean under the default policy and what to do.

mod code;
mod danger;
mod finding;
mod index;
mod leftover;

pub use code::Code;
pub use finding::Finding;

use crate::document::Document;
use finding::Findings;
use index::Index;

/// Everything odd or dangerous in a document, in the order of its lists.
///
/// Says nothing of permission strings, which only a policy version knows, and nothing of what loading refuses. No finding holds
/// anything sensitive.
#[must_use]
pub fn lint(document: &Document) -> Vec<Finding> {
    let lookup = Index::new(document);
    let mut findings = Findings::default();
    leftover::find(document, &lookup, &mut findings);
    danger::find(document, &lookup, &mut findings);
    findings.in_order()
}
