//! Questions about the life of a key.

use clearance_policy::{
    types::{
        Facts,
        lifecycle::{Change, Draft, Edit, Edited, KeyAnswer, KeyQuestion, Plan, ProjectKeyUse, Refusal, Sight, StoredKey},
    },
    wire,
};

use crate::{EvalError, PolicyVersion, key_answer};

/// Questions about keys: the interface `lifecycle` of the contract, since version 0.1.1. Each of these fails with
/// [`EvalError::NoLifecycle`] where the component was built for an older contract; the inner result is the policy's.
impl PolicyVersion {
    /// Whether a key can be made, and the key to store; or else the first refusal. The facts are about the asker, at the
    /// organization.
    ///
    /// # Errors
    ///
    /// [`EvalError`], the outer one, which is not a refusal.
    pub fn create(&self, facts: &Facts, draft: &Draft) -> Result<Result<Plan, Refusal>, EvalError> {
        self.ask("create", facts, &KeyQuestion::Create(draft.clone()), |answer| match answer {
            KeyAnswer::Plan(plan) => Some(plan),
            _ => None,
        })
    }

    /// Whether a key can be changed so, and what to change; or else the first refusal. `key` is absent where no key is stored
    /// under the id.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn edit(&self, facts: &Facts, key: Option<&StoredKey>, change: &Change) -> Result<Result<Edited, Refusal>, EvalError> {
        let question = KeyQuestion::Edit(Edit { key: key.cloned(), change: change.clone() });
        self.ask("edit", facts, &question, |answer| match answer {
            KeyAnswer::Edited(edited) => Some(edited),
            _ => None,
        })
    }

    /// Whether a key can be revoked, or else the first refusal.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn revoke(&self, facts: &Facts, key: Option<&StoredKey>) -> Result<Result<(), Refusal>, EvalError> {
        self.is_granted("revoke", facts, &KeyQuestion::Revoke(key.cloned()))
    }

    /// The keys that the asker sees in a list, by their index, in the order in which they were given; or else the refusal.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn list(&self, facts: &Facts, keys: &[StoredKey]) -> Result<Result<Vec<u32>, Refusal>, EvalError> {
        self.ask("list", facts, &KeyQuestion::List(keys.into()), into_indices)
    }

    /// Whether a key can be seen, or else the refusal.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn read(&self, facts: &Facts, key: Option<&StoredKey>) -> Result<Result<(), Refusal>, EvalError> {
        self.is_granted("read", facts, &KeyQuestion::Read(key.cloned()))
    }

    /// Which of these things a signed-in user sees, by their index, in the order in which they were given; or else the refusal.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn look(&self, facts: &Facts, at: &Sight) -> Result<Result<Vec<u32>, Refusal>, EvalError> {
        self.ask("look", facts, &KeyQuestion::Look(at.clone()), into_indices)
    }

    /// Whether a project's own key can be used so, or else the refusal. The facts are about the asker, at the project.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn project_key(&self, facts: &Facts, wanted: ProjectKeyUse) -> Result<Result<(), Refusal>, EvalError> {
        self.is_granted("project-key", facts, &KeyQuestion::ProjectKey(wanted))
    }

    fn is_granted(&self, name: &'static str, facts: &Facts, question: &KeyQuestion) -> Result<Result<(), Refusal>, EvalError> {
        self.ask(name, facts, question, |answer| (answer == KeyAnswer::Granted).then_some(()))
    }

    /// Asks, checks the answer, and takes what belongs to the question out of it.
    fn ask<T>(
        &self,
        name: &'static str,
        facts: &Facts,
        question: &KeyQuestion,
        own: fn(KeyAnswer) -> Option<T>,
    ) -> Result<Result<T, Refusal>, EvalError> {
        if !self.has_lifecycle() {
            let (policy, contract) = (self.digest(), self.contract().into());
            return Err(EvalError::NoLifecycle { policy, contract, question: name });
        }
        let is_permission = |permission: &str| self.permission(permission).is_some();
        let answer = self.named_guest().call(
            name,
            |out| wire::put_ask(facts, question, out),
            |answer| key_answer::check(answer, facts, question, is_permission),
        )?;
        match answer.map(own) {
            Ok(Some(answer)) => Ok(Ok(answer)),
            Ok(None) => Err(EvalError::WrongAnswer { policy: self.digest(), question: name, what: key_answer::OTHER_QUESTION }),
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}

fn into_indices(answer: KeyAnswer) -> Option<Vec<u32>> {
    match answer {
        KeyAnswer::Seen(indices) => Some(indices),
        _ => None,
    }
}
