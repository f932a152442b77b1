//! The same questions, now.

use clearance_directory::{
    PrincipalId,
    document::{Binding, Member, Project, Team},
};
use clearance_policy::types::lifecycle::ProjectKeyUse;
use clearance_question::Digest;

use crate::{
    Authorizer,
    key::{KeyChange, KeyDraft, KeyEdit, KeyError, KeyName, KeyPlan, KeyRecord, KeyRevocation},
};

impl Authorizer {
    /// May this principal make this key? And what is to be stored.
    ///
    /// # Errors
    ///
    /// [`KeyError`] tells a refusal from a policy that gave no answer.
    pub fn create_key(&self, actor: PrincipalId<'_>, organization: &str, draft: &KeyDraft) -> Result<KeyPlan, KeyError> {
        self.now().create_key(actor, organization, draft)
    }

    /// May this principal change this key so? And what is to be changed.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn edit_key(
        &self,
        actor: PrincipalId<'_>,
        organization: &str,
        key: &str,
        change: &KeyChange,
    ) -> Result<KeyEdit, KeyError> {
        self.now().edit_key(actor, organization, key, change)
    }

    /// May this principal revoke this key? And what is to be changed.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn revoke_key(&self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRevocation, KeyError> {
        self.now().revoke_key(actor, organization, key)
    }

    /// The keys of an organization that this principal sees in a list, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn list_keys(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyError> {
        self.now().list_keys(actor, organization)
    }

    /// Every key of an organization that this principal can read, those that no list shows included, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn readable_keys(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyError> {
        self.now().readable_keys(actor, organization)
    }

    /// One key, if this principal can see it.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn read_key(&self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRecord, KeyError> {
        self.now().read_key(actor, organization, key)
    }

    /// The name of any key of the organization, for a signed-in user. None where there is no such key.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn key_name(&self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<Option<KeyName>, KeyError> {
        self.now().key_name(actor, organization, key)
    }

    /// The bindings of their own that a signed-in user has in the organization, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn own_bindings(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Binding>, KeyError> {
        self.now().own_bindings(actor, organization)
    }

    /// The teams that a signed-in user can choose a scope from, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn teams(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Team>, KeyError> {
        self.now().teams(actor, organization)
    }

    /// The projects that a signed-in user can choose a scope from, in the order of their ids, without their project keys.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn projects(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Project>, KeyError> {
        self.now().projects(actor, organization)
    }

    /// The members whom a signed-in user can give a key to, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn members(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Member>, KeyError> {
        self.now().members(actor, organization)
    }

    /// May this principal see or replace the key of this project? Answers the policy version that says so.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn project_key(&self, actor: PrincipalId<'_>, project: &str, wanted: ProjectKeyUse) -> Result<Digest, KeyError> {
        self.now().project_key(actor, project, wanted)
    }
}
