//! `clearance key`: the life of keys. The policy decides what may be done.

mod create;
mod description;
mod edit;
mod list;
mod next;
mod revoke;
mod show;

use crate::{arguments::KeyCommand, report::Report};

pub(crate) fn run(command: &KeyCommand, json: bool) -> anyhow::Result<Report> {
    match command {
        KeyCommand::Create(arguments) => create::run(arguments, json),
        KeyCommand::List(arguments) => list::run(arguments, json),
        KeyCommand::Show(arguments) => show::run(arguments, json),
        KeyCommand::Edit(arguments) => edit::run(arguments, json),
        KeyCommand::Revoke(arguments) => revoke::run(arguments, json),
    }
}
