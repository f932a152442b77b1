//! Who asks, after the token was verified.

use std::sync::Arc;

use clearance::{PlaceId, PrincipalId};
use clearance_store::Who;

/// The key or project key that a token belongs to, and the project that the request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose token it is.
    pub identity: Identity,
    /// The id of the project. Absent exactly when the request needs none: on routes of an organization.
    pub project: Option<Arc<str>>,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A key's.
    Key {
        /// The id of the key.
        key: Arc<str>,
        /// The id of its organization.
        organization: Arc<str>,
        /// The id of its owner. Absent exactly when it is a service key.
        owner: Option<Arc<str>>,
    },
    /// The older kind of key.
    ProjectKey {
        /// The id of its project.
        project: Arc<str>,
    },
}

impl Caller {
    /// Where its permissions are asked for: at the project of the request, or else at the organization of the key.
    pub fn place(&self) -> Option<PlaceId<'_>> {
        let project = self.project.as_deref().map(PlaceId::Project);
        project.or_else(|| self.identity.organization().map(PlaceId::Organization))
    }
}

impl Identity {
    /// The principal, as the policy is asked about it.
    pub fn principal(&self) -> PrincipalId<'_> {
        match self {
            Self::Key { key, .. } => PrincipalId::Key(key),
            Self::ProjectKey { project } => PrincipalId::ProjectKey(project),
        }
    }

    /// The id of the key. `None` for a project key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::ProjectKey { .. } => None,
        }
    }

    /// The id of the organization of the key. `None` for a project key, which has no say over an organization.
    pub fn organization(&self) -> Option<&str> {
        match self {
            Self::Key { organization, .. } => Some(organization),
            Self::ProjectKey { .. } => None,
        }
    }

    /// The id of the user who owns the key. `None` for a service key and for a project key.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Key { owner, .. } => owner.as_deref(),
            Self::ProjectKey { .. } => None,
        }
    }

    /// Who it is, for the audit.
    pub fn who(&self) -> Who {
        match self {
            Self::Key { key, .. } => Who::Key(key.as_ref().into()),
            Self::ProjectKey { project } => Who::ProjectKey(project.as_ref().into()),
        }
    }
}

/// What a token is presented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A project: the one that is named, or else the one that the token itself speaks of.
    Project(Option<&'a str>),
    /// The organization of the key. The older kind of key has none.
    Organization,
}

/// Who wants a write and from where, for the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who it is.
    pub who: Who,
    /// The address of the peer. `None` for a command on this machine.
    pub peer: Option<Box<str>>,
}

impl Origin {
    /// A command on this machine.
    pub const COMMAND: Self = Self { who: Who::Command, peer: None };
}
