//! The command line.

mod capsule;
mod database;
mod diff;
mod key;
mod policy;
mod token;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clearance::{PlaceId, PrincipalId, document::Timestamp};

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
    token::{Paths, TokenCommand},
};

/// Keeps API keys, and says what users and keys may do, and why.
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
    /// Ask one question and show the walk to the answer
    #[command(after_help = EXPLAIN)]
    Explain(Question),
    /// Show what would turn a denial into an allow: the smallest sets of changes, and who could make them
    #[command(after_help = REPAIR)]
    Repair(RepairQuestion),
    /// List all that a principal may do at a place
    #[command(after_help = EFFECTIVE)]
    Effective(Situation),
    /// Answer a file of questions, one JSON object a line
    #[command(after_help = EVALUATE)]
    Evaluate(Cases),
    /// Make a decision again that was kept in a capsule
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
    /// See what was done, and whether the record of it is whole
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Manage the machines that manage
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Look at tokens, without a server
    #[command(subcommand)]
    Token(TokenCommand),
    /// Make policy components, look at them, sign them, keep them and make them live
    #[command(subcommand)]
    Policy(PolicyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Question {
    #[command(flatten)]
    pub(crate) situation: Situation,
    /// The permission, such as `prompts:view`
    #[arg(long, value_name = "NAME")]
    pub(crate) permission: String,
}

#[derive(Debug, Args)]
pub(crate) struct RepairQuestion {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Show only what this user may see [default: everything]
    #[arg(long, value_name = "USER")]
    pub(crate) asker: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Situation {
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) principal: Principal,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Cases {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The questions, JSON lines; `-` reads them from standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Data {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Ask as of this moment, RFC 3339 such as `2026-01-02T00:00:00Z` [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

/// Where the data is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Source {
    /// The directory: organizations, users, keys, bindings and the rest, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: Option<PathBuf>,
    /// The database, as `clearance init` makes it; a server may have it open
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// Run this policy component [default: the built-in policy, langwatch]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

/// Who asks.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Principal {
    /// Ask for this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Ask for this API key: its id, never its token
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Ask for the project key of this project: the id of the project, never the key itself
    #[arg(long, value_name = "ID")]
    project_key: Option<String>,
}

/// Where.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// Ask at this project
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Ask at this team
    #[arg(long, value_name = "ID")]
    team: Option<String>,
    /// Ask at this organization
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
}

impl Principal {
    pub(crate) fn id(&self) -> anyhow::Result<PrincipalId<'_>> {
        match (&self.user, &self.key, &self.project_key) {
            (Some(id), None, None) => Ok(PrincipalId::User(id)),
            (None, Some(id), None) => Ok(PrincipalId::Key(id)),
            (None, None, Some(id)) => Ok(PrincipalId::ProjectKey(id)),
            _ => anyhow::bail!("name exactly one of `--user`, `--key` and `--project-key`"),
        }
    }
}

impl Place {
    pub(crate) fn id(&self) -> anyhow::Result<PlaceId<'_>> {
        match (&self.project, &self.team, &self.organization) {
            (Some(id), None, None) => Ok(PlaceId::Project(id)),
            (None, Some(id), None) => Ok(PlaceId::Team(id)),
            (None, None, Some(id)) => Ok(PlaceId::Organization(id)),
            _ => anyhow::bail!("name exactly one of `--project`, `--team` and `--organization`"),
        }
    }
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
     `audit verify` and `token inspect`: it is not as it should be
  2  error: nothing was answered or changed, a message on standard error

A command that writes or verifies needs the pepper of the database, in a file that
CLEARANCE_PEPPER_FILE names, or in CLEARANCE_PEPPER. The file is safer: other
programs of the same user can read the environment of this one.

What was compiled of a policy is kept for the next start, in $XDG_CACHE_HOME/clearance
or ~/.cache/clearance, if nobody else can write there. CLEARANCE_CACHE names another
folder, or is `off`. The folder may be deleted at any time.

Colour is used on a terminal only, and not where NO_COLOR is set.";

const EXPLAIN: &str = "\
Examples:
  clearance explain --directory company.json --key ci --permission prompts:delete --project shop
  clearance explain --directory company.json --user ben --permission traces:view --team data

Exit status: 0 allow, 1 deny, 2 error. An unknown principal, permission or place is denied.

JSON: as of `check`, and
  \"since\", \"until\"      the first and last moment for which this holds, if there is one
  \"principal\", \"owner\"  {\"allow\", \"reason\", \"binding\", \"steps\"} of either side;
                        the owner where the key has one that is known
  \"dangers\"             a list of {\"code\", \"message\"}";

const REPAIR: &str = "\
Examples:
  clearance repair --directory company.json --key ci --permission prompts:delete --project shop
  clearance repair --directory company.json --user ben --permission team:manage --team web --asker ana

On offer are the built-in roles and the shared custom roles of the organization.
The sets with the least power come first.

Exit status: 0 allowed as it is, 1 not allowed, 2 error.

JSON: {\"outcome\", \"policy\"}, where the outcome is `allowed`; `sets`, with \"sets\", a
list of lists of changes, each {\"renew\" | \"reactivate\" | \"membership\" | \"bind\", \"by\"},
and \"more\"; or `nothing`, with \"obstacle\".";

const EFFECTIVE: &str = "\
Examples:
  clearance effective --directory company.json --user ben --team web
  clearance effective --directory company.json --key ci --project shop --json

Exit status: 0 answered, even where nothing is held, 2 error.

JSON: {\"permissions\", \"policy\"}, \"since\" and \"until\" as of `explain`, and\n\"reason\" where one rule denies everything.";

const EVALUATE: &str = "\
Examples:
  clearance evaluate --directory company.json --cases questions.jsonl
  clearance evaluate --directory company.json --cases - < questions.jsonl

A line is one question, and its answer is one line at the same place:
  {\"id\":\"k1\",\"key\":\"ci\",\"permission\":\"prompts:update\",\"at\":{\"project\":\"shop\"}}
    -> {\"id\":\"k1\",\"allow\":true,\"reason\":\"binding\"}
  {\"id\":\"e1\",\"user\":\"ana\",\"at\":{\"team\":\"web\"}}
    -> {\"id\":\"e1\",\"permissions\":[\"project:view\", ...]}, in the order of the catalog
The principal is `user`, `key` or `projectKey` (the id of a project). A line may
have a `now` of its own. The fields `allow`, `reason` and `permissions` say what is
expected, for `clearance policy activate`: here they may be there and change nothing.

Exit status: 0 every line is answered, 2 error. A line that cannot be read stops
the run before any answer is written. Answers are JSON with and without `--json`.";

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
