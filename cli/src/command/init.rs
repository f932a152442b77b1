//! `clearance init`: a database from a directory file.

use std::fmt::Write;

use clearance::Document;
use clearance_store::{Entry, Mintable, NewOperator, Purpose, SqliteStore, Step, Token, Who, Write as Rows, mint};
use serde::Serialize;
use serde_json::json;

use crate::{
    arguments::Init,
    input,
    report::{FAINT, GOOD, Report},
    shell, word,
};

/// The id of the operator that a database begins with.
const FIRST: &str = "first";

pub(crate) fn run(Init { directory, database }: &Init, json: bool) -> anyhow::Result<Report> {
    let peppers = input::peppers()?;
    let document = input::document_in_file(directory)?;
    let token = mint(Mintable::Operator)?;
    let write = first_write(&document, &token)?;
    SqliteStore::create(database, &document, peppers, &write).map_err(|error| match error.is_refusal() {
        true => anyhow::Error::from(error).context(input::name(directory)),
        false => error.into(),
    })?;

    let lost = format!("the database is made, but the token of its operator is lost: delete {}", input::name(database));
    if json {
        let operator = OperatorFields { id: FIRST, purposes: &Purpose::ALL, token: token.expose() };
        return Ok(Report::json(&Made { database: &database.to_string_lossy(), operator })?.with_secret(lost));
    }
    let mut text = String::new();
    writeln!(text, "{GOOD}created{GOOD:#}  {} with {}", input::name(database), contents(&document))?;
    writeln!(text, "operator `{FIRST}`, for {}; its token, shown this once:\n", word::purposes(&Purpose::ALL))?;
    writeln!(text, "CLEARANCE_OPERATOR={}\n", token.expose())?;
    let file = shell::word(&database.to_string_lossy());
    writeln!(text, "{FAINT}Next{FAINT:#}")?;
    writeln!(text, "  clearance serve --database {file} --listen 127.0.0.1:7300")?;
    Ok(Report::success(text).with_secret(lost))
}

#[derive(Serialize)]
struct Made<'a> {
    database: &'a str,
    operator: OperatorFields<'a>,
}

#[derive(Serialize)]
struct OperatorFields<'a> {
    id: &'a str,
    purposes: &'a [Purpose],
    token: &'a str,
}

/// The operator, and that it all began.
fn first_write(document: &Document, token: &Token) -> anyhow::Result<Rows> {
    let now = input::clock()?;
    let operator =
        NewOperator { id: FIRST.into(), name: "the first operator".into(), purposes: Purpose::ALL.to_vec(), created_at: now };
    let after = json!({
        "organizations": document.organizations.len(),
        "users": document.users.len(),
        "projects": document.projects.len(),
        "keys": document.keys.len(),
        "operator": FIRST,
        "purposes": Purpose::ALL,
        // No credential of this database is ever trusted without a seal.
        "sealed": true,
    });
    let entry = Entry {
        at: now,
        who: Who::Command,
        verb: "database.init".into(),
        subject: FIRST.into(),
        before: None,
        after: Some(after),
        peer: None,
        policy: None,
    };
    Ok(Rows { steps: vec![Step::AddOperator { operator, token: token.clone() }], audit: vec![entry], ..Rows::default() })
}

fn contents(document: &Document) -> String {
    let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let usable = document.keys.iter().filter(|key| key.lookup_id.is_some() && key.hashed_secret.is_some()).count();
    let keys = match (document.keys.len(), usable) {
        (0, _) => "0 keys".to_owned(),
        (all, usable) if all == usable => count(all, "key"),
        (all, 0) => format!("{}, none with the hash of a secret", count(all, "key")),
        (all, usable) => format!("{}, {usable} with the hash of a secret", count(all, "key")),
    };
    let Document { organizations, users, projects, .. } = document;
    let [organizations, users, projects] =
        [(organizations.len(), "organization"), (users.len(), "user"), (projects.len(), "project")].map(|(n, one)| count(n, one));
    format!("{organizations}, {users}, {projects} and {keys}")
}
