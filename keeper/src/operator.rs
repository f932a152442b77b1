//! The machines that manage.

use clearance_store::{Mintable, NewOperator, Operator, Purpose, Step, Token, Write, mint};
use serde_json::json;

use crate::caller::Origin;
use crate::fault::Fault;
use crate::id::random_id;
use crate::keeper::Keeper;
use crate::refusals::Subject;

/// An operator that was just made.
#[derive(Clone, Debug)]
pub struct CreatedOperator {
    /// The id that it was given.
    pub id: Box<str>,
    /// Its token, which cannot be read again later.
    pub token: Token,
}

impl Keeper {
    /// Makes an operator.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`] with a refusal where the operator is for nothing; else what stopped the write.
    pub fn create_operator(&self, name: &str, purposes: &[Purpose], origin: &Origin) -> Result<CreatedOperator, Fault> {
        let turn = self.turn(origin)?;
        let id = random_id("op")?;
        let token = mint(Mintable::Operator)?;
        let purposes = purposes.to_vec();
        let after = json!({ "id": id, "name": name, "purposes": purposes });
        let entry = turn.entry(origin, "operator.create", &id, None, Some(after));
        let operator = NewOperator { id: id.clone(), name: name.into(), purposes, created_at: turn.now };
        let step = Step::AddOperator { operator, token: token.clone() };
        turn.commit(&Write { steps: vec![step], audit: vec![entry], ..Write::default() })?;
        Ok(CreatedOperator { id, token })
    }

    /// All operators, revoked ones too, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub fn operators(&self) -> Result<Vec<Operator>, Fault> {
        Ok(self.store.operators()?)
    }

    /// Revokes an operator, at once and for good. One that is revoked already stays so, and nothing is written.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`] with a refusal where the operator does not exist; [`Fault::RevokedNotStored`] where the operator is refused from
    /// now on in this process and that is not stored yet; else what stopped the write.
    pub fn revoke_operator(&self, id: &str, origin: &Origin) -> Result<(), Fault> {
        let turn = self.turn_to_revoke(origin)?;
        if self.credentials().operator(id).is_some_and(|operator| operator.revoked_at.is_some()) {
            return Ok(());
        }
        let entry = turn.entry(origin, "operator.revoke", id, None, None);
        let step = Step::RevokeOperator { operator: id.into(), at: turn.now };
        let write = Write { steps: vec![step], audit: vec![entry], ..Write::default() };
        self.commit_revocation(&turn, Subject::Operator(id.into()), write)
    }

    /// Whether there is such an operator and nobody revoked it, stored or not.
    pub(crate) fn is_operator_in_use(&self, id: &str) -> bool {
        let is_stored = self.credentials().operator(id).is_some_and(|operator| operator.revoked_at.is_none());
        is_stored && !self.refusals.operator(id)
    }
}
