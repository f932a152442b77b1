//! The questions that take facts and numbers, over each way to ask the rules.

use std::sync::LazyLock;
use std::time::Duration;

use clearance_host::{Engine, Limits, PolicyVersion};
use clearance_policy::{
    LANGWATCH, STRICT,
    langwatch::CATALOG as RULES,
    rules,
    types::{
        Decision, Description, EffectiveSet, Explanation, Facts, PermissionSet, Question, Selection,
        lifecycle::{Edit, KeyAnswer, KeyQuestion, Refusal},
    },
};

/// The contract as functions: `catalog`, `evaluation` and `lifecycle` in one.
pub trait Evaluator: Sync {
    /// For messages.
    fn name(&self) -> &'static str;
    /// `catalog.describe`.
    fn describe(&self) -> Description;
    /// `catalog.compile`.
    fn compile(&self, names: &[String]) -> PermissionSet;
    /// `catalog.selections-to-permissions`.
    fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Vec<String>, u32>;
    /// `catalog.permissions-to-selections`.
    fn permissions_to_selections(&self, names: &[String]) -> Vec<Selection>;
    /// `evaluation.decide`.
    fn decide(&self, facts: &Facts, permission: u32) -> Decision;
    /// `evaluation.effective`.
    fn effective(&self, facts: &Facts) -> EffectiveSet;
    /// `evaluation.explain`.
    fn explain(&self, facts: &Facts, permission: u32) -> Explanation;
    /// `evaluation.decide-many`.
    fn decide_many(&self, facts: &[Facts], questions: &[Question]) -> Vec<Decision>;
    /// `evaluation.effective-many`.
    fn effective_many(&self, facts: &[Facts]) -> Vec<PermissionSet>;
    /// `lifecycle.ask`.
    fn ask(&self, facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal>;
}

/// The rules of the default policy, run natively.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Evaluator for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn describe(&self) -> Description {
        RULES.describe()
    }

    fn compile(&self, names: &[String]) -> PermissionSet {
        RULES.compile(names)
    }

    fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Vec<String>, u32> {
        RULES.selections_to_permissions(selections)
    }

    fn permissions_to_selections(&self, names: &[String]) -> Vec<Selection> {
        RULES.permissions_to_selections(names)
    }

    fn decide(&self, facts: &Facts, permission: u32) -> Decision {
        rules::decide(&RULES, facts, permission)
    }

    fn effective(&self, facts: &Facts) -> EffectiveSet {
        rules::effective(&RULES, facts)
    }

    fn explain(&self, facts: &Facts, permission: u32) -> Explanation {
        rules::explain(&RULES, facts, permission)
    }

    fn decide_many(&self, facts: &[Facts], questions: &[Question]) -> Vec<Decision> {
        rules::decide_many(&RULES, facts, questions)
    }

    fn effective_many(&self, facts: &[Facts]) -> Vec<PermissionSet> {
        rules::effective_many(&RULES, facts)
    }

    fn ask(&self, facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
        rules::lifecycle::ask(&RULES, facts, question)
    }
}

/// The default policy as everyone runs it: the built component on the host.
#[derive(Debug)]
pub struct Component(PolicyVersion);

impl Component {
    /// The one component of this process.
    pub fn get() -> &'static Self {
        static COMPONENT: LazyLock<Component> = LazyLock::new(|| Component::load(LANGWATCH));
        &COMPONENT
    }

    /// The one component of this process with the strict policy.
    pub fn strict() -> &'static Self {
        static COMPONENT: LazyLock<Component> = LazyLock::new(|| Component::load(STRICT));
        &COMPONENT
    }

    fn load(bytes: &[u8]) -> Self {
        let engine = Engine::new(patient()).expect("the engine starts");
        Self(engine.load(bytes).expect("the component loads"))
    }

    /// The loaded version.
    pub fn version(&self) -> PolicyVersion {
        self.0.clone()
    }
}

/// Limits for a component that is trusted to end: a machine that runs all tests at once may let a call wait for as long as it likes.
#[must_use]
pub fn patient() -> Limits {
    Limits { deadline: Duration::from_secs(60), timeout: Duration::MAX, ..Limits::default() }
}

const ANSWERS: &str = "the component answers";

impl Evaluator for Component {
    fn name(&self) -> &'static str {
        "component"
    }

    fn describe(&self) -> Description {
        self.0.description().clone()
    }

    fn compile(&self, names: &[String]) -> PermissionSet {
        self.0.compile(names).expect(ANSWERS)
    }

    fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Vec<String>, u32> {
        self.0.selections_to_permissions(selections).expect(ANSWERS)
    }

    fn permissions_to_selections(&self, names: &[String]) -> Vec<Selection> {
        self.0.permissions_to_selections(names).expect(ANSWERS)
    }

    fn decide(&self, facts: &Facts, permission: u32) -> Decision {
        self.0.decide(facts, permission).expect(ANSWERS)
    }

    fn effective(&self, facts: &Facts) -> EffectiveSet {
        self.0.effective(facts).expect(ANSWERS)
    }

    fn explain(&self, facts: &Facts, permission: u32) -> Explanation {
        self.0.explain(facts, permission).expect(ANSWERS)
    }

    fn decide_many(&self, facts: &[Facts], questions: &[Question]) -> Vec<Decision> {
        self.0.decide_many(facts, questions).expect(ANSWERS)
    }

    fn effective_many(&self, facts: &[Facts]) -> Vec<PermissionSet> {
        self.0.effective_many(facts).expect(ANSWERS)
    }

    fn ask(&self, facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
        let granted = |()| KeyAnswer::Granted;
        match question {
            KeyQuestion::Create(draft) => self.0.create(facts, draft).expect(ANSWERS).map(KeyAnswer::Plan),
            KeyQuestion::Edit(Edit { key, change }) => {
                self.0.edit(facts, key.as_ref(), change).expect(ANSWERS).map(KeyAnswer::Edited)
            }
            KeyQuestion::Revoke(key) => self.0.revoke(facts, key.as_ref()).expect(ANSWERS).map(granted),
            KeyQuestion::List(keys) => self.0.list(facts, keys).expect(ANSWERS).map(KeyAnswer::Seen),
            KeyQuestion::Read(key) => self.0.read(facts, key.as_ref()).expect(ANSWERS).map(granted),
            KeyQuestion::Look(at) => self.0.look(facts, at).expect(ANSWERS).map(KeyAnswer::Seen),
            KeyQuestion::ProjectKey(wanted) => self.0.project_key(facts, *wanted).expect(ANSWERS).map(granted),
        }
    }
}
