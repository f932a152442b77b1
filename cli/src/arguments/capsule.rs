//! The arguments for a question whose answer is kept.

use std::path::PathBuf;

use clap::Args;

use super::{policy::Keys, question::Question};

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Write the decision, with everything that is needed to repeat it, to this file; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) capsule: Option<PathBuf>,
    /// Sign the capsule with this secret key, as `clearance policy keygen` makes it
    #[arg(long, value_name = "FILE", requires = "capsule")]
    pub(crate) capsule_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The capsule, as `clearance check --capsule` writes it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Ask this version instead of the one that decided: a component, `langwatch` or `strict`
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "policies")]
    pub(crate) policy: Option<PathBuf>,
    /// The folder that has the version that decided, unless it is built in
    #[arg(long, value_name = "FOLDER")]
    pub(crate) policies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: Keys,
}

pub(super) const CHECK: &str = "\
Examples:
  clearance check --directory company.json --key ci --permission prompts:view --project shop
  clearance check --directory company.json --user ben --permission team:manage --team web --json
  clearance check --directory company.json --project-key shop --permission cost:view --team web
  clearance check --directory company.json --key ci --permission prompts:view --project shop \\
    --capsule ci.capsule

Exit status: 0 allow, 1 deny, 2 error. An unknown principal, permission or place is denied.

A capsule holds no secret. Read it with `clearance replay`.

JSON: {\"allow\", \"reason\", \"policy\"}, and \"binding\" if the reason is `binding`.";

pub(super) const REPLAY: &str = "\
Examples:
  clearance replay ci.capsule
  clearance replay ci.capsule --policies versions
  clearance replay ci.capsule --policy strict --json
  clearance replay ci.capsule --trust server.key.pub

The command looks for the version that decided among the built-in ones and in
`--policies`. With `--trust` it refuses a capsule that none of these keys signed.

Exit status: 0 the same answer, step by step, 1 another answer, 2 error.

JSON: {\"policy\", \"contract\", \"principal\", \"permission\", \"at\", \"now\", \"signature\", \"signedBy\",
\"facts\", \"recorded\", \"replayed\", \"differences\"}: the answers as in `explain`, and a
list of {\"field\", \"recorded\", \"replayed\"}.";
