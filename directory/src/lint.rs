//! What is odd or dangerous in data that loads.
//!
//! Stored data has references to things that are gone and rows that do something else than they seem to say. The rules have an
//! answer to each of them, so they load; `lint` names them, with what they mean under the default policy and what to do.

mod code;
mod danger;
mod index;
mod leftover;

use serde::Serialize;

pub use code::Code;

use crate::document::Document;
use index::Index;

/// One thing that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing. Stable: scripts may depend on it.
    pub code: Code,
    /// Where, such as `bindings[3].scope.team`.
    pub path: String,
    /// The ids that the finding is about: first that of the row itself, if it has one.
    pub ids: Vec<Box<str>>,
    /// For people: what it means and what to do.
    pub message: String,
}

/// Everything odd or dangerous in a document, in the order of its lists.
///
/// Says nothing of permission strings, which only a policy version knows, and nothing of what loading refuses. No finding holds
/// anything sensitive.
#[must_use]
pub fn lint(document: &Document) -> Vec<Finding> {
    let lookup = Index::new(document);
    let mut findings = Findings { list: Vec::new() };
    leftover::find(document, &lookup, &mut findings);
    danger::find(document, &lookup, &mut findings);
    let mut list = findings.list;
    list.sort_by_key(|(order, _)| *order);
    list.into_iter().map(|(_, finding)| finding).collect()
}

/// Findings in the making, each with the row where it stands.
struct Findings {
    list: Vec<((List, usize), Finding)>,
}

/// The lists of a document, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Organizations,
    Members,
    Teams,
    TeamMemberships,
    Groups,
    Roles,
    Keys,
    Bindings,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Members => "members",
            Self::Teams => "teams",
            Self::TeamMemberships => "teamMemberships",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::Keys => "keys",
            Self::Bindings => "bindings",
        }
    }
}

impl Findings {
    /// `field` is empty where the whole row is meant.
    fn add(&mut self, code: Code, (list, index): (List, usize), field: &str, ids: &[&str], message: String) {
        let dot = if field.is_empty() { "" } else { "." };
        let path = format!("{}[{index}]{dot}{field}", list.name());
        let ids = ids.iter().map(|id| Box::from(*id)).collect();
        self.list.push(((list, index), Finding { code, path, ids, message }));
    }
}
