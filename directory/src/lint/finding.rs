//! What lint finds, and where.

use serde::Serialize;

use crate::lint::code::Code;

/// One thing that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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

/// Findings in the making, each with the row where it stands.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<((List, usize), Finding)>,
}

/// The lists of a document, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
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
    pub(super) fn add(&mut self, code: Code, (list, index): (List, usize), field: &str, ids: &[&str], message: String) {
        let dot = if field.is_empty() { "" } else { "." };
        let path = format!("{}[{index}]{dot}{field}", list.name());
        let ids = ids.iter().map(|id| Box::from(*id)).collect();
        self.list.push(((list, index), Finding { code, path, ids, message }));
    }

    /// All findings, in the order of the document.
    pub(super) fn in_order(self) -> Vec<Finding> {
        let mut list = self.list;
        list.sort_by_key(|(row, _)| *row);
        list.into_iter().map(|(_, finding)| finding).collect()
    }
}
