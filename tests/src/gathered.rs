//! The way from ids and names to facts and numbers and back, which the native rules and the component share.

use std::convert::Infallible;

use clearance_directory::document::Document;
use clearance_directory::{Directory, Gathered, RoleSets};
use clearance_policy::types::{Decision, Description, repair::Side};

use crate::evaluator::Evaluator;
use crate::facade;
use crate::implementation::{Implementation, Judge};
use crate::question::{Answer, Effective, Situation};

/// A document in a directory, beside the evaluator that is asked with its facts.
pub struct Loaded<'e, E> {
    evaluator: &'e E,
    description: Description,
    directory: Directory,
    sets: RoleSets,
}

impl<E: Evaluator> Implementation for E {
    fn name(&self) -> &'static str {
        Evaluator::name(self)
    }

    fn load<'d>(&'d self, document: &'d Document) -> Box<dyn Judge + 'd> {
        Box::new(Loaded::new(self, document))
    }
}

impl<'e, E: Evaluator> Loaded<'e, E> {
    /// Loads a document. Panics when the directory refuses it.
    pub fn new(evaluator: &'e E, document: &Document) -> Self {
        let directory = Directory::from_document(document.clone()).unwrap_or_else(|error| panic!("the document loads: {error}"));
        let compile = |names: &[Box<str>]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            Ok::<_, Infallible>(evaluator.compile(&names))
        };
        let Ok(sets) = RoleSets::compile(&directory, compile);
        Self { evaluator, description: evaluator.describe(), directory, sets }
    }

    /// The facts of a situation.
    pub fn facts(&self, situation: &Situation) -> Gathered {
        let principal = self.directory.principal(facade::principal(situation));
        let place = self.directory.place(facade::place(situation));
        self.directory.facts(principal, place, situation.now, &self.sets)
    }

    /// The number of a permission; one that no catalog has where the name is in none.
    fn number(&self, permission: &str) -> u32 {
        let position = self.description.permissions.iter().position(|known| known.name == permission);
        position.map_or(u32::MAX, |number| u32::try_from(number).expect("a catalog is small"))
    }

    fn answer(&self, gathered: &Gathered, decision: Decision) -> Answer {
        let Decision { allow, reason, binding } = decision;
        let id = |index| gathered.binding_id(&self.directory, Side::Principal, index).expect("the binding exists").to_owned();
        Answer { allow, reason, binding: binding.map(id) }
    }
}

impl<E: Evaluator> Judge for Loaded<'_, E> {
    fn decide(&self, situation: &Situation, permission: &str) -> Answer {
        let gathered = self.facts(situation);
        let decision = self.evaluator.decide(&gathered.facts, self.number(permission));
        self.answer(&gathered, decision)
    }

    fn effective(&self, situation: &Situation) -> Effective {
        let gathered = self.facts(situation);
        let effective = self.evaluator.effective(&gathered.facts);
        let mut permissions = Vec::new();
        let mut answers = Vec::new();
        for (number, permission) in (0..).zip(&self.description.permissions) {
            let mut holding = effective.outcomes.iter().filter(|outcome| outcome.permissions.contains(number));
            let outcome = holding.next().unwrap_or_else(|| panic!("`{}` has an outcome", permission.name));
            assert!(holding.next().is_none(), "`{}` has two outcomes", permission.name);
            answers.push((permission.name.clone(), self.answer(&gathered, outcome.decision)));
            if effective.permissions.contains(number) {
                permissions.push(permission.name.clone());
            }
        }
        Effective { permissions, answers, since: effective.since, until: effective.until }
    }

    fn explain(&self, situation: &Situation, permission: &str) -> Option<Answer> {
        let gathered = self.facts(situation);
        let explanation = self.evaluator.explain(&gathered.facts, self.number(permission));
        Some(self.answer(&gathered, explanation.decision))
    }
}
