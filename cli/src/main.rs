//! The `clearance` command: asks a permission policy about users and API keys, keeps keys in a database, and serves it over HTTP.
//!
//! ```sh
//! cargo install clearance-cli
//! clearance check --directory company.json --key ci --permission prompts:view --project shop
//! clearance explain --directory company.json --key ci --permission project:delete --project shop
//! ```
//!
//! The first command answers a question: exit status 0 is allow, 1 is deny, 2 is an error. The second shows the walk to the answer.
//! `clearance --help` lists every command, and each command has a `--help` with examples.
//!
//! The command decides nothing. A policy component does, the built-in one or another that `--policy` names.

mod arguments;
mod client;
mod code_cache;
mod command;
mod confirm;
mod danger;
mod differences;
mod file;
mod input;
mod keys;
mod operators;
mod picture;
mod power;
mod refused;
mod report;
mod secret;
mod shell;
mod table;
mod typed;
mod versions;
mod walk;
mod word;

use std::process::ExitCode;

use arguments::{Arguments, Command, PolicyCommand, TokenCommand};
use clap::Parser;
use report::Report;

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let status = run(&command, json).and_then(Report::print).unwrap_or_else(|error| {
        report::print_error(&error);
        refused::status(&error)
    });
    status.into()
}

fn run(command: &Command, json: bool) -> anyhow::Result<Report> {
    match command {
        Command::Check(arguments) => command::check::run(arguments, json),
        Command::Explain(arguments) => command::explain::run(arguments, json),
        Command::Repair(arguments) => command::repair::run(arguments, json),
        Command::Effective(arguments) => command::effective::run(arguments, json),
        // Its answers are JSON either way.
        Command::Evaluate(arguments) => command::evaluate::run(arguments),
        Command::Replay(arguments) => command::replay::run(arguments, json),
        Command::Catalog(arguments) => command::catalog::run(arguments, json),
        Command::Lint(arguments) => command::lint::run(arguments, json),
        Command::Policy(PolicyCommand::Build(arguments)) => command::build::run(arguments, json),
        Command::Policy(PolicyCommand::Inspect(arguments)) => command::inspect::run(arguments, json),
        Command::Policy(PolicyCommand::List(arguments)) => command::versions::list(arguments, json),
        Command::Policy(PolicyCommand::Add(arguments)) => command::versions::add(arguments, json),
        Command::Policy(PolicyCommand::Remove(arguments)) => command::versions::remove(arguments, json),
        Command::Policy(PolicyCommand::Activate(arguments)) => command::activate::run(arguments, json),
        Command::Policy(PolicyCommand::Pin(arguments)) => command::pin::pin(arguments, json),
        Command::Policy(PolicyCommand::Unpin(arguments)) => command::pin::unpin(arguments, json),
        Command::Policy(PolicyCommand::Diff(arguments)) => command::diff::run(arguments, json),
        Command::Policy(PolicyCommand::Keygen(arguments)) => command::sign::keygen(arguments, json),
        Command::Policy(PolicyCommand::Sign(arguments)) => command::sign::sign(arguments, json),
        Command::Init(arguments) => command::init::run(arguments, json),
        // A directory file is JSON either way.
        Command::Export(arguments) => command::export::run(arguments),
        Command::Backup(arguments) => command::backup::backup(arguments, json),
        Command::Restore(arguments) => command::backup::restore(arguments, json),
        Command::Audit(arguments) => command::audit::run(arguments, json),
        Command::Serve(arguments) => command::serve::run(arguments),
        Command::Key(arguments) => command::key::run(arguments, json),
        Command::ProjectKey(arguments) => command::project_key::run(arguments, json),
        Command::Operator(arguments) => command::operator::run(arguments, json),
        Command::Token(TokenCommand::Inspect) => command::token::run(json),
        Command::Token(TokenCommand::Scan(arguments)) => command::scan::run(arguments, json),
    }
}
