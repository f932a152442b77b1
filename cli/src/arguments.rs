//! The command line.

mod capsule;
mod database;
mod diff;
mod key;
mod policy;
mod question;
mod token;

use clap::{Parser, Subcommand};

pub(crate) use self::{
    capsule::{Check, Replay},
    database::{
        AuditCommand, Backup, Connections, Database, Init, NewOperator, OperatorCommand, OperatorId, OperatorList, Restore,
        Serve, Since, Tail, Verify,
    },
    diff::Comparison,
    key::{
        Access, By, CategoryChoice, CreateKey, EditKey, Home, KeyCommand, KeyId, ListKeys, ProjectKeyCommand, ProjectKeyRotation,
        Reach, RevokeKey, RoleChoice,
    },
    policy::{
        Activation, Addition, KeyPair, Keys, Pinning, PolicyBuild, PolicyCommand, Shown, Signing, StoredVersion, Trusted,
        Unpinning, Versions,
    },
    question::{Cases, Data, Policy, Question, RepairQuestion, Situation, Source},
    token::{Paths, TokenCommand},
};

/// Keeps API keys, and answers what users and keys may do, and why.
#[derive(Debug, Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true, after_help = AFTER)]
pub(crate) struct Arguments {
    /// Print JSON instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask one question: may this principal do this here?
    #[command(after_help = capsule::CHECK)]
    Check(Check),
    /// Ask one question, and show every step to the answer
    #[command(after_help = EXPLAIN)]
    Explain(Question),
    /// Show what would turn a denial into an allow: the smallest sets of changes, and who can make them
    #[command(after_help = REPAIR)]
    Repair(RepairQuestion),
    /// List every permission that a principal has at a place
    #[command(after_help = EFFECTIVE)]
    Effective(Situation),
    /// Answer a file of questions, one JSON object a line
    #[command(after_help = EVALUATE)]
    Evaluate(Cases),
    /// Repeat a decision that a capsule holds
    #[command(after_help = capsule::REPLAY)]
    Replay(Replay),
    /// Print the permissions, lists and categories of a policy
    #[command(after_help = CATALOG)]
    Catalog(Policy),
    /// Look for leftovers and dangers in a directory
    #[command(after_help = LINT)]
    Lint(Source),
    /// Make a database from a directory file
    #[command(after_help = database::INIT)]
    Init(Init),
    /// Serve a database over HTTP
    #[command(after_help = database::SERVE)]
    Serve(Serve),
    /// Make, see, edit and revoke keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Manage the older kind of key, one for each project
    #[command(subcommand)]
    ProjectKey(ProjectKeyCommand),
    /// Print the directory of a database, without secrets
    #[command(after_help = database::EXPORT)]
    Export(Database),
    /// Copy a database into a file, also while it is served
    #[command(after_help = database::BACKUP)]
    Backup(Backup),
    /// Put a backup in the place of a database
    #[command(after_help = database::RESTORE)]
    Restore(Restore),
    /// Read the audit, and verify that it is whole
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Manage operators: the machines that manage keys, policies and the directory
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Inspect tokens, without a server
    #[command(subcommand)]
    Token(TokenCommand),
    /// Build, inspect, sign and store policy components, and make them live
    #[command(subcommand)]
    Policy(PolicyCommand),
}

const AFTER: &str = "\
Examples:
  clearance check --directory company.json --key ci --permission prompts:view --project shop
  clearance explain --directory company.json --key ci --permission prompts:delete --project shop
  clearance effective --directory company.json --user ben --team web
  clearance lint --directory company.json
  clearance init --directory company.json --database keys.db
  clearance token scan .

Exit status:
  0  done; `check` and `explain`: allow; `lint` and `token scan`: nothing found;
     `policy diff`: nobody gains; `replay`: the same answer
  1  `check` and `explain`: deny; `lint` and `token scan`: something found;
     `policy diff`: somebody gains; `replay`: another answer;
     `audit verify` and `token inspect`: there is a problem
  2  error: the command answered and changed nothing, and standard error has a message

A command that writes or verifies needs the pepper of the database, in a file that
CLEARANCE_PEPPER_FILE names, or in CLEARANCE_PEPPER. The file is safer: other
programs of the same user can read the environment of this one.

The command keeps compiled policies for its next start, in $XDG_CACHE_HOME/clearance
or ~/.cache/clearance, if no other user can write there. CLEARANCE_CACHE names another
folder, or is `off`. You may delete the folder at any time.

The output has colours only on a terminal, and only if NO_COLOR is not set.";

const EXPLAIN: &str = "\
Examples:
  clearance explain --directory company.json --key ci --permission prompts:delete --project shop
  clearance explain --directory company.json --user ben --permission traces:view --team data

Exit status: 0 allow, 1 deny, 2 error. An unknown principal, permission or place is denied.

JSON: the fields of `check`, and
  \"since\", \"until\"      the first and last moment of this answer; absent if it has no end
  \"principal\", \"owner\"  {\"allow\", \"reason\", \"binding\", \"steps\"} for each side;
                        \"owner\" only for a key with a known owner
  \"dangers\"             a list of {\"code\", \"message\"}";

const REPAIR: &str = "\
Examples:
  clearance repair --directory company.json --key ci --permission prompts:delete --project shop
  clearance repair --directory company.json --user ben --permission team:manage --team web --asker ana

The changes use the built-in roles and the shared custom roles of the organization.
The sets with the least power come first.

Exit status: 0 allowed already, 1 not allowed, 2 error.

JSON: {\"outcome\", \"policy\"}, where the outcome is `allowed`; `sets`, with \"sets\", a
list of lists of changes, each {\"renew\" | \"reactivate\" | \"membership\" | \"bind\", \"by\"},
and \"more\"; or `nothing`, with \"obstacle\".";

const EFFECTIVE: &str = "\
Examples:
  clearance effective --directory company.json --user ben --team web
  clearance effective --directory company.json --key ci --project shop --json

Exit status: 0 answered, also with an empty list, 2 error.

JSON: {\"permissions\", \"policy\"}, \"since\" and \"until\" as in `explain`, and\n\"reason\" if one rule denies everything.";

const EVALUATE: &str = "\
Examples:
  clearance evaluate --directory company.json --cases questions.jsonl
  clearance evaluate --directory company.json --cases - < questions.jsonl

Each line is one question, and the line of the output with the same number is its answer:
  {\"id\":\"k1\",\"key\":\"ci\",\"permission\":\"prompts:update\",\"at\":{\"project\":\"shop\"}}
    -> {\"id\":\"k1\",\"allow\":true,\"reason\":\"binding\"}
  {\"id\":\"e1\",\"user\":\"ana\",\"at\":{\"team\":\"web\"}}
    -> {\"id\":\"e1\",\"permissions\":[\"project:view\", ...]}, in the order of the catalog
The principal is `user`, `key` or `projectKey` (the id of a project). A line may
have a `now` of its own. The fields `allow`, `reason` and `permissions` give the
expected answer for `clearance policy activate`. This command ignores them.

Exit status: 0 every line is answered, 2 error. If a line cannot be read, the command
writes no answer at all. Answers are JSON with and without `--json`.";

const CATALOG: &str = "\
Examples:
  clearance catalog
  clearance catalog --policy other.wasm --json

Exit status: 0 done, 2 error.";

const LINT: &str = "\
Examples:
  clearance lint --directory company.json
  clearance lint --directory company.json --json

Exit status: 0 nothing found, 1 something found, 2 error.

JSON: a list of {\"code\", \"path\", \"ids\", \"message\"}.";
