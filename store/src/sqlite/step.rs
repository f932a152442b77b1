//! Steps of a write: changes of the directory, and everything with a secret.

use clearance_directory::document::{Key, Timestamp};
use clearance_directory::{Change, Refusal, id, shorten};
use rusqlite::{Connection, params};

use super::change::{self, PROJECT_KEY};
use super::lookup::exists;
use super::put::{self, run};
use super::read::{self, one, placeholder};
use super::stop::{Done, Stop};
use super::word::millis;
use super::{credential, operator};
use crate::credentials::update::{CredentialUpdate, Update};
use crate::credentials::{Rewrite, RewriteOf};
use crate::error::StepProblem;
use crate::operator::Operator;
use crate::pepper::{Digest, Pepper, Peppers, hex};
use crate::seal::Sealed;
use crate::token::{Token, TokenKind, inspect, shown};
use crate::write::{Committed, NewOperator, Step};

/// Does one step, and notes what memory must do to follow.
pub(super) fn take(connection: &Connection, peppers: &Peppers, step: &Step, committed: &mut Committed) -> Done {
    match step {
        Step::Change(change) => change::make(connection, change, committed),
        Step::AddKey { key, token } => add_key(connection, peppers, key, token, committed),
        Step::RotateProjectKey { project, token } => rotate(connection, peppers, project, token, committed),
        Step::AddOperator { operator, token } => add_operator(connection, peppers, operator, token, committed),
        Step::RevokeOperator { operator, at } => revoke_operator(connection, operator, *at, committed),
        Step::Rewrite(rewrite) => self::rewrite(connection, peppers, rewrite, committed),
    }
}

fn add_key(connection: &Connection, peppers: &Peppers, key: &Key, token: &Token, committed: &mut Committed) -> Done {
    change::judge(connection, &Change::AddKey(key.clone()))?;
    put::key(connection, key)?;
    let (lookup_id, secret) = halves_of_minted(token, TokenKind::Key)?;
    if exists(connection, "SELECT 1 FROM keys WHERE lookup_id = ?1", [lookup_id])? {
        return Err(Stop::Refused("token".into(), StepProblem::LookupIdTaken));
    }
    let pepper = peppers.current();
    let hash = pepper.hash(secret);
    let text = hex(&hash);
    let seal = Sealed::Key { id: &key.id, lookup_id, hash: &text, pepper: Some(pepper.name()) }.seal(pepper);
    let sql = "UPDATE keys SET lookup_id = ?2, hash = ?3, pepper = ?4, seal = ?5 WHERE id = ?1";
    run(connection, sql, params![key.id, lookup_id, text, pepper.name(), seal])?;
    let lookup_id: Box<str> = lookup_id.into();
    committed.changes.push(Change::AddKey(Key { lookup_id: Some(lookup_id.clone()), ..key.clone() }));
    let pepper = Some(pepper.name().into());
    committed.credentials.push(CredentialUpdate(Update::SetKey { lookup_id, key: key.id.clone(), hash, pepper }));
    Ok(())
}

/// The halves of a token that has the form which is minted.
fn halves_of_minted(token: &Token, kind: TokenKind) -> Done<(&str, &[u8])> {
    let whole = token.kind() == kind && inspect(token.expose()).malformed.is_none();
    let halves = token.split().filter(|_| whole && token.is_operator() == (kind == TokenKind::Unknown));
    let refused = || Stop::Refused("token".into(), StepProblem::Token);
    halves.map(|(lookup_id, secret)| (lookup_id, secret.bytes())).ok_or_else(refused)
}

fn rotate(connection: &Connection, peppers: &Peppers, project: &str, token: &Token, committed: &mut Committed) -> Done {
    let Some(row) = read::project(connection, project)? else {
        return Err(Stop::row("project", Refusal::NotFound { kind: "project", id: shorten(project) }));
    };
    set_project_key(connection, peppers, project, token, committed)?;
    if row.project_key.is_none() {
        let row = clearance_directory::document::Project { project_key: Some(placeholder()), ..row };
        committed.changes.push(Change::EditProject(row));
    }
    Ok(())
}

/// Stores a project key under the current pepper, in the place of the one that was there.
pub(super) fn set_project_key(
    connection: &Connection,
    peppers: &Peppers,
    project: &str,
    token: &Token,
    committed: &mut Committed,
) -> Done {
    let text = token.expose().as_bytes();
    if text.is_empty() {
        return Err(Stop::Refused("token".into(), StepProblem::EmptyProjectKey));
    }
    for pepper in peppers.all() {
        let other = "SELECT 1 FROM project_keys WHERE digest = ?1 AND project <> ?2";
        if exists(connection, other, params![pepper.project_key(text), project])? {
            return Err(Stop::Refused("token".into(), StepProblem::ProjectKeyTaken));
        }
    }
    if let Some(digest) = one(connection, PROJECT_KEY, [project], |row| row.get(0))? {
        committed.credentials.push(CredentialUpdate(Update::RemoveProjectKey { digest }));
    }
    let pepper = peppers.current();
    let digest = pepper.project_key(text);
    let sealed = pepper.seal(project, text).map_err(crate::error::StoreError::from)?;
    let seal = Sealed::ProjectKey { project, digest: &digest, pepper: pepper.name() }.seal(pepper);
    let sql = "INSERT INTO project_keys (project, pepper, digest, sealed, seal) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (project) DO UPDATE SET pepper = ?2, digest = ?3, sealed = ?4, seal = ?5";
    run(connection, sql, params![project, pepper.name(), digest, sealed, seal])?;
    let (project, pepper) = (project.into(), pepper.name().into());
    committed.credentials.push(CredentialUpdate(Update::SetProjectKey { digest, project, pepper }));
    Ok(())
}

fn add_operator(
    connection: &Connection,
    peppers: &Peppers,
    operator: &NewOperator,
    token: &Token,
    committed: &mut Committed,
) -> Done {
    let NewOperator { id, name, purposes, created_at } = operator;
    id::check("id", id)?;
    if exists(connection, "SELECT 1 FROM operators WHERE id = ?1", [id])? {
        return Err(Stop::Refused("id".into(), StepProblem::OperatorTaken { id: id.clone() }));
    }
    if purposes.is_empty() {
        return Err(Stop::Refused("purposes".into(), StepProblem::NoPurpose));
    }
    let (lookup_id, secret) = halves_of_minted(token, TokenKind::Unknown)?;
    if exists(connection, "SELECT 1 FROM operators WHERE lookup_id = ?1", [lookup_id])? {
        return Err(Stop::Refused("token".into(), StepProblem::LookupIdTaken));
    }
    let pepper = peppers.current();
    let hash = pepper.hash(secret);
    let text = hex(&hash);
    let seal = Sealed::Operator { id, lookup_id, hash: &text, pepper: pepper.name() }.seal(pepper);
    let sql = "INSERT INTO operators (id, name, created_at, lookup_id, hash, pepper, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    run(connection, sql, params![id, name, millis(*created_at), lookup_id, text, pepper.name(), seal])?;
    for purpose in purposes {
        let sql = "INSERT OR IGNORE INTO operator_purposes (operator, purpose) VALUES (?1, ?2)";
        run(connection, sql, params![id, purpose.as_str()])?;
    }
    let operator = Operator {
        id: id.clone(),
        name: name.clone(),
        purposes: purposes.iter().copied().collect(),
        created_at: *created_at,
        revoked_at: None,
        shown: shown(lookup_id).into(),
    };
    let (lookup_id, pepper) = (lookup_id.into(), Some(pepper.name().into()));
    committed.credentials.push(CredentialUpdate(Update::SetOperator { lookup_id, operator, hash, pepper }));
    Ok(())
}

fn revoke_operator(connection: &Connection, id: &str, at: Timestamp, committed: &mut Committed) -> Done {
    let sql = "UPDATE operators SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";
    if run(connection, sql, params![id, millis(at)])? == 0 {
        let id = shorten(id);
        return Err(Stop::Refused("operator".into(), StepProblem::NoOperator { id }));
    }
    committed.credentials.extend(operator::revoked(connection, id)?);
    Ok(())
}

fn rewrite(connection: &Connection, peppers: &Peppers, rewrite: &Rewrite, committed: &mut Committed) -> Done {
    let pepper = peppers.current();
    match &rewrite.0 {
        RewriteOf::Key { key, old, new } => {
            // What has no right seal is left as it is: a new one would make it right.
            if credential::of_key(connection, peppers, key)?.is_some()
                && replace_hash(connection, "keys", key, (old, new), pepper)?
            {
                credential::seal_key(connection, pepper, key)?;
                committed.credentials.extend(credential::of_key(connection, peppers, key)?);
            }
        }
        RewriteOf::Operator { operator, old, new } => {
            if operator::update(connection, peppers, operator)?.is_some()
                && replace_hash(connection, "operators", operator, (old, new), pepper)?
            {
                operator::seal(connection, pepper, operator)?;
                committed.credentials.extend(operator::update(connection, peppers, operator)?);
            }
        }
        RewriteOf::ProjectKey { project, token } => {
            let stored: Option<Digest> = one(connection, PROJECT_KEY, [project], |row| row.get(0))?;
            let same = |stored: &Digest| peppers.all().any(|pepper| pepper.project_key(token.expose().as_bytes()) == *stored);
            if stored.as_ref().is_some_and(same) {
                set_project_key(connection, peppers, project, token, committed)?;
            }
        }
    }
    Ok(())
}

/// Whether the hash was still the old one.
fn replace_hash(connection: &Connection, table: &str, id: &str, (old, new): (&Digest, &Digest), pepper: &Pepper) -> Done<bool> {
    let sql = format!("UPDATE {table} SET hash = ?3, pepper = ?4 WHERE id = ?1 AND hash = ?2");
    Ok(run(connection, &sql, params![id, hex(old), hex(new), pepper.name()])? > 0)
}
