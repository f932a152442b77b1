//! What is said about a database.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use clearance_server::{IpNet, Listen};
use clearance_store::Purpose;

use super::{Home, Policy, Trusted};

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
    /// The copy to make, a file that is not there yet
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
    /// Take the backup as it is, although its write-ahead log is lost, and what was written last with it
    #[arg(long)]
    pub(crate) without_log: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The directory to begin with, as JSON; hashes of secrets in it are kept
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: PathBuf,
    /// The database to make, a file that is not there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The database, which nobody else may have open for writing
    #[arg(long, value_name = "FILE")]
    pub(crate) database: PathBuf,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Run the version that was live last by the history of this folder; the built-in one if none ever was
    #[arg(long, value_name = "FOLDER", conflicts_with = "policy")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// Start though the audit says that a version was live or an organization pinned, and the folder does not; the audit will say so
    #[arg(long)]
    pub(crate) accept_lost_history: bool,
    /// What `clearance audit head` printed earlier: a database whose audit is shorter or another one is refused
    #[arg(long, value_name = "COUNT:DIGEST")]
    pub(crate) audit_head: Option<Head>,
    /// Where to listen: `127.0.0.1:7300`, `localhost:7300`, `unix:/run/clearance.sock`, or `inherited` for a socket that was handed over;
    /// port 0 is any that is free
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

/// How connections are treated.
#[derive(Debug, Args)]
pub(crate) struct Connections {
    /// Believe what proxies with these addresses say in `X-Forwarded-For` or `Forwarded` about where a request comes from; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = network)]
    pub(crate) trusted_proxy: Vec<IpNet>,
    /// Connections at once from one address that is no trusted proxy; 0 is any number
    #[arg(long, value_name = "NUMBER", default_value_t = 1024)]
    pub(crate) connections_per_address: usize,
    /// Keep a connection without a request for this long
    #[arg(long, value_name = "SECONDS", default_value_t = 75)]
    pub(crate) keep_alive: u64,
    /// Answer for this long after the word to stop, while `/readyz` says that others should be asked
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) drain: u64,
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| format!("`{text}` is no network: write `10.0.0.0/8` or `192.0.2.1`"))
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Print the last rows of the audit, oldest first
    #[command(after_help = TAIL)]
    Tail(Tail),
    /// Print how many rows the audit has and the digest of the last: note it elsewhere
    #[command(after_help = HEAD)]
    Head(Database),
    /// See whether a row of the audit was changed, taken out or cut off, and whether keys and operators are as it says
    #[command(after_help = VERIFY)]
    Verify(Verify),
    /// List what was revoked since a head: what an older database lets in again
    #[command(after_help = SINCE)]
    Since(Since),
    /// Take a database that is older than the head noted beside it as the one that is meant
    #[command(after_help = ACCEPT)]
    Accept(Database),
}

#[derive(Debug, Args)]
pub(crate) struct Since {
    #[command(flatten)]
    pub(crate) database: Database,
    /// What `clearance audit head` prints of the older database
    #[arg(value_name = "COUNT:DIGEST")]
    pub(crate) head: Head,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    pub(crate) database: Database,
    /// How many rows
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 20)]
    pub(crate) count: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) database: Database,
    /// What `clearance audit head` printed earlier; without it nobody can tell whether the end was cut off
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
    /// What people know it by
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: String,
    /// What it is for, and nothing else: `check`, `directory`, `policy`, `keys` or `operators`; may be repeated
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
    /// Do not ask first
    #[arg(long)]
    pub(crate) yes: bool,
}

pub(super) const INIT: &str = "\
Examples:
  clearance init --directory company.json --database keys.db

Makes one file, and prints the token of the first operator, this once. Users,
roles, bindings and the rest come from the directory file. A key keeps the hash
of its secret, if the file has one: whoever holds the token goes on using it.

The pepper is a secret of at least 16 characters that hashes are made with, such
as `openssl rand -base64 32` prints: put it into a file that no other user can read,
and the name of that file into CLEARANCE_PEPPER_FILE. CLEARANCE_PEPPER may hold it
instead. The database is of no use without it: keep a copy, and not beside the
database.

Exit status: 0 done, 2 error: then there is no database.

JSON: {\"database\", \"operator\": {\"id\", \"purposes\", \"token\"}}.";

pub(super) const SERVE: &str = "\
Examples:
  clearance serve --database keys.db --listen 127.0.0.1:7300
  clearance serve --database keys.db --listen 127.0.0.1:7300 --session-listen 127.0.0.1:7301 --session-peer 127.0.0.1
  clearance serve --database keys.db --listen 127.0.0.1:7300 --policies versions --trust team.pub
  clearance serve --database keys.db --listen unix:/run/clearance/gate.sock
  clearance serve --database keys.db --listen 10.0.0.5:7300 --trusted-proxy 10.0.0.0/24

With `--policies`, a version that was live and is missing, damaged or not signed by
a trusted key stops the start: no other is taken in its place. So does a folder that
remembers less than the audit of the database says was live and pinned, and leaving
the folder out.

Prints `listening on http://ADDRESS` when it is ready, and logs to standard error,
a JSON object a line. Lines that cannot be written are dropped and counted.

SIGTERM and SIGINT stop it: `/readyz` answers 503, requests go on for `--drain`
seconds, which a second signal ends, and what is under way then is finished. SIGHUP
makes it follow the folder of `--policies`, and does nothing without one.

A socket that was handed over (`LISTEN_FDS`) stays open while the server is started
again: with `--listen inherited`, new connections wait for the next one.

A socket in the file system can be connected to by the user and the group of the
server. A file that a server left there is replaced.

With `--trusted-proxy`, the log and the audit name the last address that no trusted
proxy has. Whoever connects from elsewhere, or to the listener for signed-in users,
is judged by the address of the connection.

An application that asks on behalf of signed-in users shows a secret of at least
16 characters, which CLEARANCE_SESSION_SECRET holds, or the file that
CLEARANCE_SESSION_SECRET_FILE names. It connects to a listener of its own.

There is no TLS here: put a reverse proxy in front of it where clients are on
other machines.

Exit status: 0 stopped as it was told, 2 error.";

pub(super) const EXPORT: &str = "\
Examples:
  clearance export --database keys.db > company.json

Prints a directory file. No hash of a secret and no project key is in it, so a
database made from it knows the keys, and nobody can use them. Needs no pepper,
and works beside a server.

Exit status: 0 done, 2 error. The output is JSON with and without `--json`.";

pub(super) const BACKUP: &str = "\
Examples:
  clearance backup --database keys.db --to /backups/keys-monday.db

Copies all that was written until now, also while a server has the database open.
Needs no pepper. The copy is one file, which its owner alone can read, and it is
checked to be whole. Prints where its audit ends (COUNT:DIGEST): note it elsewhere.

Exit status: 0 done, 2 error: then there is no copy.

JSON: {\"backup\", \"head\"}.";

pub(super) const RESTORE: &str = "\
Examples:
  clearance restore --from /backups/keys-monday.db --database keys.db

Checks the backup and its audit, and puts a copy of it in the place of the database.
What was there before is kept, as `keys.db.replaced-1`. No server may have the
database open. The audit gets a row that says that it was restored.

Keys and operators that were revoked after the backup was made are valid again, and
those that were made after it are gone: revoke anew, before you serve.

Exit status: 0 done, 2 error: then the database is as it was.

JSON: {\"database\", \"backup\", \"head\"}, the ends of the audit of the backup and of
the restored database, and \"replaced\" where there was a database before.";

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
and both as they are printed without `--json`.";

const VERIFY: &str = "\
Examples:
  clearance audit verify --database keys.db --head \"$(cat head-of-yesterday)\"

Reads every row, and then holds what is stored of keys, operators and their
credentials against it: creations, owners, modes, expiries, purposes and
revocations.

Exit status: 0 the audit is whole and says what is stored, 1 it is not, 2 error.

JSON: {\"whole\", \"message\"}, \"head\" where the audit is whole, and \"differences\"
and \"differencesCount\" where something is stored otherwise than it says.";

const SINCE: &str = "\
Examples:
  clearance audit since --database newer.db \"$(clearance audit head --database restored.db)\"

Asked of the newer database. Lists revoked keys and operators, regenerated project
keys, and changes of the directory that took something away: all of it counts for
nothing in a database that ends at this head. Do it again there, then start it.

Exit status: 0 done, 1 the audit does not go on from this head, 2 error.

JSON: a list of {\"sequence\", \"at\", \"what\", \"id\", \"changes\"}; \"changes\" where
\"what\" is \"directory\". Where the audit does not go on from the head: {\"message\"}.";

const ACCEPT: &str = "\
Examples:
  clearance audit accept --database keys.db

For a database that is refused because its audit is shorter than the head in the
file `NAME.head`, or another one. What was revoked since it was made counts again:
see `clearance audit since` first. The audit says that it was accepted.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"accepted\", \"noted\", \"found\"}; \"accepted\" is false where there was nothing
to accept.";

const CREATE: &str = "\
Examples:
  clearance operator create --database keys.db --name pipeline --for directory
  clearance operator create --database keys.db --name backend --for check --for keys --json

Purposes: `check` asks what anybody may do, `directory` changes people, teams,
projects and roles, `policy` manages policy versions, `keys` manages keys in the
name of any user, `operators` makes and revokes operators while a server runs. With
`--server`, CLEARANCE_OPERATOR holds the token of an operator for `operators`, or
the file that CLEARANCE_OPERATOR_FILE names; it makes none for what it is not for.

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

Exit status: 0 done, 1 the answer was no, 2 error; but for 0 nothing was changed.

JSON: {\"id\", \"revoked\": true}.";
