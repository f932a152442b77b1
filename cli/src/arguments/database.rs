//! The arguments of the commands for a database.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use clearance_server::{IpNet, Listen};
use clearance_store::Purpose;

use super::{key::Home, policy::Trusted, question::Policy};

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The database
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The copy to make; the file must not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup, which stays as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) database: Database,
    /// Restore the backup without its write-ahead log, which is lost: the last changes are lost with it
    #[arg(long)]
    pub(crate) without_log: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The directory file to begin with, as JSON; the database keeps the hashes of secrets in it
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: PathBuf,
    /// The database to make; the file must not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The database, which no other process may have open for writing
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Run the version that was live last by the history of this folder, or the built-in version if the history is empty
    #[arg(long, value_name = "FOLDER", conflicts_with = "policy")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// Start although the folder has lost which version was live or pinned by the audit; the audit gets a row about it
    #[arg(long)]
    pub(crate) accept_lost_history: bool,
    /// The output of an earlier `clearance audit head`: a database with a shorter or another audit is refused
    #[arg(long, value_name = "COUNT:DIGEST")]
    pub(crate) audit_head: Option<Head>,
    /// Where to listen: `127.0.0.1:7300`, `localhost:7300`, `unix:/run/clearance.sock`, or `inherited` for a socket that the process was started with;
    /// port 0 is any free port
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Listen,
    /// Where an application may ask on behalf of its signed-in users [default: nowhere]
    #[arg(long, value_name = "ADDRESS", requires = "session_peer")]
    pub(crate) session_listen: Option<SocketAddr>,
    /// An address that this application connects from; may be repeated
    #[arg(long, value_name = "IP", requires = "session_listen")]
    pub(crate) session_peer: Vec<IpAddr>,
    #[command(flatten)]
    pub(crate) connections: Connections,
}

/// How the server treats connections.
#[derive(Debug, Args)]
pub(crate) struct Connections {
    /// Trust proxies in this network to name the client in `X-Forwarded-For` or `Forwarded`; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = network)]
    pub(crate) trusted_proxy: Vec<IpNet>,
    /// The most connections at once from one address that is not a trusted proxy; 0 is any number
    #[arg(long, value_name = "NUMBER", default_value_t = 1024)]
    pub(crate) connections_per_address: usize,
    /// How long to keep a connection without a request
    #[arg(long, value_name = "SECONDS", default_value_t = 75)]
    pub(crate) keep_alive: u64,
    /// How long to answer requests after a signal to stop, while `/readyz` answers 503
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) drain: u64,
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| format!("`{text}` is not a network: write `10.0.0.0/8` or `192.0.2.1`"))
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Print the last rows of the audit, oldest first
    #[command(after_help = TAIL)]
    Tail(Tail),
    /// Print the number of rows of the audit and the digest of the last row, to be noted elsewhere
    #[command(after_help = HEAD)]
    Head(Database),
    /// Verify that no row of the audit was changed, removed or cut off, and that keys and operators are as it says
    #[command(after_help = VERIFY)]
    Verify(Verify),
    /// List what was revoked after a head, and what an older database would let in again
    #[command(after_help = SINCE)]
    Since(Since),
    /// Accept a database that is older than the head noted beside it
    #[command(after_help = ACCEPT)]
    Accept(Database),
}

#[derive(Debug, Args)]
pub(crate) struct Since {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The output of `clearance audit head` for the older database
    #[arg(value_name = "COUNT:DIGEST")]
    pub(crate) head: Head,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The number of rows
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 20)]
    pub(crate) count: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The output of an earlier `clearance audit head`; without it, rows cut off at the end go unseen
    #[arg(long, value_name = "COUNT:DIGEST")]
    pub(crate) head: Option<Head>,
}

/// A head as it was noted.
pub(crate) type Head = clearance_store::Head;

#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Make an operator, and print its token once
    #[command(after_help = CREATE)]
    Create(NewOperator),
    /// List all operators, revoked ones too
    #[command(after_help = LIST)]
    List(OperatorList),
    /// Revoke an operator, at once and for good
    #[command(after_help = REVOKE)]
    Revoke(OperatorId),
}

#[derive(Debug, Args)]
pub(crate) struct OperatorList {
    #[command(flatten)]
    pub(crate) home: Home,
}

#[derive(Debug, Args)]
pub(crate) struct NewOperator {
    #[command(flatten)]
    pub(crate) home: Home,
    /// The name of the operator, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: String,
    /// A purpose of the operator: `check`, `directory`, `policy`, `keys` or `operators`; may be repeated
    #[arg(long = "for", value_name = "PURPOSE", required = true)]
    pub(crate) purposes: Vec<Purpose>,
}

#[derive(Debug, Args)]
pub(crate) struct OperatorId {
    #[command(flatten)]
    pub(crate) home: Home,
    /// The id of the operator
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}

pub(super) const INIT: &str = "\
Examples:
  clearance init --directory company.json --database keys.db

Makes one file, and prints the token of the first operator, which no later command
prints. Users, roles, bindings and the rest come from the directory file. A key keeps
the hash of its secret, if the file has one, so that its token still works.

The pepper is a secret of at least 16 characters, such as `openssl rand -base64 32`
prints. Every hash is made with it. Put it into a file that no other user can read,
and the name of that file into CLEARANCE_PEPPER_FILE. CLEARANCE_PEPPER may hold it
instead. Without the pepper the database cannot be used: keep a copy of it, but not
beside the database.

Exit status: 0 done, 2 error: then no database was made.

JSON: {\"database\", \"operator\": {\"id\", \"purposes\", \"token\"}}.";

pub(super) const SERVE: &str = "\
Examples:
  clearance serve --database keys.db --listen 127.0.0.1:7300
  clearance serve --database keys.db --listen 127.0.0.1:7300 --session-listen 127.0.0.1:7301 --session-peer 127.0.0.1
  clearance serve --database keys.db --listen 127.0.0.1:7300 --policies versions --trust team.pub
  clearance serve --database keys.db --listen unix:/run/clearance/gate.sock
  clearance serve --database keys.db --listen 10.0.0.5:7300 --trusted-proxy 10.0.0.0/24

With `--policies`, the server does not start if the version that was live is missing,
damaged or not signed by a trusted key: no other version takes its place. Nor does it
start if the folder has lost what was live or pinned by the audit of the database, or
if the folder is left out then.

Prints `listening on http://ADDRESS` when it is ready. The log goes to standard error,
one JSON object a line. Lines that cannot be written are dropped and counted.

SIGTERM and SIGINT stop the server: `/readyz` answers 503, and the server still
answers requests for `--drain` seconds, which a second signal ends. Then it finishes
the requests that are under way. SIGHUP makes it follow the folder of `--policies`,
and does nothing without one.

A socket that the process is started with (`LISTEN_FDS`) stays open while the server
restarts: with `--listen inherited`, new connections wait for the next server.

The user and the group of the server can connect to a socket in the file system. A
socket that an earlier server left there is replaced.

With `--trusted-proxy`, the log and the audit name the last address that is not one of
a trusted proxy. For a connection from elsewhere, and on the listener for signed-in
users, the address of the connection counts.

An application that asks on behalf of signed-in users sends a secret of at least 16
characters. CLEARANCE_SESSION_SECRET holds it, or the file that
CLEARANCE_SESSION_SECRET_FILE names. The application connects to a listener of its own.

The server does not speak TLS: put a reverse proxy in front of it for clients on other
machines.

Exit status: 0 stopped by a signal, 2 error.";

pub(super) const EXPORT: &str = "\
Examples:
  clearance export --database keys.db > company.json

Prints a directory file. The file has no hash of a secret and no project key, so a
database made from it knows the keys, but nobody can use them. The command needs no
pepper, and works while a server has the database open.

Exit status: 0 done, 2 error. The output is JSON with and without `--json`.";

pub(super) const BACKUP: &str = "\
Examples:
  clearance backup --database keys.db --to /backups/keys-monday.db

Copies everything that was written until now, also while a server has the database
open. Needs no pepper. The copy is one file that only its owner can read, and the
command checks that it is whole. It prints the head of the audit of the copy
(COUNT:DIGEST): note it elsewhere.

Exit status: 0 done, 2 error: then no copy was made.

JSON: {\"backup\", \"head\"}.";

pub(super) const RESTORE: &str = "\
Examples:
  clearance restore --from /backups/keys-monday.db --database keys.db

Checks the backup and its audit, and puts a copy of it in the place of the database.
The database before is kept as `keys.db.replaced-1`. No server may have the database
open. The audit gets a row about the restore. If the head of the database
before was noted beside it, the command prints what the backup does not have.

Keys and operators that were revoked after the backup was made are valid again, and
those that were made after it are gone. Revoke the former again before you serve the
database.

Exit status: 0 done, 2 error: then the database is as it was.

JSON: {\"database\", \"backup\", \"head\"}, with the heads of the audit in the backup and
in the restored database, \"replaced\" if there was a database before, and \"lost\" if the backup is older or is of
another database: {\"noted\", \"message\"}.";

const TAIL: &str = "\
Examples:
  clearance audit tail --database keys.db
  clearance audit tail --database keys.db -n 100 --json

Exit status: 0 done, 2 error.

JSON: a list of {\"sequence\", \"at\", \"who\", \"verb\", \"subject\", \"before\", \"after\",
\"peer\", \"policy\", \"pepper\", \"link\"}.";

const HEAD: &str = "\
Examples:
  clearance audit head --database keys.db

Exit status: 0 done, 2 error.

JSON: {\"count\", \"link\", \"head\"}: the number of rows, the digest of the last one,
and both as the command prints them without `--json`.";

const VERIFY: &str = "\
Examples:
  clearance audit verify --database keys.db --head \"$(cat head-of-yesterday)\"

Reads every row, and then compares the stored keys, operators and credentials with
the audit: creations, owners, modes, expiries, purposes and revocations.

Exit status: 0 the audit is whole and agrees with the database, 1 it is not or does
not, 2 error.

JSON: {\"whole\", \"message\"}, \"head\" if the audit is whole, and \"differences\" and
\"differencesCount\" if the database differs from it.";

const SINCE: &str = "\
Examples:
  clearance audit since --database newer.db \"$(clearance audit head --database restored.db)\"

Give it the newer database. It lists revoked keys and operators, regenerated project
keys, and changes of the directory that removed something. A database that ends at
this head does not have them: make them again there before you start it.

Exit status: 0 done, 1 the audit does not continue from this head, 2 error.

JSON: a list of {\"sequence\", \"at\", \"what\", \"id\", \"changes\"}; \"changes\" if
\"what\" is \"directory\". If the audit does not continue from the head: {\"message\"}.";

const ACCEPT: &str = "\
Examples:
  clearance audit accept --database keys.db

For a database that is refused because its audit is shorter than the head in the file
`NAME.head`, or another one. Keys that were revoked after it was made are valid again:
run `clearance audit since` first. The audit gets a row about the acceptance.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"accepted\", \"noted\", \"found\"}; \"accepted\" is false if there was nothing
to accept.";

const CREATE: &str = "\
Examples:
  clearance operator create --database keys.db --name pipeline --for directory
  clearance operator create --database keys.db --name backend --for check --for keys --json

Purposes: `check` asks what any principal may do, `directory` changes people, teams,
projects and roles, `policy` manages policy versions, `keys` manages keys on behalf of
any user, `operators` makes and revokes operators while a server runs. With `--server`,
CLEARANCE_OPERATOR holds the token of an operator for `operators`, or the file that
CLEARANCE_OPERATOR_FILE names. The new operator can only have purposes that this one
has.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"id\", \"name\", \"purposes\", \"token\"}.";

const LIST: &str = "\
Examples:
  clearance operator list --database keys.db
  clearance operator list --server http://127.0.0.1:7300

Exit status: 0 done, 2 error.

JSON: a list of {\"id\", \"name\", \"purposes\", \"createdAt\", \"revokedAt\", \"shown\"}.";

const REVOKE: &str = "\
Examples:
  clearance operator revoke --database keys.db first
  clearance operator revoke --database keys.db first --yes
  clearance operator revoke --server http://127.0.0.1:7300 first --yes

Exit status: 0 done, 1 nobody confirmed, 2 error; unless it is 0, nothing was changed.

JSON: {\"id\", \"revoked\": true}.";
