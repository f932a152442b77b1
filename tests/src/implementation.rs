//! The shape that every way to decide is given here, so that one check runs on all of them.

use clearance_directory::document::{Document, Scope};

use crate::oracle::Oracle;
use crate::question::{Answer, Effective, Principal, Situation, Visible};

/// A way to decide.
pub trait Implementation: Sync {
    /// For messages.
    fn name(&self) -> &'static str;

    /// Makes ready to answer questions about a document, which must be one that a directory accepts.
    fn load<'d>(&'d self, document: &'d Document) -> Box<dyn Judge + 'd>;
}

/// Answers questions about one document.
pub trait Judge {
    /// May this principal do this here?
    fn decide(&self, situation: &Situation, permission: &str) -> Answer;

    /// The same question for every permission of the catalog.
    fn effective(&self, situation: &Situation) -> Effective;

    /// The decision of the explanation. None where the implementation cannot explain itself.
    fn explain(&self, situation: &Situation, permission: &str) -> Option<Answer>;

    /// The projects that a key can see, out of those of `document`.
    fn visible_projects(&self, document: &Document, key: &str, now: u64) -> Visible {
        let stored = document.keys.iter().find(|stored| *stored.id == *key);
        let Some(organization) = stored.map(|stored| stored.organization.clone()) else { return Visible::These(vec![]) };
        let sees = |at: Scope| self.decide(&Situation { principal: Principal::Key(key.into()), at, now }, "project:view").allow;
        if sees(Scope::Organization(organization)) {
            return Visible::All;
        }
        let present = document.projects.iter().filter(|project| project.archived_at.is_none());
        let mut ids: Vec<String> =
            present.filter(|project| sees(Scope::Project(project.id.clone()))).map(|project| project.id.to_string()).collect();
        ids.sort();
        Visible::These(ids)
    }
}

/// The naive oracle.
#[derive(Clone, Copy, Debug)]
pub struct Naive;

impl Implementation for Naive {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn load<'d>(&'d self, document: &'d Document) -> Box<dyn Judge + 'd> {
        Box::new(Oracle::new(document))
    }
}

impl Judge for Oracle<'_> {
    fn decide(&self, situation: &Situation, permission: &str) -> Answer {
        Oracle::decide(self, situation, permission)
    }

    fn effective(&self, situation: &Situation) -> Effective {
        Oracle::effective(self, situation)
    }

    fn explain(&self, _: &Situation, _: &str) -> Option<Answer> {
        None
    }

    fn visible_projects(&self, _: &Document, key: &str, now: u64) -> Visible {
        Oracle::visible_projects(self, key, now)
    }
}
