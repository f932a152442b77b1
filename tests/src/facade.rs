//! What a user of the library has: an authorizer, with its cache of answers.

use clearance::{Authorizer, Decision, Directory, EvalError, PlaceId, PrincipalId, View, VisibleProjects};
use clearance_directory::document::{Document, Scope, Timestamp};

use crate::evaluator::Component;
use crate::implementation::{Implementation, Judge};
use crate::oracle::Catalog;
use crate::question::{Answer, Effective, Principal, Situation, Visible};

/// The authorizer, on the component.
#[derive(Clone, Copy, Debug)]
pub struct Facade;

/// An authorizer over one document.
struct Authorized {
    authorizer: Authorizer,
    catalog: Catalog,
}

impl Implementation for Facade {
    fn name(&self) -> &'static str {
        "authorizer"
    }

    fn load<'d>(&'d self, document: &'d Document) -> Box<dyn Judge + 'd> {
        let directory = Directory::from_document(document.clone()).unwrap_or_else(|error| panic!("the document loads: {error}"));
        let authorizer = Authorizer::new(Component::get().version(), directory).expect("the roles compile");
        Box::new(Authorized { authorizer, catalog: Catalog::read() })
    }
}

/// The last moment that a document can hold. What holds then holds at every later one.
const LAST: u64 = 253_402_207_199_999;

impl Authorized {
    fn at(&self, now: u64) -> View<'_> {
        self.authorizer.view_at(Timestamp::from_millis(now.min(LAST)).expect("a moment"))
    }
}

impl Judge for Authorized {
    fn decide(&self, situation: &Situation, permission: &str) -> Answer {
        answer(self.at(situation.now).check(principal(situation), permission, place(situation)))
    }

    fn effective(&self, situation: &Situation) -> Effective {
        let effective = self.at(situation.now).effective(principal(situation), place(situation)).expect("the policy answers");
        let of = |permission: &String| Ok(effective.decision(permission).expect("the catalog has it"));
        let names = self.catalog.permissions().iter();
        let (since, until) = effective.validity();
        Effective {
            permissions: effective.permissions().map(str::to_owned).collect(),
            answers: names.map(|permission| (permission.clone(), answer(of(permission)))).collect(),
            since,
            until,
        }
    }

    fn explain(&self, situation: &Situation, permission: &str) -> Option<Answer> {
        let explanation = self.at(situation.now).explain(principal(situation), permission, place(situation));
        Some(answer(explanation.map(|explanation| explanation.decision)))
    }

    fn visible_projects(&self, _: &Document, key: &str, now: u64) -> Visible {
        match self.at(now).visible_projects(key).expect("the policy answers") {
            VisibleProjects::All => Visible::All,
            VisibleProjects::Some(ids) => Visible::These(ids),
        }
    }
}

fn answer(decision: Result<Decision, EvalError>) -> Answer {
    let Decision { allow, reason, binding, policy: _ } = decision.expect("the policy answers");
    Answer { allow, reason, binding: binding.map(|id| id.to_string()) }
}

/// The principal of a situation, as the library names it.
#[must_use]
pub fn principal(situation: &Situation) -> PrincipalId<'_> {
    match &situation.principal {
        Principal::User(id) => PrincipalId::User(id),
        Principal::Key(id) => PrincipalId::Key(id),
        Principal::ProjectKey(id) => PrincipalId::ProjectKey(id),
    }
}

/// The node of a situation, as the library names it.
#[must_use]
pub fn place(situation: &Situation) -> PlaceId<'_> {
    match &situation.at {
        Scope::Organization(id) => PlaceId::Organization(id),
        Scope::Team(id) => PlaceId::Team(id),
        Scope::Project(id) => PlaceId::Project(id),
    }
}
