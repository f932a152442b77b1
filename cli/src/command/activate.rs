//! `clearance policy activate`: a version becomes the live one of a folder.

use std::{error::Error, fmt::Write as _};

use anyhow::{Context, anyhow, bail};
use clearance::{Authorizer, PolicyVersion, VersionLabel};
use clearance_rollout::{
    ActivationLog, ActivationPlan, ActivationStage, Case, Exceptions, StageError, StoredVersion, VersionStore, activate,
};
use serde::Serialize;

use crate::{
    arguments::{Activation, Source},
    code_cache,
    command::activate_on_server,
    input,
    report::{BAD, GOOD, HEAD, Report, Status, on_one_line},
    versions,
};

#[derive(Serialize)]
struct Activated {
    digest: String,
    before: String,
    activated: bool,
    /// How many cases the version carries, once it has answered them.
    carried: Option<usize>,
    cases: Option<usize>,
    gains: Option<u64>,
    losses: Option<u64>,
    principals: Option<usize>,
    /// The first stage that was not passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Records a version in the history of the folder.
struct FolderLog<'a> {
    store: &'a VersionStore,
    running: &'a VersionLabel,
    exceptions: Exceptions,
}

impl ActivationLog for FolderLog<'_> {
    type Held = ();

    /// Nobody else changes the directory: this process has a copy.
    fn hold(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }

    fn record(&mut self, (): &(), version: &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> {
        let at = input::clock()?.millis();
        self.store.record(&version.label(), self.running, self.exceptions, at)?;
        Ok(())
    }
}

pub(crate) fn run(arguments: &Activation, json: bool) -> anyhow::Result<Report> {
    let Activation { digest, policies, trusted, directory, database, live, cases, allow_gain, allow_loss, .. } = arguments;
    if let Some(server) = &live.server {
        return activate_on_server::run(server, arguments, json);
    }
    if live.shadow.or(live.watch).or(live.decisions).is_some() || live.every.is_some() || live.differences.is_some() {
        bail!(
            "`--shadow`, `--watch`, `--decisions`, `--every` and `--differences` are about the requests that a server answers: name it \
             with `--server`"
        );
    }
    let policies = policies.as_deref().context("name the folder with `--policies`")?;
    let source = Source { directory: directory.clone(), database: database.clone() };
    let Activation { allow_downgrade, allow_other_name, .. } = arguments;
    let exceptions = Exceptions { downgrade: *allow_downgrade, other_name: *allow_other_name };
    let cases = match cases {
        Some(file) => Case::read_all(&input::read_text(file)?).map_err(|error| anyhow!("{}: {error}", input::name(file)))?,
        None => Vec::new(),
    };
    let directory = input::directory(&source)?;
    let live = versions::live(policies, trusted)?;
    let store = VersionStore::open(policies)?;
    let StoredVersion { version, signed, .. } =
        store.get(&code_cache::engine()?, &versions::trust(trusted)?, store.find(digest)?)?;
    versions::warn(&signed);
    // Said before anything takes long.
    store.history()?.permits(&version.label(), &live.label(), exceptions)?;

    let running = live.label();
    let authorizer = Authorizer::builder(live, directory).build_on_stored();
    let plan = ActivationPlan { cases, most_gains: *allow_gain, most_losses: *allow_loss, ..ActivationPlan::default() };
    let mut log = FolderLog { store: &store, running: &running, exceptions };
    let mut stages = Vec::new();
    let outcome = activate(&authorizer, &version, &plan, &mut log, &mut stages);
    if let Err(error @ (StageError::Record(_) | StageError::Directory(_) | StageError::Busy)) = outcome {
        return Err(error.into());
    }
    let problem = outcome.err().map(|error| format!("{:#}", anyhow::Error::from(error)));
    let status = if problem.is_none() { Status::Good } else { Status::Bad };

    let mut activated = Activated {
        digest: version.digest().to_string(),
        before: running.digest.to_string(),
        activated: problem.is_none(),
        carried: None,
        cases: None,
        gains: None,
        losses: None,
        principals: None,
        problem,
    };
    let mut text = String::new();
    for stage in &stages {
        match stage {
            ActivationStage::Carried { cases } => {
                activated.carried = Some(*cases);
                writeln!(text, "{HEAD}carried{HEAD:#} {cases} cases of its own answered as they say")?;
            }
            ActivationStage::Cases { cases } => {
                activated.cases = Some(*cases);
                writeln!(text, "{HEAD}cases{HEAD:#}   {cases} answered as they say")?;
            }
            ActivationStage::Diff { gains, losses, principals, asked } => {
                (activated.gains, activated.losses, activated.principals) = (Some(*gains), Some(*losses), Some(*principals));
                writeln!(text, "{HEAD}diff{HEAD:#}    {gains} gained, {losses} lost, by {principals} of {asked} principals")?;
            }
            _ => {}
        }
    }
    if json {
        return Ok(Report::json(&activated)?.with_status(status));
    }
    let policy = &version.label();
    match &activated.problem {
        None => writeln!(text, "{GOOD}live{GOOD:#}    {} {}, {}", policy.name, policy.semver, policy.digest)?,
        Some(problem) => writeln!(text, "{BAD}refused{BAD:#} {}; {} is still live", on_one_line(problem), running.digest)?,
    }
    Ok(Report::success(text).with_status(status))
}
