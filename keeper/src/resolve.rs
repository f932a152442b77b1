//! From a token to the key or project that it belongs to.

use std::sync::Arc;

use clearance::document::{Holder, Scope};
use clearance::{Decision, Directory, PrincipalId, Reason};
use clearance_store::{Operator, Rewrite, Token, Verified};

use crate::caller::{Caller, Identity, Target};
use crate::fault::Fault;
use crate::keeper::{Keeper, authenticates};

/// Why a token is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// The token is unknown, wrong, revoked, expired or its owner deactivated, or the project is not one that it can be used for.
    /// Which of these it was is not said.
    #[error("no valid credential")]
    Unauthorized,
    /// The question could not be answered.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a token was verified as.
enum Found {
    /// The token of a key: the caller, if the project is one that it can be used for.
    Key(Option<Arc<Caller>>),
    /// A project key: the caller, if the project is in use.
    ProjectKey(Option<Arc<Caller>>),
    Nothing,
}

impl Keeper {
    /// Whose token it is, and which project the request is about.
    ///
    /// Whether a key still lives is the policy's to say: it is asked about the key at the place, and its reason counts.
    ///
    /// # Errors
    ///
    /// [`Refused::Unauthorized`] for everything that a client could do something about, one and the same.
    pub fn resolve(&self, token: &Token, target: Target<'_>) -> Result<Arc<Caller>, Refused> {
        let (caller, ()) = self.ask_about(token, target, |caller| Ok(self.is_live(caller)?.then_some(())))?;
        Ok(caller)
    }

    /// Whose token it is, which project the request is about, and whether the policy allows this there: at the project or, where the
    /// token is presented for it, at the organization of the key.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve). A denial for a known caller is not an error.
    pub fn authorize(&self, token: &Token, target: Target<'_>, permission: &str) -> Result<(Arc<Caller>, Decision), Refused> {
        self.ask_about(token, target, |caller| {
            let Some(place) = caller.place() else { return Ok(None) };
            let decision = self.check(caller.identity.principal(), permission, place)?;
            let is_known = match decision.reason {
                // This outranks what is wrong with the caller.
                Reason::PermissionUnknown => self.is_live(caller)?,
                reason => authenticates(reason),
            };
            Ok(is_known.then_some(decision))
        })
    }

    /// Which operator it is.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve).
    pub fn resolve_operator(&self, token: &Token) -> Result<Operator, Refused> {
        self.check_in_step()?;
        let credentials = self.credentials();
        let (operator, rewrite) = credentials.verify_operator(token).ok_or(Refused::Unauthorized)?;
        let operator = operator.clone();
        drop(credentials);
        if self.refusals.operator(&operator.id) {
            return Err(Refused::Unauthorized);
        }
        self.keep(rewrite);
        Ok(operator)
    }

    /// Whose token it is, and what `ask` says of them. It says nothing of those who must look like nobody.
    fn ask_about<T>(
        &self,
        token: &Token,
        target: Target<'_>,
        ask: impl Fn(&Caller) -> Result<Option<T>, Fault>,
    ) -> Result<(Arc<Caller>, T), Refused> {
        self.check_in_step()?;
        // The credentials are given back before anything is asked: nobody who changes them waits for a policy.
        let found = self.find_caller(self.credentials().verify(token), target);
        let (caller, was_key) = match found {
            Found::Key(caller) => (caller, true),
            Found::ProjectKey(caller) => (caller, false),
            Found::Nothing => (None, false),
        };
        if let Some(caller) = caller
            && !self.is_refused(caller.identity.principal())
            && let Some(answer) = ask(&caller)?
        {
            return Ok((caller, answer));
        }
        // The token of a key that is of no use may still be a project key.
        if was_key {
            let found = self.find_caller(self.credentials().verify_project_key(token), target);
            if let Found::ProjectKey(Some(caller)) = found
                && let Some(answer) = ask(&caller)?
            {
                return Ok((caller, answer));
            }
        }
        Err(Refused::Unauthorized)
    }

    fn find_caller(&self, verified: Option<Verified<'_>>, target: Target<'_>) -> Found {
        match verified {
            None => Found::Nothing,
            Some(Verified::Key { key, rewrite }) => {
                self.keep(rewrite);
                let read = || self.authorizer.read_directory(|directory| key_caller(directory, key, target));
                Found::Key(self.memo.caller(key, target, read))
            }
            Some(Verified::ProjectKey { project, rewrite }) => {
                self.keep(rewrite);
                let Target::Project(_) = target else { return Found::ProjectKey(None) };
                let caller = self.authorizer.read_directory(|directory| project_key_caller(directory, project));
                Found::ProjectKey(caller.map(Arc::new))
            }
        }
    }

    /// Whether the policy takes the caller for one that may still be presented. The version that answers at the place is asked about a
    /// permission of its own: another version may not know the one that is asked for.
    fn is_live(&self, caller: &Caller) -> Result<bool, Fault> {
        let Some(place) = caller.place() else { return Ok(false) };
        Ok(authenticates(self.standing(caller.identity.principal(), place)?.reason))
    }

    /// Remembers what should be stored again.
    fn keep(&self, rewrite: Option<Rewrite>) {
        const MAX_REWRITES: usize = 10_000;
        let Some(rewrite) = rewrite else { return };
        let (kind, id) = rewrite.of();
        let of = (kind, Box::from(id));
        let mut rewrites = self.rewrites();
        if rewrites.len() < MAX_REWRITES {
            rewrites.entry(of).or_insert(rewrite);
        }
    }
}

/// The key as a caller, where the project is one that it can be used for.
fn key_caller(directory: &Directory, key: &str, target: Target<'_>) -> Option<Caller> {
    let row = directory.key(key)?;
    let project: Option<Arc<str>> = match target {
        Target::Organization => None,
        Target::Project(given) => {
            let project = given.map_or_else(|| only_project(directory, key), |given| Some(given.into()))?;
            let row_of_project = directory.project(&project)?;
            let team = directory.team(&row_of_project.team)?;
            if row_of_project.archived_at.is_some() || team.organization != row.organization {
                return None;
            }
            Some(project)
        }
    };
    let identity = Identity::Key { key: key.into(), organization: row.organization.into(), owner: row.owner.map(Arc::from) };
    Some(Caller { identity, project })
}

/// The project key as a caller, where its project is in use.
fn project_key_caller(directory: &Directory, project: &str) -> Option<Caller> {
    directory.principal(PrincipalId::ProjectKey(project))?;
    let project: Arc<str> = directory.project(project).filter(|row| row.archived_at.is_none())?.id.into();
    Some(Caller { identity: Identity::ProjectKey { project: Arc::clone(&project) }, project: Some(project) })
}

/// The project that the bindings of a key name, if they name exactly one.
fn only_project(directory: &Directory, key: &str) -> Option<Arc<str>> {
    let holder = Holder::Key(key.into());
    let mut projects = directory.bindings_of(&holder).into_iter().filter_map(|binding| match binding.scope {
        Scope::Project(project) => Some(project),
        Scope::Organization(_) | Scope::Team(_) => None,
    });
    let first = projects.next()?;
    projects.all(|other| other == first).then(|| first.into())
}
