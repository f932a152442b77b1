//! Operators, in a database or behind a server.

use anyhow::anyhow;
use clearance::document::Timestamp;
use clearance_keeper::{CreatedOperator, Fault, Keeper, Origin};
use clearance_store::{Operator, Purpose, SqliteStore, Store as _, StoreError, Token};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    arguments::Home,
    client::{Client, part},
    input,
    refused::not_revoked,
};

/// An operator, as it is shown.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) shown: Box<str>,
}

/// Makes an operator.
pub(crate) fn create(home: &Home, name: &str, purposes: &[Purpose]) -> anyhow::Result<CreatedOperator> {
    match place(home)? {
        Place::Here(_) => Ok(keeper(home)?.create_operator(name, purposes, &Origin::COMMAND)?),
        Place::There(client) => {
            #[derive(Deserialize)]
            struct Answer {
                id: Box<str>,
                token: Box<str>,
            }
            let Answer { id, token } = client.post("/v1/operators", &json!({ "name": name, "purposes": purposes }))?;
            Ok(CreatedOperator { id, token: Token::new(token) })
        }
    }
}

/// All operators, revoked ones too.
pub(crate) fn list(home: &Home) -> anyhow::Result<Vec<Shown>> {
    match place(home)? {
        Place::Here(database) => {
            let operators = SqliteStore::open_read_only(database, input::peppers()?)?.operators()?;
            Ok(operators.into_iter().map(Into::into).collect())
        }
        Place::There(client) => {
            #[derive(Deserialize)]
            struct Answer {
                operators: Vec<Shown>,
            }
            Ok(client.get::<Answer>("/v1/operators", &[])?.operators)
        }
    }
}

/// Revokes an operator, at once and for good. `agreed` asks whether to, once everything else is known to be right.
pub(crate) fn revoke(home: &Home, id: &str, agreed: impl FnOnce() -> anyhow::Result<bool>) -> anyhow::Result<bool> {
    match place(home)? {
        Place::Here(_) => {
            let keeper = keeper(home)?;
            if !agreed()? {
                return Ok(false);
            }
            keeper.revoke_operator(id, &Origin::COMMAND).map_err(|fault| match fault {
                Fault::RevokedNotStored(error) => not_revoked(&error),
                fault => fault.into(),
            })?;
        }
        Place::There(client) => {
            if !agreed()? {
                return Ok(false);
            }
            client.delete::<serde_json::Value>(&format!("/v1/operators/{}", part(id)), &[])?;
        }
    }
    Ok(true)
}

enum Place<'a> {
    Here(&'a std::path::Path),
    There(Client),
}

fn place(home: &Home) -> anyhow::Result<Place<'_>> {
    match home {
        Home { database: Some(database), server: None } => Ok(Place::Here(database)),
        Home { database: None, server: Some(server) } => Ok(Place::There(Client::new(server)?)),
        _ => anyhow::bail!("name exactly one of `--database` and `--server`"),
    }
}

fn keeper(home: &Home) -> anyhow::Result<Keeper> {
    let Some(database) = &home.database else { anyhow::bail!("name exactly one of `--database` and `--server`") };
    input::keeper(database, None).map_err(|error| match error.downcast_ref() {
        Some(StoreError::Locked { path }) => {
            anyhow!("`{path}` is in use by another process, such as a server: name it with `--server URL`, or stop it")
        }
        _ => error,
    })
}

impl From<Operator> for Shown {
    fn from(operator: Operator) -> Self {
        let Operator { id, name, purposes, created_at, revoked_at, shown } = operator;
        Self { id, name, purposes: purposes.into_iter().collect(), created_at, revoked_at, shown }
    }
}
