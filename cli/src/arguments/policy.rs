//! The arguments of the commands for policy versions.

use std::{num::NonZeroU64, path::PathBuf};

use clap::{Args, Subcommand};

use super::diff::{Comparison, DIFF};

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Build a policy component from a catalog, without a compiler
    #[command(after_help = BUILD)]
    Build(PolicyBuild),
    /// Print what a policy component is: digest, contract, name, version, imports, size, catalog
    #[command(after_help = INSPECT)]
    Inspect(Shown),
    /// List the versions in a folder, the live one, and the pins
    #[command(after_help = LIST)]
    List(Versions),
    /// Put a signed component into a folder of versions
    #[command(after_help = ADD)]
    Add(Addition),
    /// Remove a version from a folder, but never one that is live or pinned
    #[command(after_help = REMOVE)]
    Remove(StoredVersion),
    /// Compare two policy versions: who gains and who loses what
    #[command(after_help = DIFF)]
    Diff(Comparison),
    /// Make a version live, if it passes all cases and changes no more than allowed
    #[command(after_help = ACTIVATE)]
    Activate(Activation),
    /// Pin an organization to a version, whichever version is live
    #[command(after_help = PIN)]
    Pin(Pinning),
    /// End the pin of an organization, so that the live version answers for it
    #[command(after_help = UNPIN)]
    Unpin(Unpinning),
    /// Make a pair of keys for signatures
    #[command(after_help = KEYGEN)]
    Keygen(KeyPair),
    /// Sign a component
    #[command(after_help = SIGN)]
    Sign(Signing),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyBuild {
    /// The catalog: permissions, implications, lists, categories, and what keys need, as TOML
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: PathBuf,
    /// The cases that the component carries: lines of `clearance evaluate`, each with `now`, and `allow` or `permissions`
    #[arg(long, value_name = "FILE", requires = "directory")]
    pub(crate) cases: Option<PathBuf>,
    /// The directory of these cases; secrets and mail addresses in it are left out
    #[arg(long, value_name = "FILE", requires = "cases")]
    pub(crate) directory: Option<PathBuf>,
    /// The component to write; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// The policy component; with `--policies` a digest, or its first characters
    #[arg(value_name = "FILE|DIGEST")]
    pub(crate) what: PathBuf,
    /// The folder that has the version
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: Keys,
}

#[derive(Debug, Args)]
pub(crate) struct Versions {
    /// The folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: PathBuf,
    #[command(flatten)]
    pub(crate) keys: Keys,
}

#[derive(Debug, Args)]
pub(crate) struct Addition {
    /// The component; its signature is in the file with the same name and `.minisig` at the end
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The folder, which is made if it does not exist
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: PathBuf,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
}

#[derive(Debug, Args)]
pub(crate) struct StoredVersion {
    /// The digest of the version, or its first characters
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Activation {
    /// The digest of the version, or its first characters
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER", required_unless_present = "server")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// The directory that the cases and the difference are about, as JSON
    #[arg(long, value_name = "FILE", required_unless_present_any = ["database", "server"])]
    pub(crate) directory: Option<PathBuf>,
    /// The database that the cases and the difference are about; a server may have it open
    #[arg(long, value_name = "FILE", conflicts_with = "directory")]
    pub(crate) database: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: OnServer,
    /// Cases that the version must pass: lines of `clearance evaluate`, each with `allow` or `permissions`
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// The most permissions that principals may gain [default: any number]
    #[arg(long, value_name = "COUNT")]
    pub(crate) allow_gain: Option<u64>,
    /// The most permissions that principals may lose [default: any number]
    #[arg(long, value_name = "COUNT")]
    pub(crate) allow_loss: Option<u64>,
    /// Allow a lower version than the highest that was ever live under its name
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
    /// Allow a policy of another name than the live one
    #[arg(long)]
    pub(crate) allow_other_name: bool,
}

/// A server that makes a version live at once, while it answers requests.
#[derive(Debug, Args)]
pub(crate) struct OnServer {
    /// The server that makes it live at once, such as `http://127.0.0.1:7300`; it has its own folder and trusted keys
    #[arg(long, value_name = "URL", conflicts_with_all = ["policies", "directory", "database", "trust", "allow_unsigned"])]
    pub(crate) server: Option<String>,
    /// Seconds, at most 600, for which it first shadows the live version
    #[arg(long, value_name = "SECONDS")]
    pub(crate) shadow: Option<u64>,
    /// Seconds, at most 600, for which it is then compared with the version before, which comes back if that goes wrong
    #[arg(long, value_name = "SECONDS")]
    pub(crate) watch: Option<u64>,
    /// The most checks to shadow or watch
    #[arg(long, value_name = "COUNT")]
    pub(crate) decisions: Option<u64>,
    /// Shadow or watch one check of this number [default: each]
    #[arg(long, value_name = "COUNT")]
    pub(crate) every: Option<NonZeroU64>,
    /// Write each difference that the shadow or the watch finds into this new or empty folder, as a file for `clearance replay`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) differences: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Pinning {
    /// The id of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: String,
    /// The digest of the version, or its first characters
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER", required_unless_present = "server")]
    pub(crate) policies: Option<PathBuf>,
    /// The server where it answers at once, such as `http://127.0.0.1:7300`; it has its own folder and trusted keys
    #[arg(long, value_name = "URL", conflicts_with_all = ["policies", "trust", "allow_unsigned"])]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// Allow a lower version than the highest that was ever live under its name
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
    /// Allow a policy of another name than the live one
    #[arg(long)]
    pub(crate) allow_other_name: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Unpinning {
    /// The id of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: String,
    /// The folder
    #[arg(long, value_name = "FOLDER", required_unless_present = "server")]
    pub(crate) policies: Option<PathBuf>,
    /// The server where the live version answers at once
    #[arg(long, value_name = "URL", conflicts_with = "policies")]
    pub(crate) server: Option<String>,
}

/// The public keys that are known.
#[derive(Clone, Debug, Args)]
pub(crate) struct Keys {
    /// A trusted public key, as `clearance policy keygen` or minisign makes it; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
}

/// The signatures that a version needs.
#[derive(Clone, Debug, Args)]
pub(crate) struct Trusted {
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Accept versions that no trusted key signed, with a warning: anybody who can write the folder then decides what is allowed
    #[arg(long)]
    pub(crate) allow_unsigned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyPair {
    /// The file for the secret key, which must not exist; the public key goes beside it, with `.pub` at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Do not encrypt the secret key: anybody who can read the file can sign
    #[arg(long)]
    pub(crate) no_password: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// The component; its signature goes beside it, with `.minisig` at the end
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The secret key, as `clearance policy keygen` makes it, or minisign with a password
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
}

const BUILD: &str = "\
The same catalog gives the same bytes on every machine. The command loads the component
and asks it before it writes it. With `--cases` the component carries cases: it is only
written if it passes them, and every activation asks them again.

Examples:
  clearance policy build --catalog catalog.toml --out ours.wasm
  clearance policy build --catalog catalog.toml --cases must.jsonl --directory example.json --out ours.wasm
  clearance evaluate --policy ours.wasm --directory directory.json --cases cases.jsonl

Exit status: 0 written, 2 the catalog has mistakes, a case fails, or the file cannot be
written.

JSON: {\"digest\", \"name\", \"version\", \"size\", \"cases\"}.";

const INSPECT: &str = "\
Examples:
  clearance policy inspect langwatch.wasm
  clearance policy inspect langwatch.wasm --json
  clearance policy inspect 33a2bec0 --policies versions --trust team.pub

Exit status: 0 it is a policy, 2 it is not, or it cannot be read.

With `--policies`, JSON also has \"signature\", \"signedBy\" and \"live\", as in
`policy list`.";

const LIST: &str = "\
Examples:
  clearance policy list --policies versions --trust team.pub
  clearance policy list --policies versions --json

Exit status: 0 done, 2 error. A version that cannot be used is listed with its
problem.

JSON: a list of {\"digest\", \"live\", \"pinned\", \"signature\", \"signedBy\", \"name\",
\"version\", \"contract\", \"size\", \"permissions\"}, or {\"digest\", \"live\", \"pinned\",
\"problem\"}. `pinned` lists the organizations that are pinned to it; `live` is
`now`, `before` or `never`; `signature` is `trusted`, `unsigned`, `unchecked`
without `--trust`, `stranger` where the key is not trusted, or `wrong`.";

const ADD: &str = "\
Examples:
  clearance policy add strict.wasm --policies versions --trust team.pub
  clearance policy add strict.wasm --policies versions --allow-unsigned

A version in the folder can be activated or pinned. Adding it changes no answer. A
version that no trusted key signed is refused.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: one object of `policy list`.";

const REMOVE: &str = "\
Examples:
  clearance policy remove 33a2bec0 --policies versions

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"digest\", \"removed\": true}.";

const ACTIVATE: &str = "\
Examples:
  clearance policy activate 33a2bec0 --policies versions --trust team.pub --database keys.db
  clearance policy activate 33a2bec0 --policies versions --trust team.pub \\
    --directory company.json --cases must.jsonl --allow-gain 0

The version must pass these stages in order: its signature, the history of what was
live, the cases that it carries, the cases of `--cases`, the difference to the live
version over the whole directory. A version that was live before may come back. A
running `clearance serve --policies` follows the folder when it gets SIGHUP.

With `--server`, and an operator for `policy` in CLEARANCE_OPERATOR, the server does
this at once, while it answers requests. There the version can shadow the live one
first, and be watched afterwards.
  clearance policy activate sha256:… --server http://127.0.0.1:7300 \\
    --allow-gain 0 --shadow 60 --watch 60 --differences differences

With `--differences` the command keeps the first checks that the two versions answered
differently, at most 256 of each stage, also if they stopped the version.
`shadow-001.capsule` has the answer of the version before, and `watch-001.capsule` that
of this one. Replay it with the other version:
`clearance replay differences/shadow-001.capsule --policy new.wasm`.

Exit status: 0 it is live, 1 a stage stopped it, 2 error. Unless it is 0, nothing was
changed.

JSON: {\"digest\", \"before\", \"activated\", \"carried\", \"cases\", \"gains\",
\"losses\", \"principals\"}, and \"problem\" if it is not live; with `--server` the
answer of the server, with \"shadow\" and \"watch\".";

const PIN: &str = "\
Examples:
  clearance policy pin acme 33a2bec0 --policies versions --trust team.pub
  clearance policy pin acme sha256:… --server http://127.0.0.1:7300

That version answers every question at the organization, its teams and its projects,
whichever version is live, and the answer names it. With `--server`, and an operator
for `policy` in CLEARANCE_OPERATOR, it does so at once. Without `--server` it does from
the next start of `clearance serve --policies` on, or from SIGHUP on. With `--server`
the organization must exist. Without it the organization may be added later, and the
log of the server warns.

Exit status: 0 it is pinned, 1 the server refuses, 2 error. Unless it is 0, nothing
was changed.

JSON: {\"organization\", \"digest\", \"name\", \"version\"}.";

const UNPIN: &str = "\
Examples:
  clearance policy unpin acme --policies versions
  clearance policy unpin acme --server http://127.0.0.1:7300

Exit status: 0 done, 1 the server refuses, 2 error. Unless it is 0, nothing was
changed.

JSON: {\"organization\", \"unpinned\"}, with the digest of the version; with `--server`
the live version, as in `policy pin`.";

const KEYGEN: &str = "\
Examples:
  clearance policy keygen --out team.key
  clearance policy keygen --out pipeline.key --no-password

The keys have the format of minisign, which can use them too. A password encrypts the
secret key: the command asks for it, or CLEARANCE_SIGNING_PASSWORD holds it, or the
file that CLEARANCE_SIGNING_PASSWORD_FILE names.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"secretKey\", \"publicKey\"}, the names of both files.";

const SIGN: &str = "\
Examples:
  clearance policy sign strict.wasm --key team.key

Signs the bytes of the component, if it is a policy. The signature also covers the name
of the policy. The command asks for the password of the key, or
CLEARANCE_SIGNING_PASSWORD holds it, or the file that
CLEARANCE_SIGNING_PASSWORD_FILE names.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"digest\", \"name\", \"version\", \"signature\"}, the last with the name of its file.";
