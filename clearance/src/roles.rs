//! The custom roles in the numbers of one policy version, and those that it cannot use.
//!
//! One role that cannot be compiled must not stop the others: it is unusable by itself. A question whose facts name it has no
//! answer, which is never an allow; every other question is answered as if it were not there.

use std::collections::HashMap;

use clearance_directory::{Directory, Gathered, RoleSets, RoleSlot, role_list};
use clearance_policy::types::PermissionSet;
use clearance_question::{Digest, EvalError, PolicyVersion};

/// Why a version cannot use a custom role. `None` means that the list is beyond the bounds, so that no version is asked about it.
pub(crate) type Unusable = Option<EvalError>;

/// What a version reads in the list of a custom role.
pub(crate) type Compiled = Result<PermissionSet, Unusable>;

/// A custom role that a policy version cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableRole {
    /// The id of the role.
    pub role: Box<str>,
    /// The digest of the version.
    pub policy: Digest,
    /// How the version failed. `None` means that the list of the role is beyond the [bounds](role_list), so that no version is
    /// asked about it.
    pub error: Option<EvalError>,
}

/// The custom roles of a directory for one version.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompiledRoles {
    sets: RoleSets,
    /// They hold nothing among the sets.
    unusable: HashMap<RoleSlot, Unusable>,
}

/// Compiles a list that is within the bounds.
pub(crate) fn compile(version: &PolicyVersion, names: &[Box<str>]) -> Compiled {
    if role_list::is_within_bounds(names) { version.compile(names).map_err(Some) } else { Err(None) }
}

impl CompiledRoles {
    /// Compiles all roles. Equal lists are compiled once.
    ///
    /// # Errors
    ///
    /// The first failure of the version at a role, named by its id, that is not `tolerated`.
    pub(crate) fn of(
        version: &PolicyVersion,
        directory: &Directory,
        tolerated: impl Fn(&str) -> bool,
    ) -> Result<Self, EvalError> {
        let mut known: HashMap<Vec<Box<str>>, Compiled> = HashMap::new();
        let mut roles = Self::default();
        for (role, names) in directory.role_lists(0, usize::MAX) {
            let compiled = known.entry(names).or_insert_with_key(|names| compile(version, names)).clone();
            match compiled {
                Err(Some(error)) if !tolerated(directory.role_id(role)) => return Err(error),
                compiled => roles.set(role, compiled),
            }
        }
        Ok(roles)
    }

    /// Compiles all roles. Those at which the version fails are unusable.
    pub(crate) fn tolerant(version: &PolicyVersion, directory: &Directory) -> Self {
        // There is no error where all are tolerated.
        Self::of(version, directory, |_| true).unwrap_or_default()
    }

    pub(crate) fn sets(&self) -> &RoleSets {
        &self.sets
    }

    pub(crate) fn set(&mut self, role: RoleSlot, compiled: Compiled) {
        match compiled {
            Ok(set) => {
                self.sets.set(role, set);
                self.unusable.remove(&role);
            }
            Err(unusable) => {
                self.sets.set(role, PermissionSet::EMPTY);
                self.unusable.insert(role, unusable);
            }
        }
    }

    /// Whether the version can use all of them.
    pub(crate) fn are_usable(&self) -> bool {
        self.unusable.is_empty()
    }

    pub(crate) fn is_unusable(&self, role: RoleSlot) -> bool {
        self.unusable.contains_key(&role)
    }

    /// The roles that the version cannot use.
    pub(crate) fn unusable_slots(&self) -> impl Iterator<Item = RoleSlot> {
        self.unusable.keys().copied()
    }

    /// The roles at which the version failed. Those whose list is beyond the bounds are not among them.
    pub(crate) fn failed_slots(&self) -> impl Iterator<Item = RoleSlot> {
        self.unusable.iter().filter(|(_, error)| error.is_some()).map(|(role, _)| *role)
    }

    /// The roles that the version cannot use, with their names.
    pub(crate) fn unusable(&self, directory: &Directory, policy: Digest) -> impl Iterator<Item = UnusableRole> {
        self.unusable.iter().map(move |(role, error)| UnusableRole {
            role: directory.role_id(*role).into(),
            policy,
            error: error.clone(),
        })
    }

    /// Whether the version can be asked about these facts.
    ///
    /// # Errors
    ///
    /// [`EvalError::UnusableRole`] names a role in them that it cannot use.
    pub(crate) fn check(&self, directory: &Directory, gathered: &Gathered, policy: Digest) -> Result<(), EvalError> {
        if self.are_usable() {
            return Ok(());
        }
        match gathered.roles().iter().find(|role| self.is_unusable(**role)) {
            None => Ok(()),
            Some(role) => Err(EvalError::UnusableRole { policy, role: directory.role_id(*role).into() }),
        }
    }
}

impl std::fmt::Display for UnusableRole {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { role, policy, error } = self;
        match error {
            None => {
                let (names, bytes) = (role_list::MAX_ROLE_NAMES, role_list::MAX_ROLE_NAME_BYTES);
                write!(
                    out,
                    "the custom role `{role}` lists more than {names} names, or one of more than {bytes} bytes: edit or remove it"
                )
            }
            Some(error) => write!(out, "policy {policy} cannot compile the custom role `{role}`, edit or remove it: {error}"),
        }
    }
}
