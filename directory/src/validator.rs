//! The one place that says which changes are acceptable, in memory and in any database.
//!
//! The rules look at the change and ask a [`Lookup`] about the data. They write nothing: what holds the data does that, once a change
//! is accepted.

use std::borrow::Cow;
use std::convert::Infallible;

use hashbrown::HashSet;

use crate::change::Change;
use crate::document::{Binding, BindingRole, Group, Holder, Key, Scope, Team};
use crate::error::{ChangeError, Refusal, shorten};
use crate::id;
use crate::lookup::{Lookup, PairKind, ParentKind, RowKind};
use crate::role_list::{MAX_ROLE_NAMES, first_long_name};

/// Why a change is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidateError<E> {
    /// The change is refused.
    #[error(transparent)]
    Refused(#[from] ChangeError),
    /// The data could not be asked.
    #[error(transparent)]
    Lookup(E),
}

impl From<ValidateError<Infallible>> for ChangeError {
    fn from(error: ValidateError<Infallible>) -> Self {
        match error {
            ValidateError::Refused(error) => error,
            ValidateError::Lookup(never) => match never {},
        }
    }
}

type Outcome<E> = Result<(), ValidateError<E>>;

impl Change {
    /// Judges the change by the data as it is now. What is accepted here can be written.
    ///
    /// ```
    /// use clearance_directory::{Change, Directory};
    ///
    /// let change: Change = serde_json::from_str(r#"{"removeUser": "ana"}"#)?;
    /// let refused = change.validate(&Directory::default()).unwrap_err();
    /// assert_eq!(refused.to_string(), "id: there is no user `ana`, add it first or name one that exists");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The field of the change that is refused: an id or pair that is taken (`Add`) or not there (`Edit`, `Remove`), a team without its
    /// organization, a project without its team or the other way round, a text that is not an id, a `customRole` without a CUSTOM binding
    /// or the other way round, or a list beyond the [bounds](crate::role_list). Or the data could not be asked.
    pub fn validate<L: Lookup + ?Sized>(&self, data: &L) -> Result<(), ValidateError<L::Error>> {
        if let Self::AddRole(role) | Self::EditRole(role) = self {
            check_role_list(&role.permissions)?;
        }
        self.validate_stored(data)
    }

    /// As [`validate`](Self::validate), for a row that was accepted once: the list of a role may be beyond the bounds.
    pub(crate) fn validate_stored<L: Lookup + ?Sized>(&self, data: &L) -> Result<(), ValidateError<L::Error>> {
        match self {
            Self::AddOrganization(row) => require_free(data, RowKind::Organization, &row.id),
            Self::EditOrganization(row) => require_present(data, "id", RowKind::Organization, &row.id),
            Self::RemoveOrganization(id) => {
                require_present(data, "id", RowKind::Organization, id)?;
                require_childless(data, ParentKind::Organization, id)
            }
            Self::AddUser(row) => require_free(data, RowKind::User, &row.id),
            Self::EditUser(row) => require_present(data, "id", RowKind::User, &row.id),
            Self::DeactivateUser { user, at: _ } => require_present(data, "user", RowKind::User, user),
            Self::RemoveUser(id) => require_present(data, "id", RowKind::User, id),
            Self::AddMember(row) => {
                id::check("organization", &row.organization)?;
                id::check("user", &row.user)?;
                require_no_pair(data, PairKind::Member, &row.organization, &row.user)
            }
            Self::EditMember(row) => require_pair(data, PairKind::Member, &row.organization, &row.user),
            Self::RemoveMember { organization, user } => require_pair(data, PairKind::Member, organization, user),
            Self::AddTeam(row) => {
                require_free(data, RowKind::Team, &row.id)?;
                check_team(data, row)
            }
            Self::EditTeam(row) => {
                require_present(data, "id", RowKind::Team, &row.id)?;
                check_team(data, row)
            }
            Self::RemoveTeam(id) => {
                require_present(data, "id", RowKind::Team, id)?;
                require_childless(data, ParentKind::Team, id)
            }
            Self::AddTeamMembership(row) => {
                id::check("team", &row.team)?;
                id::check("user", &row.user)?;
                check_custom_role(row.role, row.custom_role.as_deref(), false)?;
                require_no_pair(data, PairKind::TeamMembership, &row.team, &row.user)
            }
            Self::EditTeamMembership(row) => {
                require_pair(data, PairKind::TeamMembership, &row.team, &row.user)?;
                Ok(check_custom_role(row.role, row.custom_role.as_deref(), false)?)
            }
            Self::RemoveTeamMembership { team, user } => require_pair(data, PairKind::TeamMembership, team, user),
            Self::AddProject(row) => {
                require_free(data, RowKind::Project, &row.id)?;
                require_named(data, "team", RowKind::Team, &row.team)
            }
            Self::EditProject(row) => {
                require_present(data, "id", RowKind::Project, &row.id)?;
                require_named(data, "team", RowKind::Team, &row.team)
            }
            Self::RemoveProject(id) => require_present(data, "id", RowKind::Project, id),
            Self::ArchiveProject { project, at: _ } => require_present(data, "project", RowKind::Project, project),
            Self::AddGroup(row) => {
                require_free(data, RowKind::Group, &row.id)?;
                Ok(check_group(row)?)
            }
            Self::EditGroup(row) => {
                require_present(data, "id", RowKind::Group, &row.id)?;
                Ok(check_group(row)?)
            }
            Self::RemoveGroup(id) => require_present(data, "id", RowKind::Group, id),
            Self::AddGroupMember { group, user } => {
                id::check("user", user)?;
                require_present(data, "group", RowKind::Group, group)?;
                require_no_pair(data, PairKind::GroupMember, group, user)
            }
            Self::RemoveGroupMember { group, user } => {
                require_present(data, "group", RowKind::Group, group)?;
                require_pair(data, PairKind::GroupMember, group, user)
            }
            Self::AddRole(row) => {
                require_free(data, RowKind::Role, &row.id)?;
                Ok(id::check("organization", &row.organization)?)
            }
            Self::EditRole(row) => {
                require_present(data, "id", RowKind::Role, &row.id)?;
                Ok(id::check("organization", &row.organization)?)
            }
            Self::RemoveRole(id) => require_present(data, "id", RowKind::Role, id),
            Self::AddKey(row) => {
                require_free(data, RowKind::Key, &row.id)?;
                Ok(check_key(row)?)
            }
            Self::EditKey(row) => {
                require_present(data, "id", RowKind::Key, &row.id)?;
                Ok(check_key(row)?)
            }
            Self::RevokeKey { key, at: _ } => require_present(data, "key", RowKind::Key, key),
            Self::RemoveKey(id) => require_present(data, "id", RowKind::Key, id),
            Self::AddBinding(row) => {
                check_binding(row)?;
                require_free(data, RowKind::Binding, &row.id)
            }
            Self::EditBinding(row) => {
                require_present(data, "id", RowKind::Binding, &row.id)?;
                Ok(check_binding(row)?)
            }
            Self::RemoveBinding(id) => require_present(data, "id", RowKind::Binding, id),
        }
    }
}

fn check_team<L: Lookup + ?Sized>(data: &L, row: &Team) -> Outcome<L::Error> {
    id::check("organization", &row.organization)?;
    check_optional_id("owner", row.owner.as_deref())?;
    require_present(data, "organization", RowKind::Organization, &row.organization)
}

fn check_group(row: &Group) -> Result<(), ChangeError> {
    id::check("organization", &row.organization)?;
    let mut seen = HashSet::new();
    for (index, user) in row.members.iter().enumerate() {
        id::check(format!("members[{index}]"), user)?;
        if !seen.insert(user) {
            return Err(duplicate_pair(format!("members[{index}]"), PairKind::GroupMember, &row.id, user));
        }
    }
    Ok(())
}

fn check_key(row: &Key) -> Result<(), ChangeError> {
    id::check("organization", &row.organization)?;
    check_optional_id("owner", row.owner.as_deref())?;
    check_optional_id("createdBy", row.created_by.as_deref())
}

fn check_binding(row: &Binding) -> Result<(), ChangeError> {
    id::check("id", &row.id)?;
    id::check("organization", &row.organization)?;
    match &row.holder {
        Holder::User(user) => id::check("user", user)?,
        Holder::Group(group) => id::check("group", group)?,
        Holder::Key(key) => id::check("key", key)?,
    }
    check_custom_role(row.role, row.custom_role.as_deref(), true)?;
    match &row.scope {
        Scope::Organization(organization) => id::check("scope.organization", organization),
        Scope::Team(team) => id::check("scope.team", team),
        Scope::Project(project) => id::check("scope.project", project),
    }
}

/// Refuses a custom role that is named without being the role, or is the role without being named.
fn check_custom_role(role: BindingRole, named: Option<&str>, required: bool) -> Result<(), ChangeError> {
    match (role, named) {
        (BindingRole::Custom, Some(named)) => id::check("customRole", named),
        (BindingRole::Custom, None) if required => Err(ChangeError::new("customRole", Refusal::CustomRoleAbsent)),
        (_, None) => Ok(()),
        (_, Some(named)) => Err(ChangeError::new("customRole", Refusal::CustomRoleUnused { custom_role: shorten(named) })),
    }
}

/// Refuses the list of a custom role that is beyond the [bounds](crate::role_list).
pub(crate) fn check_role_list(names: &[Box<str>]) -> Result<(), ChangeError> {
    if names.len() > MAX_ROLE_NAMES {
        return Err(ChangeError::new("permissions", Refusal::TooManyNames { found: names.len() }));
    }
    match first_long_name(names) {
        None => Ok(()),
        Some((index, name)) => {
            let refusal = Refusal::LongName { value: shorten(name), bytes: name.len() };
            Err(ChangeError::new(format!("permissions[{index}]"), refusal))
        }
    }
}

/// Refuses what is not an id, for a reference that may be absent.
fn check_optional_id(field: &'static str, text: Option<&str>) -> Result<(), ChangeError> {
    text.map_or(Ok(()), |text| id::check(field, text))
}

/// Refuses what is not an id, and an id that is taken.
fn require_free<L: Lookup + ?Sized>(data: &L, kind: RowKind, id: &str) -> Outcome<L::Error> {
    id::check("id", id)?;
    if data.has_row(kind, id).map_err(ValidateError::Lookup)? {
        return Err(ChangeError::new("id", Refusal::DuplicateId { kind: kind.as_str(), id: id.into() }).into());
    }
    Ok(())
}

/// Refuses an id that nothing has.
fn require_present<L: Lookup + ?Sized>(data: &L, field: &'static str, kind: RowKind, id: &str) -> Outcome<L::Error> {
    if data.has_row(kind, id).map_err(ValidateError::Lookup)? {
        return Ok(());
    }
    Err(ChangeError::new(field, Refusal::NotFound { kind: kind.as_str(), id: shorten(id) }).into())
}

/// Refuses what is not an id, and an id that nothing has.
fn require_named<L: Lookup + ?Sized>(data: &L, field: &'static str, kind: RowKind, id: &str) -> Outcome<L::Error> {
    id::check(field, id)?;
    require_present(data, field, kind, id)
}

/// Refuses a user who is in it already.
fn require_no_pair<L: Lookup + ?Sized>(data: &L, kind: PairKind, id: &str, user: &str) -> Outcome<L::Error> {
    if data.has_pair(kind, id, user).map_err(ValidateError::Lookup)? {
        return Err(duplicate_pair("user", kind, id, user).into());
    }
    Ok(())
}

/// Refuses a user who is not in it.
fn require_pair<L: Lookup + ?Sized>(data: &L, kind: PairKind, id: &str, user: &str) -> Outcome<L::Error> {
    if data.has_pair(kind, id, user).map_err(ValidateError::Lookup)? {
        return Ok(());
    }
    let refusal = Refusal::PairNotFound { kind: kind.as_str(), id: shorten(id), user: shorten(user) };
    Err(ChangeError::new("user", refusal).into())
}

fn duplicate_pair(field: impl Into<Cow<'static, str>>, kind: PairKind, id: &str, user: &str) -> ChangeError {
    ChangeError::new(field, Refusal::DuplicatePair { kind: kind.as_str(), id: id.into(), user: user.into() })
}

/// Refuses to remove what other rows could not be loaded without.
fn require_childless<L: Lookup + ?Sized>(data: &L, kind: ParentKind, id: &str) -> Outcome<L::Error> {
    match data.first_child(kind, id).map_err(ValidateError::Lookup)? {
        None => Ok(()),
        Some(child) => {
            let (kind, children) = (kind.as_str(), kind.children());
            Err(ChangeError::new("id", Refusal::HasChildren { kind, id: id.into(), children, child }).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role_list::{MAX_ROLE_NAME_BYTES, is_within_bounds};

    fn names(count: usize, bytes: usize) -> Vec<Box<str>> {
        (0..count).map(|number| format!("{number:0bytes$}").into()).collect()
    }

    #[test]
    fn a_list_is_bounded_in_names_and_in_bytes() {
        assert_eq!(check_role_list(&names(MAX_ROLE_NAMES, MAX_ROLE_NAME_BYTES)), Ok(()));
        assert!(is_within_bounds(&names(MAX_ROLE_NAMES, MAX_ROLE_NAME_BYTES)));
        let error = check_role_list(&names(MAX_ROLE_NAMES + 1, 4)).unwrap_err();
        assert!(!is_within_bounds(&names(MAX_ROLE_NAMES + 1, 4)));
        assert_eq!((error.field(), error.refusal()), ("permissions", &Refusal::TooManyNames { found: 1_001 }));
        let mut long = names(3, 4);
        long.push("ä".repeat(128).into());
        let error = check_role_list(&long).unwrap_err();
        assert!(!is_within_bounds(&long));
        assert_eq!(error.field(), "permissions[3]");
        assert!(error.to_string().contains("256 bytes"), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
    }

    #[test]
    fn a_refusal_repeats_no_hostile_text_as_it_came() {
        let hostile: Box<str> = format!("\u{1b}[2J{}", "x".repeat(10_000)).into();
        let directory = crate::Directory::default();
        for change in [
            Change::RemoveMember { organization: hostile.clone(), user: hostile.clone() },
            Change::RemoveTeamMembership { team: hostile.clone(), user: hostile.clone() },
            Change::RemoveGroup(hostile.clone()),
            Change::RevokeKey { key: hostile.clone(), at: crate::document::Timestamp::saturating_from_millis(0) },
        ] {
            let text = change.validate(&directory).unwrap_err().to_string();
            assert!(text.len() < 400 && !text.contains('\u{1b}'), "{text}");
        }
    }
}
