//! The organizations for which another version than the live one answers.

use std::collections::HashSet;

use clearance::Digest;
use clearance_policy::types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history;

/// The format of the file. Another number is another format, which this code cannot judge.
const FORMAT: u32 = 1;

/// An organization that is pinned to a version, whichever is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The id of the organization.
    pub organization: String,
    /// The digest of the version that answers for it.
    pub version: Digest,
    /// When it was pinned, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: Timestamp,
}

/// An organization whose pin was ended. With it, nobody takes a pin that was ended for one that was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// The id of the organization.
    pub organization: String,
    /// When the pin was ended, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: Timestamp,
}

/// What the file holds. Each organization stands in one of the two lists at most.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    pub(crate) pins: Vec<Pin>,
    pub(crate) unpinned: Vec<Unpinned>,
}

impl Pins {
    /// Notes that an organization is pinned.
    pub(crate) fn pin(&mut self, pin: Pin) {
        self.pins.retain(|other| other.organization != pin.organization);
        self.unpinned.retain(|other| other.organization != pin.organization);
        self.pins.push(pin);
        self.pins.sort_unstable_by(|a, b| a.organization.cmp(&b.organization));
    }

    /// Notes that an organization is pinned no more. `None` means that it was not. Answers the version that it was pinned to.
    pub(crate) fn unpin(&mut self, organization: &str, at: Timestamp) -> Option<Digest> {
        let position = self.pins.iter().position(|pin| pin.organization == organization)?;
        let Pin { organization, version, .. } = self.pins.remove(position);
        self.unpinned.push(Unpinned { organization, at });
        self.unpinned.sort_unstable_by(|a, b| a.organization.cmp(&b.organization));
        Some(version)
    }
}

/// The content of a file. Fails with a text that says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Pins, String> {
    let File { format, pins, unpinned } = serde_json::from_str(text).map_err(|error| error.to_string())?;
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
    let mut ended: Vec<Unpinned> = Vec::with_capacity(unpinned.len());
    for (index, UnpinnedRow { organization, at }) in unpinned.into_iter().enumerate() {
        let wrong = |what: String| format!("`unpinned[{index}]`: {what}");
        let pinned = read.iter().any(|pin| pin.organization == organization);
        if pinned || ended.iter().any(|other| other.organization == organization) {
            return Err(wrong(format!("`organization` is `{organization}`, which stands there already")));
        }
        ended.push(Unpinned { organization, at: history::read_time(&at).map_err(wrong)? });
    }
    Ok(Pins { pins: read, unpinned: ended })
}

/// The content of a file.
pub(crate) fn text(Pins { pins, unpinned }: &Pins) -> Result<String, serde_json::Error> {
    let row = |Pin { organization, version, at }: &Pin| Row {
        organization: organization.clone(),
        digest: version.to_string(),
        at: history::time(*at),
    };
    let unpinned_row =
        |Unpinned { organization, at }: &Unpinned| UnpinnedRow { organization: organization.clone(), at: history::time(*at) };
    let (pins, unpinned) = (pins.iter().map(row).collect(), unpinned.iter().map(unpinned_row).collect());
    serde_json::to_string_pretty(&File { format: FORMAT, pins, unpinned }).map(|text| text + "\n")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    pins: Vec<Row>,
    /// Left out where it is empty: so it was before the list came to be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unpinned: Vec<UnpinnedRow>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnpinnedRow {
    organization: String,
    at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    organization: String,
    digest: String,
    at: String,
}
