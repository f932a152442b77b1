//! The organizations that another version than the live one answers for.

use std::collections::HashSet;

use clearance_policy::types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, history};

/// The format of the file. Another number is another format, which this code cannot judge.
const FORMAT: u32 = 1;

/// That an organization is pinned to a version, whichever is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The id of the organization.
    pub organization: String,
    /// The version that answers for it.
    pub version: Digest,
    /// Since when, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: Timestamp,
}

/// The content of a file. Fails with a text that says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Pin>, String> {
    let File { format, pins } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if format != FORMAT {
        return Err(format!("`format` is {format}, this version of Clearance reads {FORMAT}"));
    }
    let mut read = Vec::with_capacity(pins.len());
    let mut organizations = HashSet::with_capacity(pins.len());
    for (index, Row { organization, digest, at }) in pins.into_iter().enumerate() {
        let wrong = |what: String| format!("`pins[{index}]`: {what}");
        if !organizations.insert(organization.clone()) {
            return Err(wrong(format!("`organization` is `{organization}`, which is pinned already")));
        }
        let version = digest.parse().map_err(|error| wrong(format!("`digest` is `{digest}`: {error}")))?;
        read.push(Pin { organization, version, at: history::read_time(&at).map_err(wrong)? });
    }
    Ok(read)
}

/// The content of a file.
pub(crate) fn text(pins: &[Pin]) -> Result<String, serde_json::Error> {
    let row = |Pin { organization, version, at }: &Pin| Row {
        organization: organization.clone(),
        digest: version.to_string(),
        at: history::time(*at),
    };
    serde_json::to_string_pretty(&File { format: FORMAT, pins: pins.iter().map(row).collect() }).map(|text| text + "\n")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    pins: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    organization: String,
    digest: String,
    at: String,
}
