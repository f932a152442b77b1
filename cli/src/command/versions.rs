//! `clearance policy list`, `add` and `remove`: a folder of versions.

use std::{fmt::Write as _, fs};

use anyhow::Context;
use clearance::{Digest, PolicyVersion};
use clearance_rollout::{StoredVersion as Stored, VersionStore};
use serde::Serialize;

use crate::{
    arguments::{Addition, StoredVersion, Versions},
    code_cache, input,
    report::{GOOD, HEAD, Report, on_one_line},
    table::Table,
    versions::{self, Live, Look, SignatureFields},
};

/// The number of characters of a digest that are shown where there is little room. They are enough to name it.
const SHOWN_DIGEST_CHARS: usize = "sha256:".len() + 12;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    digest: String,
    live: Live,
    /// The organizations that it answers for, whichever version is live.
    pinned: Vec<String>,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
#[serde(untagged)]
enum What {
    Version {
        #[serde(flatten)]
        signature: SignatureFields,
        name: String,
        version: String,
        contract: String,
        /// In bytes.
        size: usize,
        /// How many the catalog has.
        permissions: usize,
    },
    Problem {
        problem: String,
    },
}

impl What {
    fn of(version: &PolicyVersion, signature: SignatureFields) -> Self {
        let description = version.description();
        Self::Version {
            signature,
            name: description.policy.clone(),
            version: description.version.clone(),
            contract: version.contract().to_owned(),
            size: version.size(),
            permissions: description.permissions.len(),
        }
    }
}

pub(crate) fn list(Versions { policies, keys }: &Versions, json: bool) -> anyhow::Result<Report> {
    let look = Look::at(policies, keys)?;
    let row = |digest: Digest| {
        let what = match look.version(digest) {
            Ok(Stored { version, signed, .. }) => What::of(&version, (&signed).into()),
            Err(error) => What::Problem { problem: format!("{:#}", anyhow::Error::from(error)) },
        };
        Row { digest: digest.to_string(), live: look.live(digest), pinned: look.pinned(digest), what }
    };
    let rows: Vec<Row> = look.store.list()?.into_iter().map(row).collect();
    if json {
        return Report::json(&rows);
    }
    if rows.is_empty() {
        return Ok(Report::success(format!("no versions in {}\n", input::name(policies))));
    }
    let mut table = Table::new(["DIGEST", "POLICY", "LIVE", "SIGNED", "CONTRACT", "PERMISSIONS"]);
    let mut problems = String::new();
    for Row { digest, live, pinned, what } in rows {
        let short: String = digest.chars().take(SHOWN_DIGEST_CHARS).collect();
        let mut live = live.word().to_owned();
        if !pinned.is_empty() {
            let join = if live.is_empty() { "" } else { ", " };
            write!(live, "{join}for {}", pinned.join(", "))?;
        }
        match what {
            What::Version { signature, name, version, contract, permissions, .. } => {
                let policy = format!("{name} {version}");
                table.row([short, policy, live, signature.words(), contract, permissions.to_string()]);
            }
            What::Problem { problem } => {
                writeln!(problems, "{short}: {}", on_one_line(&problem))?;
                table.row([short, "cannot be used".into(), live, String::new(), String::new(), String::new()]);
            }
        }
    }
    let end = if problems.is_empty() { String::new() } else { format!("\n{problems}") };
    Ok(Report::success(format!("{table}{end}")))
}

pub(crate) fn add(Addition { file, policies, trusted }: &Addition, json: bool) -> anyhow::Result<Report> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", input::name(file)))?;
    let signature = versions::signature_beside(file)?;
    let trust = versions::trust(trusted)?;
    let engine = code_cache::engine()?;
    // Before a folder is made that stays empty.
    trust.verify(&bytes, signature.as_deref()).with_context(|| input::name(file))?;
    engine.load(&bytes).with_context(|| input::name(file))?;
    let store = VersionStore::create(policies)?;
    let Stored { version, signed, .. } = store.add(&engine, &trust, &bytes, signature.as_deref())?;
    versions::warn(&signed);

    let digest = version.digest();
    let signature = SignatureFields::from(&signed);
    if json {
        let history = store.history()?;
        let live = versions::live_in(&history, digest);
        let pinned = versions::pinned_to(&store.pins()?, digest);
        return Report::json(&Row { digest: digest.to_string(), live, pinned, what: What::of(&version, signature) });
    }
    let description = version.description();
    let mut text = String::new();
    writeln!(text, "{GOOD}added{GOOD:#}   {} {}, {digest}", description.policy, description.version)?;
    writeln!(text, "{HEAD}signed{HEAD:#}  {}", on_one_line(&signature.words()))?;
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct Removed {
    digest: String,
    removed: bool,
}

pub(crate) fn remove(StoredVersion { digest, policies }: &StoredVersion, json: bool) -> anyhow::Result<Report> {
    let store = VersionStore::open(policies)?;
    let digest = store.find(digest)?;
    store.remove(digest)?;
    if json {
        return Report::json(&Removed { digest: digest.to_string(), removed: true });
    }
    Ok(Report::success(format!("{GOOD}removed{GOOD:#} {digest}\n")))
}
