//! Files of cases: a directory, questions about it and the expected answers.

use std::fmt;
use std::path::{Path, PathBuf};

use clearance_directory::document::{Document, Scope, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::question::{Principal, Situation};

/// A moment at which every vector holds: 2027-01-15T08:00:00Z.
pub const NOW: u64 = 1_800_000_000_000;

/// Where a case stands, for messages.
#[derive(Clone, Debug)]
pub struct Source {
    file: PathBuf,
    id: String,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        write!(out, "{} `{}`", self.file.strip_prefix(root).unwrap_or(&self.file).display(), self.id)
    }
}

/// A question and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionCase {
    id: String,
    user: Option<String>,
    key: Option<String>,
    project_key: Option<String>,
    at: Scope,
    now: Option<Timestamp>,
    /// The name of the permission.
    pub permission: String,
    /// The answer.
    pub allow: bool,
    /// The word for the rule that decides. Absent where the case does not fix it.
    pub reason: Option<String>,
    /// The id of the binding that the answer names. Absent where the case does not fix it.
    pub binding: Option<String>,
    /// The expectation is this project's own.
    #[serde(default)]
    pub own: bool,
    /// The rule that the case is about, for messages.
    #[serde(default)]
    pub because: String,
}

/// A principal at a node, and all that it may do there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EffectiveCase {
    id: String,
    user: Option<String>,
    key: Option<String>,
    project_key: Option<String>,
    at: Scope,
    now: Option<Timestamp>,
    /// The names of the permissions, in catalog order.
    pub permissions: Vec<String>,
    /// The first moment for which this holds. Absent where the case does not fix it, or where there is no first.
    pub since: Option<Timestamp>,
    /// The last moment for which this holds. Absent where the case does not fix it, or where there is no last.
    pub until: Option<Timestamp>,
    /// The rule that the case is about, for messages.
    #[serde(default)]
    pub because: String,
}

impl DecisionCase {
    /// Who asks, where and when.
    pub fn situation(&self) -> Situation {
        situation([&self.user, &self.key, &self.project_key], &self.at, self.now)
    }
}

impl EffectiveCase {
    /// Who asks, where and when.
    pub fn situation(&self) -> Situation {
        situation([&self.user, &self.key, &self.project_key], &self.at, self.now)
    }
}

fn situation(principal: [&Option<String>; 3], at: &Scope, now: Option<Timestamp>) -> Situation {
    let principal = match principal {
        [Some(id), None, None] => Principal::User(id.clone()),
        [None, Some(id), None] => Principal::Key(id.clone()),
        [None, None, Some(id)] => Principal::ProjectKey(id.clone()),
        other => panic!("a case names exactly one principal, not {other:?}"),
    };
    Situation { principal, at: at.clone(), now: now.map_or(NOW, Timestamp::millis) }
}

/// A key and the projects that it can see.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectsCase {
    id: String,
    /// The key.
    pub key: String,
    /// The word `all`, or the ids of the projects.
    pub projects: Projects,
    /// The rule that the case is about, for messages.
    #[serde(default)]
    pub because: String,
}

/// The expected projects.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Projects {
    /// The word `all`.
    All(String),
    /// The ids, in any order.
    These(Vec<String>),
}

/// A directory with everything that is asked about it.
#[derive(Debug)]
pub struct World {
    /// The stored data.
    pub document: Document,
    /// Questions about one permission.
    pub decisions: Vec<(Source, DecisionCase)>,
    /// Questions about all permissions.
    pub effective: Vec<(Source, EffectiveCase)>,
    /// Questions about the projects that a key can see.
    pub projects: Vec<(Source, ProjectsCase)>,
}

impl World {
    /// Reads a folder that holds `directory.json` and any of `decisions.jsonl`, `effective.jsonl` and `projects.jsonl`.
    ///
    /// Panics, naming the place, when something there cannot be read.
    pub fn read(folder: &Path) -> Self {
        let file = folder.join("directory.json");
        let document = serde_json::from_str(&read_text(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self {
            document,
            decisions: read_lines(&folder.join("decisions.jsonl"), |case: &DecisionCase| &case.id),
            effective: read_lines(&folder.join("effective.jsonl"), |case: &EffectiveCase| &case.id),
            projects: read_lines(&folder.join("projects.jsonl"), |case: &ProjectsCase| &case.id),
        }
    }

    /// Every folder in this folder of the package, by name.
    pub fn read_all(folder: &str) -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let entries = entries.map(|entry| entry.expect("the folder lists").path());
        let mut folders: Vec<PathBuf> = entries.filter(|entry| entry.is_dir()).collect();
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }
}

/// The lines of a file of cases; none when there is no such file.
///
/// Panics, naming the place, when a line cannot be read.
pub fn read_lines<C: DeserializeOwned>(file: &Path, id: impl Fn(&C) -> &String) -> Vec<(Source, C)> {
    if !file.exists() {
        return vec![];
    }
    let text = read_text(file);
    let read = |(number, line): (usize, &str)| {
        let case: C = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), number + 1));
        (Source { file: file.to_owned(), id: id(&case).clone() }, case)
    };
    text.lines().enumerate().map(read).collect()
}

fn read_text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
