//! `clearance operator`: the machines that manage.

use std::fmt::Write;

use clearance_keeper::CreatedOperator;
use clearance_store::Purpose;
use serde::Serialize;

use crate::{
    arguments::{NewOperator, OperatorCommand, OperatorId, OperatorList},
    confirm,
    operators::{self, Shown},
    report::{FAINT, GOOD, Report, Status, on_one_line},
    table::Table,
    word,
};

pub(crate) fn run(command: &OperatorCommand, json: bool) -> anyhow::Result<Report> {
    match command {
        OperatorCommand::Create(arguments) => create(arguments, json),
        OperatorCommand::List(arguments) => list(arguments, json),
        OperatorCommand::Revoke(arguments) => revoke(arguments, json),
    }
}

#[derive(Serialize)]
struct Created<'a> {
    id: &'a str,
    name: &'a str,
    purposes: &'a [Purpose],
    token: &'a str,
}

fn create(NewOperator { home, name, purposes }: &NewOperator, json: bool) -> anyhow::Result<Report> {
    let CreatedOperator { id, token } = operators::create(home, name, purposes)?;
    let lost = format!("operator `{id}` is made, but its token is lost: revoke it");
    if json {
        let created = Created { id: &id, name, purposes, token: token.expose() };
        return Ok(Report::json(&created)?.with_secret(lost));
    }
    let mut text = String::new();
    let (name, purposes) = (on_one_line(name), word::purposes(purposes));
    writeln!(text, "{GOOD}created{GOOD:#}  operator `{id}`, {name}, for {purposes}; its token, shown this once:\n")?;
    writeln!(text, "CLEARANCE_OPERATOR={}", token.expose())?;
    Ok(Report::success(text).with_secret(lost))
}

fn list(OperatorList { home }: &OperatorList, json: bool) -> anyhow::Result<Report> {
    let operators = operators::list(home)?;
    if json {
        return Report::json(&operators);
    }
    if operators.is_empty() {
        return Ok(Report::success("there are no operators\n".to_owned()));
    }
    let mut table = Table::new(["ID", "NAME", "FOR", "STATUS", "TOKEN", "CREATED"]);
    for Shown { id, name, purposes, created_at, revoked_at, shown } in &operators {
        let status = revoked_at.map_or("active".to_owned(), |at| format!("revoked {}", word::day(at)));
        let cells =
            [id.to_string(), name.to_string(), word::purposes(purposes), status, format!("{shown}…"), word::day(*created_at)];
        table.row(cells);
    }
    Ok(Report::success(table.to_string()))
}

fn revoke(OperatorId { home, id, yes }: &OperatorId, json: bool) -> anyhow::Result<Report> {
    let agreed = || Ok(*yes || confirm::ask(&format!("Revoke operator `{}`, at once and for good?", on_one_line(id)))?);
    if !operators::revoke(home, id, agreed)? {
        return Ok(Report::success(format!("{FAINT}nothing was changed{FAINT:#}\n")).with_status(Status::Bad));
    }
    if json {
        return Report::json(&serde_json::json!({ "id": id, "revoked": true }));
    }
    Ok(Report::success(format!("{GOOD}revoked{GOOD:#}  operator `{id}`\n")))
}
