//! What can be seen of keys, and what they can be made of.

use clearance::PrincipalId;
use clearance::key::{KeyError, KeyName, KeyRecord, KeyRefusal};

use crate::keeper::Keeper;
use crate::key::KeyFault;
use crate::view::Choices;

impl Keeper {
    /// Every key of an organization that this principal can read, revoked ones too, newest first.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault.
    pub fn all_keys(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyFault> {
        let mut records = self.authorizer()?.view().readable_keys(actor, organization)?;
        records.iter_mut().for_each(|record| self.with_last_use(record));
        Ok(records)
    }

    /// The name of any key of the organization, for a signed-in user. `None` means that the key does not exist.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault.
    pub fn key_name(&self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<Option<KeyName>, KeyFault> {
        Ok(self.authorizer()?.view().key_name(actor, organization, key)?)
    }

    /// The id of the organization of a key, for those who know the key alone. It never changes.
    ///
    /// # Errors
    ///
    /// The key does not exist.
    pub fn organization_of(&self, key: &str) -> Result<Box<str>, KeyFault> {
        let row = self.authorizer()?.read_directory(|directory| directory.key(key));
        row.map(|row| row.organization).ok_or(KeyFault::Refused(KeyRefusal::NotFound))
    }

    /// What a key can be made of, as far as a signed-in user may see it.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault.
    pub fn choices(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Choices, KeyFault> {
        let authorizer = self.authorizer()?;
        let choices = || {
            Ok::<_, KeyError>(Choices {
                bindings: authorizer.view().own_bindings(actor, organization)?.into_iter().map(Into::into).collect(),
                teams: authorizer.view().teams(actor, organization)?.into_iter().map(Into::into).collect(),
                projects: authorizer.view().projects(actor, organization)?.into_iter().map(Into::into).collect(),
                members: authorizer.view().members(actor, organization)?.into_iter().map(Into::into).collect(),
            })
        };
        Ok(choices()?)
    }
}
