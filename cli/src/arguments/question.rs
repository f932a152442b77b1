//! The arguments that make up a question: the data, the policy, the principal, the place and the permission.

use std::path::PathBuf;

use clap::Args;
use clearance::{PlaceId, PrincipalId, document::Timestamp};

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

/// Where the command reads the data.
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

/// The principal that the question is about.
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

/// The place at which the question is asked.
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
