//! What the audit says and a folder of versions does not say.

use clearance::Digest;
use clearance::document::Timestamp;

/// A record in the audit that the folder of versions has lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LostRecord {
    /// The history does not name a version that was live.
    #[error(
        "the audit says that {policy} became the live policy version at {at}, and the history of the folder does not: restore \
         `history.json` of the folder, or start once with `--accept-lost-history` to go on with {running}, which the audit will say"
    )]
    History {
        /// The digest of the version.
        policy: Box<str>,
        /// Since when it is live.
        at: Timestamp,
        /// The version that would answer in its place.
        running: Digest,
    },
    /// The list of pins does not name an organization that was pinned.
    #[error(
        "the audit says that the organization `{organization}` was pinned to {policy} at {at}, and the folder does not: restore \
         `pins.json` of the folder, or start once with `--accept-lost-history` to let it go, which the audit will say"
    )]
    Pin {
        /// The id of the organization.
        organization: Box<str>,
        /// The digest of the version that it was pinned to.
        policy: Box<str>,
        /// Since when.
        at: Timestamp,
    },
    /// A version was live by a folder that is not named.
    #[error(
        "the audit says that {policy} became the live policy version at {at}, and this start would run {running}: name the folder of \
         versions with `--policies`, or start once with `--accept-lost-history`, which the audit will say"
    )]
    NoFolder {
        /// The digest of the version.
        policy: Box<str>,
        /// Since when it is live.
        at: Timestamp,
        /// The version that would answer in its place.
        running: Digest,
    },
    /// An organization was pinned by a folder that is not named.
    #[error(
        "the audit says that the organization `{organization}` was pinned to {policy} at {at}: name the folder of versions with \
         `--policies`, or start once with `--accept-lost-history` to let it go, which the audit will say"
    )]
    NoFolderForPin {
        /// The id of the organization.
        organization: Box<str>,
        /// The digest of the version that it was pinned to.
        policy: Box<str>,
        /// Since when.
        at: Timestamp,
    },
}
