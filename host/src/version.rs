//! A policy version and the questions that it answers.

use std::{fmt, sync::Arc};

use clearance_policy::{
    types::{Decision, Description, EffectiveSet, Explanation, Facts, PermissionSet, Question, Selection},
    wire,
};

use crate::{
    Digest, Engine, EvalError, LoadError, VersionLabel, answer, carried::carried, component::Component, description::Catalog,
    self_check::self_check,
};

/// One component that was found to be a policy.
///
/// Cheap to clone, and asked from any number of threads at once. The numbers of its permissions mean something for this version
/// only: never ask one version with the numbers or compiled sets of another.
///
/// Every question fails with an [`EvalError`] where the component does not answer it within the [`Limits`](crate::Limits), or
/// answers what no policy may: `allow` at odds with the reason, a binding that does not exist, a permission outside the catalog.
#[derive(Clone)]
pub struct PolicyVersion(Arc<Loaded>);

struct Loaded {
    component: Component,
    catalog: Catalog,
    size: usize,
    cases: Option<Box<str>>,
}

impl PolicyVersion {
    /// Compiles a component, checks it against the contract and asks it questions whose answers are known.
    ///
    /// # Errors
    ///
    /// The [`LoadError`] of the first step that the component does not pass.
    pub fn load(engine: &Engine, bytes: &[u8]) -> Result<Self, LoadError> {
        let component = Component::load(engine, bytes)?;
        let cases = carried(bytes).map_err(LoadError::Cases)?;
        let catalog = self_check(&component)?;
        Ok(Self(Arc::new(Loaded { component, catalog, size: bytes.len(), cases })))
    }

    /// The same version, with instances of its own: none of them was asked anything yet.
    #[must_use]
    pub fn afresh(&self) -> Self {
        self.with(self.0.component.afresh())
    }

    fn with(&self, component: Component) -> Self {
        let Loaded { catalog, size, cases, .. } = &*self.0;
        Self(Arc::new(Loaded { component, catalog: catalog.clone(), size: *size, cases: cases.clone() }))
    }

    /// The name of this version.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.component.digest()
    }

    /// What it is called: its digest, and the name and semver that it gives itself.
    #[must_use]
    pub fn label(&self) -> VersionLabel {
        let Catalog { description, semver, .. } = &self.0.catalog;
        VersionLabel { digest: self.digest(), name: description.policy.clone(), semver: semver.clone() }
    }

    /// The contract that it was built for, for instance `clearance:policy@0.1.2`.
    #[must_use]
    pub fn contract(&self) -> &str {
        self.0.component.contract()
    }

    pub(crate) fn component(&self) -> &Component {
        &self.0.component
    }

    /// The size of the component in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// The text with cases that the component carries, if it does: at most [`MOST_CARRIED`](crate::MOST_CARRIED) bytes.
    #[must_use]
    pub fn carried_cases(&self) -> Option<&str> {
        self.0.cases.as_deref()
    }

    /// What it knows.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.catalog.description
    }

    /// The number of a permission, if the catalog has it. Ask about any other name with [`u32::MAX`], which the component
    /// answers with `permission-unknown`.
    #[must_use]
    pub fn permission(&self, name: &str) -> Option<u32> {
        self.0.catalog.number(name)
    }

    /// The name of a permission, if the catalog has its number.
    #[must_use]
    pub fn permission_name(&self, permission: u32) -> Option<&str> {
        self.0.catalog.name(permission)
    }

    /// Answers one question.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial.
    pub fn decide(&self, facts: &Facts, permission: u32) -> Result<Decision, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.decide(
            |out| wire::put_decide(permission, facts, out),
            |decision| answer::decision(&decision, facts, permission, catalog.count),
        )
    }

    /// Answers for all permissions at once, and says how long the answers hold.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial.
    pub fn effective(&self, facts: &Facts) -> Result<EffectiveSet, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call("effective", |out| wire::put_effective(facts, out), |set| answer::effective(set, facts, catalog.count))
    }

    /// Answers one question with the whole walk to the answer.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial.
    pub fn explain(&self, facts: &Facts, permission: u32) -> Result<Explanation, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call(
            "explain",
            |out| wire::put_explain(permission, facts, out),
            |explanation| answer::explanation(explanation, facts, permission, catalog.count),
        )
    }

    /// Answers many questions, in their order. A question whose index lies outside `facts` is denied with `bad-facts`.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial. All questions together have one deadline, one memory and one answer to fit in.
    pub fn decide_many(&self, facts: &[Facts], questions: &[Question]) -> Result<Vec<Decision>, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call(
            "decide-many",
            |out| wire::put_decide_many(facts, questions, out),
            |decisions: &Vec<_>| answer::decide_many(decisions, facts, questions, catalog.count),
        )
    }

    /// The allowed permissions alone, for each of many facts, in their order. Malformed facts have none.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial. All questions together have one deadline, one memory and one answer to fit in.
    pub fn effective_many(&self, facts: &[Facts]) -> Result<Vec<PermissionSet>, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call(
            "effective-many",
            |out| wire::put_effective_many(facts, out),
            |sets: &Vec<_>| answer::effective_many(sets, facts, catalog.count),
        )
    }

    /// The permissions that a list of names holds, with implication applied. A name that means nothing adds nothing.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not an empty set.
    pub fn compile(&self, names: &[impl AsRef<str>]) -> Result<PermissionSet, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call("compile", |out| wire::put_compile(names, out), |set| answer::compiled(set, catalog.count))
    }

    /// The names of the permissions that these selections stand for, sorted; or else the index of the first selection whose
    /// category is not in the catalog.
    ///
    /// # Errors
    ///
    /// [`EvalError`], the outer one, if there is no answer.
    pub fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Result<Vec<String>, u32>, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call(
            "selections-to-permissions",
            |out| wire::put_selections_to_permissions(selections, out),
            |names| answer::names(names, selections, |name| catalog.number(name).is_some()),
        )
    }

    /// The selections that best describe a stored list of names, in catalog order.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not an empty list.
    pub fn permissions_to_selections(&self, names: &[impl AsRef<str>]) -> Result<Vec<Selection>, EvalError> {
        let Loaded { component, catalog, .. } = &*self.0;
        component.call(
            "permissions-to-selections",
            |out| wire::put_permissions_to_selections(names, out),
            |selections: &Vec<_>| answer::selections(selections, &catalog.description.categories),
        )
    }
}

impl fmt::Debug for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { policy, version, .. } = self.description();
        f.debug_struct("PolicyVersion")
            .field("digest", &self.digest())
            .field("contract", &self.contract())
            .field("policy", policy)
            .field("version", version)
            .finish_non_exhaustive()
    }
}
