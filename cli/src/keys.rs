//! Keys, in a database or behind a server.

use std::path::Path;

use anyhow::anyhow;
use clearance::{
    PrincipalId,
    key::{KeyChange, KeyDraft},
};
use clearance_keeper::{
    CategoryError, CategoryProblem, Choices, CreatedKey, EditedKey, Fault, Keeper, KeyFault, KeyView, Origin,
};
use clearance_store::{StoreError, Token};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    arguments::{By, CategoryChoice, Home},
    client::{Client, part},
    input,
    refused::{Refused, not_revoked},
    typed,
};

/// The most pages of one list. A page holds 1,000 keys, and no organization has nearly as many.
const MAX_PAGES: usize = 10_000;

/// Keys, in a database or behind a server. Every method acts as a user, and the policy decides.
pub(crate) enum Keys {
    Here(Box<Keeper>),
    There(Client),
}

/// The wanted fields of a key, under the names that the keys API has for them.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) fields: Map<String, Value>,
    pub(crate) categories: &'a [CategoryChoice],
}

/// A key that was just made.
pub(crate) struct KeyAndToken {
    pub(crate) token: Token,
    pub(crate) key: KeyView,
    pub(crate) warnings: Vec<Box<str>>,
}

/// A key that was just edited.
#[derive(Deserialize)]
pub(crate) struct EditedKeyView {
    pub(crate) key: KeyView,
    pub(crate) warnings: Vec<Box<str>>,
}

impl Keys {
    /// Opens the place of the keys to change them.
    pub(crate) fn open(by: &By) -> anyhow::Result<Self> {
        Self::open_with(by, |database, policy| {
            input::keeper(database, policy).map_err(|error| match error.downcast_ref() {
                Some(StoreError::Locked { path }) => {
                    anyhow!("`{path}` is in use by another process, such as a server: name it with `--server URL`, or stop it")
                }
                _ => error,
            })
        })
    }

    /// Opens the place of the keys to read them. Nothing is written, so a server may have the database open.
    pub(crate) fn open_to_read(by: &By) -> anyhow::Result<Self> {
        Self::open_with(by, input::keeper_that_reads)
    }

    fn open_with(
        By { home, policy, .. }: &By,
        keeper: impl FnOnce(&Path, Option<&Path>) -> anyhow::Result<Keeper>,
    ) -> anyhow::Result<Self> {
        match home {
            Home { database: Some(database), server: None } => Ok(Self::Here(Box::new(keeper(database, policy.as_deref())?))),
            Home { database: None, server: Some(server) } => Ok(Self::There(Client::new(server)?)),
            _ => anyhow::bail!("name exactly one of `--database` and `--server`"),
        }
    }

    /// The address of the server, if there is one.
    pub(crate) fn server(&self) -> Option<&str> {
        match self {
            Self::Here(_) => None,
            Self::There(client) => Some(client.server()),
        }
    }

    pub(crate) fn create(&self, user: &str, organization: &str, wanted: &Wanted<'_>) -> anyhow::Result<KeyAndToken> {
        self.create_one(user, organization, wanted).map_err(|error| wanted.name_in(error))
    }

    fn create_one(&self, user: &str, organization: &str, wanted: &Wanted<'_>) -> anyhow::Result<KeyAndToken> {
        match self {
            Self::Here(keeper) => {
                let mut draft = KeyDraft::from_json(&wanted.fields);
                draft.permissions.extend(permissions_of(keeper, organization, wanted.categories)?);
                let made = keeper.create_key(PrincipalId::User(user), organization, &draft, &Origin::COMMAND);
                let CreatedKey { record, token, warnings, .. } = made.map_err(refusal)?;
                let warnings = warnings.into_iter().map(|warning| warning.as_str().into()).collect();
                Ok(KeyAndToken { token, key: keeper.view_of_written(record), warnings })
            }
            Self::There(client) => {
                #[derive(Deserialize)]
                struct Answer {
                    token: Box<str>,
                    key: KeyView,
                    warnings: Vec<Box<str>>,
                }
                let mut body = wanted.body(user);
                body["organization"] = organization.into();
                let Answer { token, key, warnings } = client.post("/v1/keys", &body)?;
                Ok(KeyAndToken { token: Token::new(token), key, warnings })
            }
        }
    }

    pub(crate) fn edit(&self, user: &str, id: &str, wanted: &Wanted<'_>) -> anyhow::Result<EditedKeyView> {
        self.edit_one(user, id, wanted).map_err(|error| wanted.name_in(error))
    }

    fn edit_one(&self, user: &str, id: &str, wanted: &Wanted<'_>) -> anyhow::Result<EditedKeyView> {
        match self {
            Self::Here(keeper) => {
                let organization = keeper.organization_of(id).map_err(refusal)?;
                let mut change = KeyChange::from_json(&wanted.fields);
                change.permissions.extend(permissions_of(keeper, &organization, wanted.categories)?);
                let edited = keeper.edit_key(PrincipalId::User(user), &organization, id, &change, &Origin::COMMAND);
                let EditedKey { record, warnings, .. } = edited.map_err(refusal)?;
                let warnings = warnings.into_iter().map(|warning| warning.as_str().into()).collect();
                Ok(EditedKeyView { key: keeper.view_of_written(record), warnings })
            }
            Self::There(client) => client.patch(&path(id), &wanted.body(user)),
        }
    }

    pub(crate) fn revoke(&self, user: &str, id: &str) -> anyhow::Result<KeyView> {
        match self {
            Self::Here(keeper) => {
                let organization = keeper.organization_of(id).map_err(refusal)?;
                let key = keeper.revoke_key(PrincipalId::User(user), &organization, id, &Origin::COMMAND).map_err(refusal)?;
                Ok(keeper.view_of_written(key))
            }
            Self::There(client) => {
                #[derive(Deserialize)]
                struct Answer {
                    key: KeyView,
                }
                Ok(client.delete::<Answer>(&path(id), &[("as", user)])?.key)
            }
        }
    }

    pub(crate) fn one(&self, user: &str, id: &str) -> anyhow::Result<KeyView> {
        match self {
            Self::Here(keeper) => {
                let organization = keeper.organization_of(id).map_err(refusal)?;
                Ok(keeper.view(keeper.read_key(PrincipalId::User(user), &organization, id).map_err(refusal)?)?)
            }
            Self::There(client) => client.get(&path(id), &[("as", user)]),
        }
    }

    /// Newest first. `all`: revoked ones too.
    pub(crate) fn list(&self, user: &str, organization: &str, all: bool) -> anyhow::Result<Vec<KeyView>> {
        match self {
            Self::Here(keeper) => {
                let user = PrincipalId::User(user);
                let records = if all { keeper.all_keys(user, organization) } else { keeper.list_keys(user, organization) };
                records.map_err(refusal)?.into_iter().map(|record| Ok(keeper.view(record)?)).collect()
            }
            Self::There(client) => {
                #[derive(Deserialize)]
                struct Answer {
                    keys: Vec<KeyView>,
                    next: Option<String>,
                }
                let all = if all { "true" } else { "false" };
                let (mut listed, mut cursor) = (Vec::new(), None::<String>);
                for _ in 0..MAX_PAGES {
                    let mut query = vec![("organization", organization), ("as", user), ("all", all)];
                    query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
                    let Answer { keys, next } = client.get("/v1/keys", &query)?;
                    listed.extend(keys);
                    if next.is_none() {
                        return Ok(listed);
                    }
                    cursor = next;
                }
                anyhow::bail!("{} sends pages of keys without end: it is not a server of Clearance", client.server())
            }
        }
    }

    /// What a key can be made of.
    pub(crate) fn choices(&self, user: &str, organization: &str) -> anyhow::Result<Choices> {
        match self {
            Self::Here(keeper) => keeper.choices(PrincipalId::User(user), organization).map_err(refusal),
            Self::There(client) => client.get("/v1/keys/choices", &[("organization", organization), ("as", user)]),
        }
    }

    pub(crate) fn rotate_project_key(&self, user: &str, project: &str) -> anyhow::Result<Token> {
        match self {
            Self::Here(keeper) => keeper.rotate_project_key(PrincipalId::User(user), project, &Origin::COMMAND).map_err(refusal),
            Self::There(client) => {
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Answer {
                    project_key: Box<str>,
                }
                let path = format!("/v1/project-keys/{}/rotate", part(project));
                let Answer { project_key } = client.post(&path, &json!({ "as": user }))?;
                Ok(Token::new(project_key))
            }
        }
    }
}

impl Wanted<'_> {
    /// The same error, with what was typed in place of the names that the keys API has for it.
    fn name_in(&self, error: anyhow::Error) -> anyhow::Error {
        let Self { fields, categories } = self;
        match error.downcast() {
            Ok::<Refused, _>(refused) => {
                Refused { message: typed::name_options(&refused.message, fields, categories), ..refused }.into()
            }
            Err(error) if !categories.is_empty() => anyhow!(typed::name_options(&format!("{error:#}"), fields, categories)),
            Err(error) => error,
        }
    }

    /// As the server reads it.
    fn body(&self, user: &str) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("as".into(), user.into());
        if !self.categories.is_empty() {
            let choice = |CategoryChoice { category, level }: &CategoryChoice| json!({ "category": category, "level": level });
            fields.insert("categories".into(), self.categories.iter().map(choice).collect());
        }
        fields.into()
    }
}

fn path(id: &str) -> String {
    format!("/v1/keys/{}", part(id))
}

fn permissions_of(keeper: &Keeper, organization: &str, categories: &[CategoryChoice]) -> anyhow::Result<Vec<String>> {
    let pairs: Vec<_> = categories.iter().map(|CategoryChoice { category, level }| (category, level)).collect();
    keeper.permissions_of(organization, &pairs).map_err(|error| match error {
        CategoryError::Refused(problems) => {
            let said = problems.iter().map(|CategoryProblem { index, message, .. }| format!("categories.{index}: {message}"));
            anyhow!("{}", said.collect::<Vec<_>>().join("; "))
        }
        CategoryError::Fault(fault) => fault.into(),
    })
}

/// A refusal, in the words of the server.
fn refusal(fault: KeyFault) -> anyhow::Error {
    match fault {
        KeyFault::Refused(refusal) => {
            Refused { code: refusal.code().into(), message: refusal.to_string(), members: Map::new() }.into()
        }
        KeyFault::Fault(Fault::RevokedNotStored(error)) => not_revoked(&error),
        fault => fault.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_that_is_not_stored_is_none_after_this_process() {
        let error = refusal(KeyFault::Fault(Fault::RevokedNotStored(StoreError::Full)));
        assert_eq!(error.to_string(), format!("NOT revoked: {}", StoreError::Full));
        assert!(matches!(crate::refused::status(&error), crate::report::Status::Failed));
    }
}
