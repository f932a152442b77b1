//! A document by id.

use hashbrown::{HashMap, HashSet};

use crate::document::{
    Binding, BindingRole, Document, Group, Holder, Key, MemberRole, Project, Role, RoleKind, Scope, Team, User,
};

/// What the findings look up, so that a large document is not searched again for each of its rows.
pub(super) struct Index<'d> {
    pub(super) organizations: HashSet<&'d str>,
    pub(super) users: HashMap<&'d str, &'d User>,
    /// By organization and user.
    pub(super) members: HashMap<(&'d str, &'d str), MemberRole>,
    pub(super) teams: HashMap<&'d str, &'d Team>,
    pub(super) projects: HashMap<&'d str, &'d Project>,
    pub(super) groups: HashMap<&'d str, &'d Group>,
    pub(super) roles: HashMap<&'d str, &'d Role>,
    pub(super) keys: HashMap<&'d str, &'d Key>,
    pub(super) bindings: HashMap<&'d Holder, Vec<&'d Binding>>,
    /// The groups that each user is in.
    pub(super) groups_of: HashMap<&'d str, Vec<&'d Group>>,
    /// What names each custom role.
    pub(super) namers: HashMap<&'d str, HashSet<Namer<'d>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Namer<'d> {
    Binding(&'d Holder),
    /// The user.
    TeamMembership(&'d str),
}

/// Why a custom role is unusable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Missing,
    Foreign,
    Empty,
    Private,
}

impl<'d> Index<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let mut bindings: HashMap<&Holder, Vec<&Binding>> = HashMap::new();
        let mut namers: HashMap<&str, HashSet<Namer<'_>>> = HashMap::new();
        for binding in &document.bindings {
            bindings.entry(&binding.holder).or_default().push(binding);
            if let Some(role) = &binding.custom_role {
                namers.entry(role).or_default().insert(Namer::Binding(&binding.holder));
            }
        }
        for membership in &document.team_memberships {
            if let Some(role) = &membership.custom_role {
                namers.entry(role).or_default().insert(Namer::TeamMembership(&membership.user));
            }
        }
        let mut groups_of: HashMap<&str, Vec<&Group>> = HashMap::new();
        for group in &document.groups {
            for user in &group.members {
                groups_of.entry(user).or_default().push(group);
            }
        }
        Self {
            organizations: document.organizations.iter().map(|row| &*row.id).collect(),
            users: document.users.iter().map(|row| (&*row.id, row)).collect(),
            members: document.members.iter().map(|row| ((&*row.organization, &*row.user), row.role)).collect(),
            teams: document.teams.iter().map(|row| (&*row.id, row)).collect(),
            projects: document.projects.iter().map(|row| (&*row.id, row)).collect(),
            groups: document.groups.iter().map(|row| (&*row.id, row)).collect(),
            roles: document.roles.iter().map(|row| (&*row.id, row)).collect(),
            keys: document.keys.iter().map(|row| (&*row.id, row)).collect(),
            bindings,
            groups_of,
            namers,
        }
    }

    pub(super) fn membership(&self, organization: &'d str, user: &'d str) -> Option<MemberRole> {
        self.members.get(&(organization, user)).copied()
    }

    /// The organization of a scope. `None` means that the scope or what it belongs to is not there.
    pub(super) fn organization_of(&self, scope: &'d Scope) -> Option<&'d str> {
        match scope {
            Scope::Organization(organization) => self.organizations.get(&**organization).copied(),
            Scope::Team(team) => self.teams.get(&**team).map(|team| &*team.organization),
            Scope::Project(project) => {
                let team = &*self.projects.get(&**project)?.team;
                self.teams.get(team).map(|team| &*team.organization)
            }
        }
    }

    pub(super) fn bindings_of(&self, holder: &Holder) -> &[&'d Binding] {
        self.bindings.get(holder).map_or(&[], Vec::as_slice)
    }

    /// Whether something else than bindings of one key names a private role.
    pub(super) fn is_shared(&self, role: &str) -> bool {
        let Some(namers) = self.namers.get(role) else { return false };
        namers.len() > 1 || namers.iter().any(|namer| !matches!(namer, Namer::Binding(Holder::Key(_))))
    }

    /// Why a role that is named in an organization is unusable there, if it is. `by_key`: a binding of a key names it.
    pub(super) fn fault(&self, role: &str, organization: &str, by_key: bool) -> Option<Fault> {
        let Some(role) = self.roles.get(role) else { return Some(Fault::Missing) };
        if &*role.organization != organization {
            Some(Fault::Foreign)
        } else if role.permissions.is_empty() {
            Some(Fault::Empty)
        } else if role.kind == RoleKind::Key && (!by_key || self.is_shared(&role.id)) {
            Some(Fault::Private)
        } else {
            None
        }
    }

    /// The usable custom role of a binding, if it names one.
    pub(super) fn usable_role(&self, binding: &'d Binding) -> Option<&'d Role> {
        let role = binding.custom_role.as_deref().filter(|_| binding.role == BindingRole::Custom)?;
        let by_key = matches!(binding.holder, Holder::Key(_));
        match self.fault(role, &binding.organization, by_key) {
            Some(_) => None,
            None => self.roles.get(role).copied(),
        }
    }
}
