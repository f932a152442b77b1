//! Which version is live, which ever were, and which may be next.

use clearance::{Digest, VersionLabel};
use clearance_policy::types::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The format of the file. Another number is another format, which this code cannot judge.
const FORMAT: u32 = 1;

/// An entry of the history: a version became live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// When the version became live, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: Timestamp,
    /// The version that became live.
    pub version: VersionLabel,
}

/// Every version that this host made live, in order. The last one is live.
///
/// ```
/// use clearance::{Digest, VersionLabel};
/// use clearance_rollout::{ActivationError, Exceptions, History};
///
/// let version = |semver: &str| {
///     let digest = Digest::of(semver.as_bytes());
///     Ok::<_, semver::Error>(VersionLabel { digest, name: "langwatch".into(), semver: semver.parse()? })
/// };
/// let (old, new, older) = (version("1.0.0")?, version("1.1.0")?, version("0.9.0")?);
/// let mut history = History::default();
/// history.record(old.clone(), 1_800_000_000_000);
/// history.permits(&new, &old, Exceptions::default())?;
/// history.record(new.clone(), 1_800_000_000_001);
///
/// // What was live before may come back; what is lower than anything before may not.
/// history.permits(&old, &new, Exceptions::default())?;
/// let refused = history.permits(&older, &new, Exceptions::default());
/// assert!(matches!(refused, Err(ActivationError::Downgrade { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    activations: Vec<Activation>,
}

/// The rules of the history that an operator lifts this once. None by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// The version may be lower than the highest that was ever live under its name.
    pub downgrade: bool,
    /// The policy may have another name than the live one.
    pub other_name: bool,
}

/// Why a version may not become the live one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The version is lower than the highest that was ever live under its name.
    #[error(
        "`{name}` {semver} is lower than {highest}, the highest that was ever live here under that name, and was itself never \
         live: say `--allow-downgrade`, over HTTP `allowDowngrade`, if that is meant"
    )]
    Downgrade {
        /// The name of the policy.
        name: String,
        /// The semantic version of the policy.
        semver: Version,
        /// The highest semantic version that was ever live under the name.
        highest: Version,
    },
    /// The policy has another name than the live one.
    #[error(
        "the policy is `{name}`, the live one is `{live}`: say `--allow-other-name`, over HTTP `allowOtherName`, if that is meant"
    )]
    OtherName {
        /// The name of the policy.
        name: String,
        /// The name of the live policy.
        live: String,
    },
}

impl History {
    /// The version that is live, and since when. `None` means that no version was ever made live here.
    #[must_use]
    pub fn live(&self) -> Option<&Activation> {
        self.activations.last()
    }

    /// Every activation, oldest first. A version that became live several times is there as often.
    #[must_use]
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// Whether a version with this digest was ever live.
    #[must_use]
    pub fn had_live(&self, digest: Digest) -> bool {
        self.activations.iter().any(|activation| activation.version.digest == digest)
    }

    /// The highest semantic version that was ever live under a name. `None` means that no version of that name was.
    #[must_use]
    pub fn highest(&self, name: &str) -> Option<&Version> {
        let versions = self.activations.iter().map(|activation| &activation.version);
        versions.filter(|version| version.name == name).map(|version| &version.semver).max_by(|a, b| a.cmp_precedence(b))
    }

    /// Whether a version may take the place of the one that runs now. That one is usually [`live`](Self::live); it is the built-in
    /// policy where nothing was ever made live.
    ///
    /// A version that was live before may come back whatever its semver is: that is a rollback and not a downgrade.
    ///
    /// # Errors
    ///
    /// [`ActivationError::OtherName`] or else [`ActivationError::Downgrade`], each unless `Exceptions` lifts it.
    pub fn permits(
        &self,
        candidate: &VersionLabel,
        running: &VersionLabel,
        exceptions: Exceptions,
    ) -> Result<(), ActivationError> {
        let VersionLabel { digest, name, semver } = candidate;
        if *name != running.name && !exceptions.other_name {
            return Err(ActivationError::OtherName { name: name.clone(), live: running.name.clone() });
        }
        let rolls_back = *digest == running.digest || self.had_live(*digest);
        let now = Some(&running.semver).filter(|_| *name == running.name);
        let highest = self.highest(name).into_iter().chain(now).max_by(|a, b| a.cmp_precedence(b));
        match highest {
            Some(highest) if !rolls_back && !exceptions.downgrade && semver.cmp_precedence(highest).is_lt() => {
                Err(ActivationError::Downgrade { name: name.clone(), semver: semver.clone(), highest: highest.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Notes that a version became live, in memory: [`VersionStore::record`](crate::VersionStore::record) keeps it.
    pub fn record(&mut self, version: VersionLabel, at: Timestamp) {
        self.activations.push(Activation { at, version });
    }

    /// Takes back the last activation, in memory.
    pub(crate) fn withdraw(&mut self) {
        self.activations.pop();
    }

    /// The content of a file. Fails with a text that says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let File { format, activations } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if format != FORMAT {
            return Err(format!("`format` is {format}, this version of Clearance reads {FORMAT}"));
        }
        let rows =
            (0..).zip(activations).map(|(index, row)| row.read().map_err(|what| format!("`activations[{index}]`: {what}")));
        Ok(Self { activations: rows.collect::<Result<_, _>>()? })
    }

    /// The content of a file.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        let activations = self.activations.iter().map(Row::of).collect();
        serde_json::to_string_pretty(&File { format: FORMAT, activations }).map(|text| text + "\n")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    activations: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    at: String,
    digest: String,
    name: String,
    version: String,
}

impl Row {
    fn of(Activation { at, version: VersionLabel { digest, name, semver } }: &Activation) -> Self {
        Self { at: time(*at), digest: digest.to_string(), name: name.clone(), version: semver.to_string() }
    }

    fn read(self) -> Result<Activation, String> {
        let Self { at, digest, name, version } = self;
        Ok(Activation {
            at: read_time(&at)?,
            version: VersionLabel {
                digest: digest.parse().map_err(|error| format!("`digest` is `{digest}`: {error}"))?,
                semver: version.parse().map_err(|error| format!("`version` is `{version}`: {error}"))?,
                name,
            },
        })
    }
}

/// A time as files say it.
pub(crate) fn time(at: Timestamp) -> String {
    let moment = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    format!("{:.3}", moment.unwrap_or(jiff::Timestamp::MAX))
}

/// Reads what [`time`] wrote. Fails with a text that says what is wrong with it.
pub(crate) fn read_time(at: &str) -> Result<Timestamp, String> {
    let moment: Option<jiff::Timestamp> = at.parse().ok();
    let millis = moment.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
    millis.ok_or_else(|| format!("`at` is `{at}`, which is not an RFC 3339 time since 1970"))
}

#[cfg(test)]
mod tests;
