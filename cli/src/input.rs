//! Files that are read, and what they become.

use std::{
    fs,
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow, bail};
use clearance::{Authorizer, Directory, Document, PolicyVersion, document::Timestamp};
use clearance_host::{LANGWATCH, STRICT};

use clearance_keeper::Keeper;
use clearance_store::{Peppers, SqliteStore};

use crate::{
    arguments::{Data, Database, Source},
    code_cache,
};

/// An authorizer, and the moment of its questions.
pub(crate) fn open(data: &Data) -> anyhow::Result<(Authorizer, Timestamp)> {
    let directory = directory(&data.source)?;
    let version = policy(data.policy.policy.as_deref())?;
    Ok((Authorizer::builder(version, directory).build_on_stored(), data.now.map_or_else(clock, Ok)?))
}

/// The directory that is asked about.
pub(crate) fn directory(source: &Source) -> anyhow::Result<Directory> {
    match source {
        Source { directory: Some(file), database: None } => Directory::from_json(&read_text(file)?).with_context(|| name(file)),
        Source { directory: None, database: Some(file) } => {
            Directory::from_stored(SqliteStore::read(file)?).with_context(|| name(file))
        }
        _ => bail!("name exactly one of `--directory` and `--database`"),
    }
}

/// A document that would load.
pub(crate) fn document(source: &Source) -> anyhow::Result<Document> {
    match &source.directory {
        Some(file) => document_in_file(file),
        None => directory(source).map(|directory| directory.document()),
    }
}

/// A document in a directory file, that would load.
pub(crate) fn document_in_file(file: &Path) -> anyhow::Result<Document> {
    let text = read_text(file)?;
    Directory::from_json(&text).with_context(|| name(file))?;
    Document::from_json(&text).with_context(|| name(file))
}

/// A database whose audit is read. A server may have it open.
pub(crate) fn store_to_read(Database { database }: &Database) -> anyhow::Result<SqliteStore> {
    Ok(SqliteStore::open_read_only(database, peppers()?)?)
}

/// A database to be changed, under the policy in a file or the default one. Nobody else has it open for writing.
pub(crate) fn keeper(database: &Path, policy: Option<&Path>) -> anyhow::Result<Keeper> {
    keeper_under(database, || self::policy(policy))
}

/// The same, under another policy.
pub(crate) fn keeper_under(database: &Path, policy: impl FnOnce() -> anyhow::Result<PolicyVersion>) -> anyhow::Result<Keeper> {
    let store = SqliteStore::open(database, peppers()?)?;
    Ok(Keeper::open(Arc::new(store), policy()?)?)
}

/// A database to be read, under the policy in a file or the default one. A server may have it open.
pub(crate) fn keeper_that_reads(database: &Path, policy: Option<&Path>) -> anyhow::Result<Keeper> {
    let store = SqliteStore::open_read_only(database, peppers()?)?;
    Ok(Keeper::open(Arc::new(store), self::policy(policy)?)?)
}

/// The peppers that the environment gives.
pub(crate) fn peppers() -> anyhow::Result<Peppers> {
    Ok(Peppers::from_environment()?)
}

/// The policy that is asked for, or the default one.
pub(crate) fn policy(policy: Option<&Path>) -> anyhow::Result<PolicyVersion> {
    match policy {
        Some(file) => policy_file(file),
        None => load(LANGWATCH).context("the built-in policy cannot run"),
    }
}

/// The policy that goes by this name, or else the one in the file.
pub(crate) fn named_policy(named: &Path) -> anyhow::Result<PolicyVersion> {
    match named.to_str() {
        Some("langwatch") => policy(None),
        Some("strict") => load(STRICT).context("the built-in strict policy cannot run"),
        _ => policy_file(named),
    }
}

/// The policy in a file.
pub(crate) fn policy_file(file: &Path) -> anyhow::Result<PolicyVersion> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", name(file)))?;
    load(&bytes).with_context(|| name(file))
}

/// The policy that these bytes are.
pub(crate) fn load(bytes: &[u8]) -> anyhow::Result<PolicyVersion> {
    Ok(code_cache::engine()?.load(bytes)?)
}

/// The text of a file; `-` is standard input where `stdin` says so.
pub(crate) fn read_text_or_stdin(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() != "-" {
        return read_text(file);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    text(bytes, file)
}

/// The text of a file.
pub(crate) fn read_text(file: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", name(file)))?;
    text(bytes, file)
}

fn text(bytes: Vec<u8>, file: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        anyhow!("{}: line {line}: this is not UTF-8, write the file as UTF-8", name(file))
    })
}

/// A file, for messages.
pub(crate) fn name(file: &Path) -> String {
    if file.as_os_str() == "-" { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}

/// The time.
pub(crate) fn clock() -> anyhow::Result<Timestamp> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let millis = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok());
    millis
        .and_then(Timestamp::from_millis)
        .context("the clock of this machine is not between 1970 and 9999, give the time with `--now`")
}
