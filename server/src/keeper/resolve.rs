//! From a token to whoever it belongs to.

use clearance::document::{Holder, Scope};
use clearance::{Directory, PlaceId, PrincipalId, Reason};
use clearance_store::{Operator, Rewrite, Token, Verified};

use super::{Caller, Fault, Identity, Keeper};

/// What a token is presented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A project: the one that is named, or else the one that the token itself speaks of.
    Project(Option<&'a str>),
    /// The organization of the key. The older kind of key has none.
    Organization,
}

/// Nobody is let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// The token is unknown, wrong, revoked, expired or its owner deactivated, or the project is not one that it can be used for.
    /// Which of these it was is not said.
    #[error("no valid credential")]
    Unauthorized,
    /// There is no telling.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Keeper {
    /// Whose token it is, and which project the request is about.
    ///
    /// Whether a key still lives is the policy's to say: it is asked about the key at the place, and its reason counts.
    ///
    /// # Errors
    ///
    /// [`Refused::Unauthorized`] for everything that a client could do something about, one and the same.
    pub fn resolve(&self, token: &Token, target: Target<'_>) -> Result<Caller, Refused> {
        self.in_step()?;
        let found = match self.credentials().verify(token) {
            Some(verified) => Found::from(verified),
            None => return Err(Refused::Unauthorized),
        };
        let caller = match found {
            Found::ProjectKey(project, rewrite) => self.project_key_caller(project, rewrite, target),
            Found::Key(key, rewrite) => match self.key_caller(key, rewrite, target)? {
                Some(caller) => Some(caller),
                // The token of a key that is of no use may still be a project key.
                None => match self.credentials().verify_project_key(token).map(Found::from) {
                    Some(Found::ProjectKey(project, rewrite)) => self.project_key_caller(project, rewrite, target),
                    _ => None,
                },
            },
        };
        caller.ok_or(Refused::Unauthorized)
    }

    /// Which operator it is.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve).
    pub fn resolve_operator(&self, token: &Token) -> Result<Operator, Refused> {
        self.in_step()?;
        let credentials = self.credentials();
        let (operator, rewrite) = credentials.verify_operator(token).ok_or(Refused::Unauthorized)?;
        let operator = operator.clone();
        drop(credentials);
        self.keep(rewrite);
        Ok(operator)
    }

    /// The key as a caller, if the policy says that it lives and the project is one that it can be used for.
    fn key_caller(&self, key: Box<str>, rewrite: Option<Rewrite>, target: Target<'_>) -> Result<Option<Caller>, Fault> {
        self.keep(rewrite);
        let Some(caller) = self.authorizer.read_directory(|directory| key_caller(directory, key, target)) else {
            return Ok(None);
        };
        Ok(self.is_live(&caller)?.then_some(caller))
    }

    /// The project key as a caller, if its project is in use.
    fn project_key_caller(&self, project: Box<str>, rewrite: Option<Rewrite>, target: Target<'_>) -> Option<Caller> {
        self.keep(rewrite);
        let Target::Project(_) = target else { return None };
        let is_usable = self.authorizer.read_directory(|directory| {
            let is_archived = directory.project(&project)?.archived_at.is_some();
            directory.principal(PrincipalId::ProjectKey(&project)).filter(|_| !is_archived)
        });
        let identity = Identity::ProjectKey { project: project.clone() };
        is_usable.map(|_| Caller { identity, project: Some(project) })
    }

    /// Whether the policy takes the key for one that may still be presented. The permission that is asked for does not matter, as
    /// long as the policy knows it: what is wrong with a key outranks what it lacks.
    fn is_live(&self, caller: &Caller) -> Result<bool, Fault> {
        let version = self.authorizer.version();
        let Some(permission) = version.permission_name(0) else { return Ok(false) };
        let Identity::Key { organization, .. } = &caller.identity else { return Ok(false) };
        let place = caller.project.as_deref().map_or(PlaceId::Organization(organization), PlaceId::Project);
        let decision = self.check(caller.identity.principal(), permission, place)?;
        Ok(authenticates(decision.reason))
    }

    /// Remembers what should be stored again.
    fn keep(&self, rewrite: Option<Rewrite>) {
        const MOST: usize = 10_000;
        let Some(rewrite) = rewrite else { return };
        let (kind, id) = rewrite.of();
        let of = (kind, Box::from(id));
        let mut rewrites = self.rewrites();
        if rewrites.len() < MOST {
            rewrites.entry(of).or_insert(rewrite);
        }
    }
}

/// Whose token it is, without a hold on the credentials.
enum Found {
    Key(Box<str>, Option<Rewrite>),
    ProjectKey(Box<str>, Option<Rewrite>),
}

impl From<Verified<'_>> for Found {
    fn from(verified: Verified<'_>) -> Self {
        match verified {
            Verified::Key { key, rewrite } => Self::Key(key.into(), rewrite),
            Verified::ProjectKey { project, rewrite } => Self::ProjectKey(project.into(), rewrite),
        }
    }
}

/// Whether a principal about whom the policy says this may be told so: false where it must look like an unknown one.
pub(crate) fn authenticates(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::KeyRevoked
            | Reason::KeyExpired
            | Reason::OwnerDeactivated
            | Reason::PrincipalUnknown
            | Reason::PlaceUnknown
            | Reason::PermissionUnknown
    )
}

/// The key as a caller, where the project is one that it can be used for.
fn key_caller(directory: &Directory, key: Box<str>, target: Target<'_>) -> Option<Caller> {
    let row = directory.key(&key)?;
    let project = match target {
        Target::Organization => None,
        Target::Project(given) => {
            let project = given.map_or_else(|| only_project(directory, &key), |given| Some(given.into()))?;
            let row_of_project = directory.project(&project)?;
            let team = directory.team(&row_of_project.team)?;
            if row_of_project.archived_at.is_some() || team.organization != row.organization {
                return None;
            }
            Some(project)
        }
    };
    Some(Caller { identity: Identity::Key { key, organization: row.organization, owner: row.owner }, project })
}

/// The project that the bindings of a key name, if they name exactly one.
fn only_project(directory: &Directory, key: &str) -> Option<Box<str>> {
    let holder = Holder::Key(key.into());
    let mut projects = directory.bindings_of(&holder).into_iter().filter_map(|binding| match binding.scope {
        Scope::Project(project) => Some(project),
        Scope::Organization(_) | Scope::Team(_) => None,
    });
    let first = projects.next()?;
    projects.all(|other| other == first).then_some(first)
}
