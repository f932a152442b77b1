//! A policy version and the questions that it answers.

use std::{fmt, sync::Arc};

use clearance_policy::{
    types::{Decision, Description, EffectiveSet, Explanation, Facts, PermissionSet, Question, Selection},
    wire,
};
use semver::Version;

use crate::{
    Digest, EvalError, Guest, SelfCheckError, answer, ask::NamedGuest, component_info::ComponentInfo,
    description::CheckedDescription, self_check::self_check,
};

/// A policy that has answered the questions whose answers are known.
///
/// Cheap to clone, and asked from any number of threads at once. The numbers of its permissions mean something for this version
/// only: never ask one version with the numbers or compiled sets of another.
///
/// Every question fails with an [`EvalError`] where the component does not answer it within the limits of its [`Guest`], or answers what
/// no policy may: `allow` at odds with the reason, a binding that does not exist, a permission outside the catalog.
#[derive(Clone)]
pub struct PolicyVersion(Arc<Checked>);

struct Checked {
    guest: Box<dyn Guest>,
    info: ComponentInfo,
    catalog: CheckedDescription,
}

/// What a version is called: its digest, and the name and semver that it gives itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionLabel {
    /// The digest of the component.
    pub digest: Digest,
    /// The name of the policy.
    pub name: String,
    /// The semantic version that the policy gives itself.
    pub semver: Version,
}

impl PolicyVersion {
    /// Takes a guest for a policy once it has answered questions whose answers are known.
    ///
    /// # Errors
    ///
    /// [`SelfCheckError`] of the first question that is not answered as every policy must.
    pub fn new(guest: impl Guest + 'static, info: ComponentInfo) -> Result<Self, SelfCheckError> {
        let catalog = self_check(NamedGuest { guest: &guest, digest: info.digest })?;
        Ok(Self(Arc::new(Checked { guest: Box::new(guest), info, catalog })))
    }

    /// The same version, run by instances of its own: none of them was asked anything yet. Where the guest cannot make any, these are the
    /// same instances.
    #[must_use]
    pub fn with_fresh_instances(&self) -> Self {
        let Checked { guest, info, catalog } = &*self.0;
        guest
            .with_fresh_instances()
            .map_or_else(|| self.clone(), |guest| Self(Arc::new(Checked { guest, info: info.clone(), catalog: catalog.clone() })))
    }

    /// The name of this version.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.info.digest
    }

    /// What it is called: its digest, and the name and semver that it gives itself.
    #[must_use]
    pub fn label(&self) -> VersionLabel {
        let CheckedDescription { description, semver, .. } = &self.0.catalog;
        VersionLabel { digest: self.digest(), name: description.policy.clone(), semver: semver.clone() }
    }

    /// The contract that it was built for, for instance `clearance:policy@0.1.2`.
    #[must_use]
    pub fn contract(&self) -> &str {
        &self.0.info.contract
    }

    /// Whether this version answers questions about keys at all.
    #[must_use]
    pub fn has_lifecycle(&self) -> bool {
        self.0.info.has_lifecycle
    }

    /// Whether this version answers what would grant a permission.
    #[must_use]
    pub fn has_repair(&self) -> bool {
        self.0.info.has_repair
    }

    /// The size of the component in bytes. 0 means that it is not known.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.info.size
    }

    /// The text with cases that the component carries, if it does.
    #[must_use]
    pub fn carried_cases(&self) -> Option<&str> {
        self.0.info.cases.as_deref()
    }

    /// The guest that runs this version. Its answers are not checked.
    #[must_use]
    pub fn guest(&self) -> &dyn Guest {
        &*self.0.guest
    }

    #[inline]
    pub(crate) fn named_guest(&self) -> NamedGuest<'_> {
        NamedGuest { guest: &*self.0.guest, digest: self.0.info.digest }
    }

    /// How many permissions the catalog has.
    #[inline]
    pub(crate) fn count(&self) -> u32 {
        self.0.catalog.count
    }

    /// What this version says of itself and its catalog.
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
        self.named_guest().decide(
            |out| wire::put_decide(permission, facts, out),
            |decision| answer::check_decision(&decision, facts, permission, self.count()),
        )
    }

    /// Answers for all permissions at once, and says how long the answers hold.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial.
    pub fn effective(&self, facts: &Facts) -> Result<EffectiveSet, EvalError> {
        self.named_guest().call(
            "effective",
            |out| wire::put_effective(facts, out),
            |set| answer::check_effective(set, facts, self.count()),
        )
    }

    /// Answers one question with the whole walk to the answer.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial.
    pub fn explain(&self, facts: &Facts, permission: u32) -> Result<Explanation, EvalError> {
        self.named_guest().call(
            "explain",
            |out| wire::put_explain(permission, facts, out),
            |explanation| answer::check_explanation(explanation, facts, permission, self.count()),
        )
    }

    /// Answers many questions, in their order. A question whose index lies outside `facts` is denied with `bad-facts`.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial. All questions together have one deadline, one memory and one answer to fit in.
    pub fn decide_many(&self, facts: &[Facts], questions: &[Question]) -> Result<Vec<Decision>, EvalError> {
        self.named_guest().call(
            "decide-many",
            |out| wire::put_decide_many(facts, questions, out),
            |decisions: &Vec<_>| answer::check_decide_many(decisions, facts, questions, self.count()),
        )
    }

    /// The allowed permissions alone, for each of many facts, in their order. Malformed facts have none.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not a denial. All questions together have one deadline, one memory and one answer to fit in.
    pub fn effective_many(&self, facts: &[Facts]) -> Result<Vec<PermissionSet>, EvalError> {
        self.named_guest().call(
            "effective-many",
            |out| wire::put_effective_many(facts, out),
            |sets: &Vec<_>| answer::check_effective_many(sets, facts, self.count()),
        )
    }

    /// The permissions that a list of names holds, with implication applied. A name that means nothing adds nothing.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not an empty set.
    pub fn compile(&self, names: &[impl AsRef<str>]) -> Result<PermissionSet, EvalError> {
        self.named_guest().call("compile", |out| wire::put_compile(names, out), |set| answer::check_compiled(set, self.count()))
    }

    /// The names of the permissions that these selections stand for, sorted; or else the index of the first selection whose
    /// category is not in the catalog.
    ///
    /// # Errors
    ///
    /// [`EvalError`], the outer one, if there is no answer.
    pub fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Result<Vec<String>, u32>, EvalError> {
        self.named_guest().call(
            "selections-to-permissions",
            |out| wire::put_selections_to_permissions(selections, out),
            |names| answer::check_names(names, selections, |name| self.permission(name).is_some()),
        )
    }

    /// The selections that best describe a stored list of names, in catalog order.
    ///
    /// # Errors
    ///
    /// [`EvalError`], which is not an empty list.
    pub fn permissions_to_selections(&self, names: &[impl AsRef<str>]) -> Result<Vec<Selection>, EvalError> {
        self.named_guest().call(
            "permissions-to-selections",
            |out| wire::put_permissions_to_selections(names, out),
            |selections: &Vec<_>| answer::check_selections(selections, &self.description().categories),
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
