//! What is said about policy versions.

use std::{num::NonZeroU64, path::PathBuf};

use clap::{Args, Subcommand};

use super::diff::{Comparison, DIFF};

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Make a policy component from a catalog, without a compiler
    #[command(after_help = BUILD)]
    Build(PolicyBuild),
    /// Print what a policy component is: digest, contract, name, version, imports, size, catalog
    #[command(after_help = INSPECT)]
    Inspect(Shown),
    /// List the versions in a folder, which one is live, and what is pinned
    #[command(after_help = LIST)]
    List(Versions),
    /// Put a signed component into a folder of versions
    #[command(after_help = ADD)]
    Add(Addition),
    /// Take a version out of a folder, but never one that answers
    #[command(after_help = REMOVE)]
    Remove(StoredVersion),
    /// Compare two policy versions: who gains and who loses what
    #[command(after_help = DIFF)]
    Diff(Comparison),
    /// Make a version the live one, if it answers all cases and changes no more than it may
    #[command(after_help = ACTIVATE)]
    Activate(Activation),
    /// Let another version than the live one answer for one organization
    #[command(after_help = PIN)]
    Pin(Pinning),
    /// Let the live version answer for an organization again
    #[command(after_help = UNPIN)]
    Unpin(Unpinning),
    /// Make a pair of keys to sign with
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
    /// Cases that the component is to carry: JSON lines as of `clearance evaluate`, each with its `now`, and `allow` or `permissions`
    #[arg(long, value_name = "FILE", requires = "directory")]
    pub(crate) cases: Option<PathBuf>,
    /// The directory that these cases are about; what is secret in it, and mail addresses, are left out
    #[arg(long, value_name = "FILE", requires = "cases")]
    pub(crate) directory: Option<PathBuf>,
    /// The component to write; what is there is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// The policy component; with `--policies` a digest, or how one begins
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
    /// The component, with its signature in a file that is named like it with `.minisig` at the end
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The folder, which is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: PathBuf,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
}

#[derive(Debug, Args)]
pub(crate) struct StoredVersion {
    /// The digest of the version, or how it begins
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Activation {
    /// The digest of the version, or how it begins
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER", required_unless_present = "server")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
    /// The directory that it must answer for, as JSON
    #[arg(long, value_name = "FILE", required_unless_present_any = ["database", "server"])]
    pub(crate) directory: Option<PathBuf>,
    /// The database that it must answer for; a server may have it open
    #[arg(long, value_name = "FILE", conflicts_with = "directory")]
    pub(crate) database: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: OnServer,
    /// What it must answer: JSON lines as of `clearance evaluate`, each with `allow` or `permissions`
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// So many permissions may be gained; any number if this is left out
    #[arg(long, value_name = "COUNT")]
    pub(crate) allow_gain: Option<u64>,
    /// So many permissions may be lost; any number if this is left out
    #[arg(long, value_name = "COUNT")]
    pub(crate) allow_loss: Option<u64>,
    /// Allow a lower version than the highest that was ever live under its name
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
    /// Allow a policy of another name than the live one
    #[arg(long)]
    pub(crate) allow_other_name: bool,
}

/// Where a version is made live at once, under the requests that come.
#[derive(Debug, Args)]
pub(crate) struct OnServer {
    /// The server where it is to be live at once, such as `http://127.0.0.1:7300`; the folder and the trust are the server's
    #[arg(long, value_name = "URL", conflicts_with_all = ["policies", "directory", "database", "trust", "allow_unsigned"])]
    pub(crate) server: Option<String>,
    /// Let it shadow the live version for so many seconds first, at most 600
    #[arg(long, value_name = "SECONDS")]
    pub(crate) shadow: Option<u64>,
    /// Compare it with the version before for so many seconds afterwards, at most 600, and take it back if that goes wrong
    #[arg(long, value_name = "SECONDS")]
    pub(crate) watch: Option<u64>,
    /// Shadow or watch for so many checks at most
    #[arg(long, value_name = "COUNT")]
    pub(crate) decisions: Option<u64>,
    /// Shadow or watch one of so many checks [default: each]
    #[arg(long, value_name = "COUNT")]
    pub(crate) every: Option<NonZeroU64>,
    /// Keep what the shadow or the watch answered otherwise in this folder, each as a file for `clearance replay`; the folder is new or
    /// empty
    #[arg(long, value_name = "FOLDER")]
    pub(crate) differences: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Pinning {
    /// The id of the organization
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: String,
    /// The digest of the version, or how it begins
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// The folder
    #[arg(long, value_name = "FOLDER", required_unless_present = "server")]
    pub(crate) policies: Option<PathBuf>,
    /// The server where it is to answer at once, such as `http://127.0.0.1:7300`; the folder and the trust are the server's
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
    /// The server where the live version is to answer at once
    #[arg(long, value_name = "URL", conflicts_with = "policies")]
    pub(crate) server: Option<String>,
}

/// Whose signature is known.
#[derive(Clone, Debug, Args)]
pub(crate) struct Keys {
    /// A public key that is trusted, as `clearance policy keygen` or minisign makes it; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
}

/// Whose signature is needed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Trusted {
    #[command(flatten)]
    pub(crate) keys: Keys,
    /// Take what no trusted key signed, with a warning: whoever can write the folder decides what is allowed
    #[arg(long)]
    pub(crate) allow_unsigned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyPair {
    /// Where the secret key goes, a file that is not there yet; the public key goes beside it, with `.pub` at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Do not encrypt the secret key: whoever can read the file can sign
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
The same catalog gives the same bytes, on every machine. The component is loaded and asked before it is written.
With `--cases` it carries cases: it is not written unless it answers them as they say, and asked them again
whenever it is to be made live.

Examples:
  clearance policy build --catalog catalog.toml --out ours.wasm
  clearance policy build --catalog catalog.toml --cases must.jsonl --directory example.json --out ours.wasm
  clearance evaluate --policy ours.wasm --directory directory.json --cases cases.jsonl

Exit status: 0 it is written, 2 the catalog has mistakes, a case is answered otherwise, or nothing can be written.

JSON: {\"digest\", \"name\", \"version\", \"size\", \"cases\"}.";

const INSPECT: &str = "\
Examples:
  clearance policy inspect langwatch.wasm
  clearance policy inspect langwatch.wasm --json
  clearance policy inspect 33a2bec0 --policies versions --trust team.pub

Exit status: 0 it is a policy, 2 it is not or cannot be read.

With `--policies`, JSON has also \"signature\", \"signedBy\" and \"live\", as of
`policy list`.";

const LIST: &str = "\
Examples:
  clearance policy list --policies versions --trust team.pub
  clearance policy list --policies versions --json

Exit status: 0 done, 2 error. A version that cannot be used is listed with what is
wrong with it.

JSON: a list of {\"digest\", \"live\", \"pinned\", \"signature\", \"signedBy\", \"name\",
\"version\", \"contract\", \"size\", \"permissions\"}, or {\"digest\", \"live\", \"pinned\",
\"problem\"}. `pinned` lists the organizations that it answers for; `live` is
`now`, `before` or `never`; `signature` is `trusted`, `unsigned`, `unchecked`
without `--trust`, `stranger` where the key is not trusted, or `wrong`.";

const ADD: &str = "\
Examples:
  clearance policy add strict.wasm --policies versions --trust team.pub
  clearance policy add strict.wasm --policies versions --allow-unsigned

A version in the folder is one that can be activated; adding it changes nothing for
anybody. What no trusted key signed is refused.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: as a row of `policy list`.";

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

In this order: the signature, what was live before, the cases that the version carries,
the cases of `--cases`, the difference to the live version over the whole directory.
A version that was live before may come back.
A running `clearance serve --policies` takes over what is live when it gets SIGHUP.

With `--server`, and an operator for `policy` in CLEARANCE_OPERATOR, it is the server
that does this, at once and while it answers requests: so the version can shadow the
live one first, and be watched afterwards.
  clearance policy activate sha256:… --server http://127.0.0.1:7300 \\
    --allow-gain 0 --shadow 60 --watch 60 --differences differences

With `--differences` the first checks that were answered otherwise are kept, 256 of
each at most, also where that stopped the version: as `shadow-001.capsule` what the
version before answered, as `watch-001.capsule` what this one did. Replay it with the
other: `clearance replay differences/shadow-001.capsule --policy new.wasm`.

Exit status: 0 it is live, 1 a stage stopped it, 2 error. Unless it is 0, nothing was
changed.

JSON: {\"digest\", \"before\", \"activated\", \"carried\", \"cases\", \"gains\",
\"losses\", \"principals\"}, and \"problem\" where it is not live; with `--server` as the
server answers, with \"shadow\" and \"watch\".";

const PIN: &str = "\
Examples:
  clearance policy pin acme 33a2bec0 --policies versions --trust team.pub
  clearance policy pin acme sha256:… --server http://127.0.0.1:7300

Every question at the organization, or at what is in it, is answered by that version,
whichever is live, and the answer names it. With `--server`, and an operator for
`policy` in CLEARANCE_OPERATOR, at once; else from the next start of
`clearance serve --policies` on, or when it gets SIGHUP. With `--server` the
organization must be there; else it may come later, and the log of the server warns.

Exit status: 0 it is pinned, 1 the server refuses, 2 error. Unless it is 0, nothing
was changed.

JSON: {\"organization\", \"digest\", \"name\", \"version\"}.";

const UNPIN: &str = "\
Examples:
  clearance policy unpin acme --policies versions
  clearance policy unpin acme --server http://127.0.0.1:7300

Exit status: 0 done, 1 the server refuses, 2 error. Unless it is 0, nothing was
changed.

JSON: {\"organization\", \"unpinned\"}, the digest of the version; with `--server`
the live version, as of `policy pin`.";

const KEYGEN: &str = "\
Examples:
  clearance policy keygen --out team.key
  clearance policy keygen --out pipeline.key --no-password

The keys are those of minisign, which can use them too. The secret key is encrypted
with a password: it is asked for, or CLEARANCE_SIGNING_PASSWORD holds it, or the
file that CLEARANCE_SIGNING_PASSWORD_FILE names.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"secretKey\", \"publicKey\"}, the names of both files.";

const SIGN: &str = "\
Examples:
  clearance policy sign strict.wasm --key team.key

Signs the bytes of the component, if it is a policy. The signature also says, and
signs, what the policy is called. The password of the key is asked for, or
CLEARANCE_SIGNING_PASSWORD holds it, or the file that
CLEARANCE_SIGNING_PASSWORD_FILE names.

Exit status: 0 done, 2 error: then nothing was changed.

JSON: {\"digest\", \"name\", \"version\", \"signature\"}, the last the name of the file.";
