//! The arguments for a comparison of two policy versions.

use std::path::PathBuf;

use clap::Args;
use clearance::document::Timestamp;

use super::question::Source;

#[derive(Debug, Args)]
pub(crate) struct Comparison {
    /// The policy component to compare with, or `langwatch` or `strict` for a built-in one
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The policy component to compare, or `langwatch` or `strict`
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) source: Source,
    /// Ask as of this moment, RFC 3339 such as `2026-01-02T00:00:00Z` [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Draw the gains and losses of each role into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// The most permissions that principals may gain
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) allow_gain: u64,
    /// The most permissions that principals may lose [default: any number]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) allow_loss: Option<u64>,
}

pub(super) const DIFF: &str = "\
Examples:
  clearance policy diff langwatch strict --directory company.json
  clearance policy diff old.wasm new.wasm --database keys.db --svg diff.svg
  clearance policy diff langwatch new.wasm --directory company.json --allow-gain 10 --json

Asks both versions what every user, key and project key may do at every
organization, team and project. A gain is one permission of one principal at one
place that was denied and is now allowed. A loss is the opposite.

Exit status: 0 the gains and losses are within `--allow-gain` and `--allow-loss`, 1
they are not, 2 error.

JSON: all differences.
  \"before\", \"after\"      {\"digest\", \"policy\", \"version\"}
  \"gains\", \"losses\", \"gainers\", \"losers\", \"principals\"
  \"byPermission\", \"byRule\", \"byRole\", \"byPrincipal\"
  \"differences\"          a list of {\"user\" | \"key\" | \"projectKey\", \"at\" | \"elsewhere\",
                         \"changes\": [{\"gain\", \"before\", \"after\", \"role\", \"permissions\"}]}
`elsewhere` stands for every place of one kind in organizations that do not know the
principal: {\"tier\", \"archived\", \"count\", \"example\"}.";
