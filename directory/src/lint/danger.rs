//! Rows that do what they say, and more than their author may have meant.

use crate::document::{Binding, BindingRole, Document, Holder, Key, MemberRole, Mode, Role, RoleKind, Scope, TeamMembership};
use crate::lint::code::Code;
use crate::lint::finding::{Findings, List};
use crate::lint::index::{Index, Namer};

pub(super) fn find(document: &Document, lookup: &Index<'_>, findings: &mut Findings) {
    let personal: hashbrown::HashSet<&str> =
        document.teams.iter().filter(|team| team.personal).map(|team| &*team.organization).collect();
    for (index, organization) in document.organizations.iter().enumerate() {
        if personal.contains(&*organization.id) {
            let message = "every member can list the personal teams here and their projects: put nothing secret into their names";
            findings.add(Code::PersonalTeamsListed, (List::Organizations, index), "", &[&organization.id], message.to_owned());
        }
    }
    for (index, membership) in document.team_memberships.iter().enumerate() {
        find_in_team_membership(index, membership, lookup, findings);
    }
    document.roles.iter().enumerate().for_each(|(index, role)| find_in_role(index, role, lookup, findings));
    document.keys.iter().enumerate().for_each(|(index, key)| find_in_key(index, key, lookup, findings));
    document.bindings.iter().enumerate().for_each(|(index, binding)| find_in_binding(index, binding, lookup, findings));
}

fn find_in_team_membership(index: usize, membership: &TeamMembership, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::TeamMemberships, index);
    let (team, user) = (&*membership.team, &*membership.user);
    let Some(row) = lookup.teams.get(team) else { return };
    let organization = &*row.organization;
    let Some(member) = lookup.membership(organization, user) else { return };
    if membership.role == BindingRole::Admin && member != MemberRole::External && !row.personal {
        let message =
            format!("`{user}` has the admin list at the whole of `{organization}`, too: use a binding at the team instead");
        findings.add(Code::TeamMembershipAdminAtOrganization, at, "role", &[user, team, organization], message);
    }
    if let Some(role) = membership.custom_role.as_deref()
        && member == MemberRole::External
        && lookup.fault(role, organization, false).is_none()
    {
        let message = external_custom_role(role, user);
        findings.add(Code::TeamMembershipExternalCustomRole, at, "customRole", &[user, team, role], message);
    }
    if let Some(binding) = silencer(user, team, organization, lookup) {
        let id = &*binding.id;
        let below = if matches!(binding.scope, Scope::Project(_)) { "in a project of the team" } else { "in the team" };
        let message = format!(
            "while `{user}` has bindings such as `{id}` this row counts for nothing {below}, and it revives with the last: remove it"
        );
        findings.add(Code::TeamMembershipSilenced, at, "", &[user, team, id], message);
    }
}

/// The binding that silences a team membership in most places.
fn silencer<'d>(user: &'d str, team: &str, organization: &str, lookup: &Index<'d>) -> Option<&'d Binding> {
    let groups = lookup.groups_of.get(user).into_iter().flatten().filter(|group| &*group.organization == organization);
    let holders = groups.map(|group| Holder::Group(group.id.clone())).chain([Holder::User(user.into())]);
    let stored_here =
        holders.flat_map(|holder| lookup.bindings_of(&holder).to_vec()).filter(|binding| &*binding.organization == organization);
    let width = |binding: &Binding| match &binding.scope {
        Scope::Organization(id) if **id == *organization => Some(0),
        Scope::Team(id) if **id == *team => Some(1),
        Scope::Project(id) if lookup.projects.get(&**id).is_some_and(|project| *project.team == *team) => Some(2),
        _ => None,
    };
    stored_here
        .filter_map(|binding| Some(((width(binding)?, &*binding.id), binding)))
        .min_by_key(|(order, _)| *order)
        .map(|(_, binding)| binding)
}

fn find_in_role(index: usize, role: &Role, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Roles, index);
    let id = &*role.id;
    if role.permissions.is_empty() {
        let message = format!(
            "the role `{id}` lists nothing, so everyone who is bound to it is read as `VIEWER`: give it permissions or remove it"
        );
        findings.add(Code::RoleEmpty, at, "permissions", &[id], message);
    }
    if role.kind == RoleKind::Key && lookup.is_shared(id) {
        let mut namers: Vec<&str> = lookup.namers.get(id).into_iter().flatten().map(namer_id).collect();
        namers.sort_unstable();
        namers.dedup();
        let message =
            format!("more than one key names the private role `{id}`, so all are read as `VIEWER`: leave it to one key");
        let ids: Vec<&str> = [id].into_iter().chain(namers).collect();
        findings.add(Code::RolePrivateShared, at, "", &ids, message);
    }
}

fn namer_id<'d>(namer: &Namer<'d>) -> &'d str {
    match namer {
        Namer::TeamMembership(user) => user,
        Namer::Binding(Holder::User(id) | Holder::Group(id) | Holder::Key(id)) => id,
    }
}

fn find_in_key(index: usize, key: &Key, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Keys, index);
    let (id, organization) = (&*key.id, &*key.organization);
    if key.revoked_at.is_some() {
        return;
    }
    if let (None, Some(creator)) = (key.owner.as_deref(), key.created_by.as_deref()) {
        let gone = match lookup.users.get(creator) {
            None => Some((Code::KeyCreatorUnknown, "is not a known user any more")),
            Some(user) if user.deactivated_at.is_some() => Some((Code::KeyCreatorDeactivated, "is deactivated")),
            Some(_) if lookup.membership(organization, creator).is_none() => {
                Some((Code::KeyCreatorNotMember, "is not a member any more"))
            }
            Some(_) => None,
        };
        if let Some((code, state)) = gone {
            let message =
                format!("`{creator}` made this service key and {state}, and the key works on: check who has it, or revoke it");
            findings.add(code, at, "createdBy", &[id, creator], message);
        }
    }
    let holder = Holder::Key(key.id.clone());
    let bindings = lookup.bindings_of(&holder).iter().filter(|binding| *binding.organization == *organization);
    if key.mode == Mode::Readonly
        && let Some(binding) = bindings.clone().find(|binding| can_write(binding, lookup))
    {
        let message = format!("`readonly` is only a label and the binding `{}` can write: bind the key to less", binding.id);
        findings.add(Code::KeyReadonlyWrites, at, "mode", &[id, &binding.id], message);
    }
    if let Some(binding) = bindings.clone().find(|binding| manages_keys(binding, lookup)) {
        let message = format!(
            "with the binding `{}` the key can make and edit keys that are stronger than itself: bind it to less",
            binding.id
        );
        findings.add(Code::KeyManagesKeys, at, "", &[id, &binding.id], message);
    }
}

/// Whether a binding of a key grants anything but viewing.
fn can_write(binding: &Binding, lookup: &Index<'_>) -> bool {
    match binding.role {
        BindingRole::Viewer => false,
        // At an organization MEMBER has the list that every member has.
        BindingRole::Member => !matches!(binding.scope, Scope::Organization(_)),
        BindingRole::Admin => true,
        BindingRole::Custom => lookup
            .usable_role(binding)
            .is_some_and(|role| role.permissions.iter().any(|name| !name.ends_with(":view") && name.contains(':'))),
    }
}

/// Whether a binding of a key grants what making keys needs.
fn manages_keys(binding: &Binding, lookup: &Index<'_>) -> bool {
    let at_organization = matches!(&binding.scope, Scope::Organization(scope) if *scope == binding.organization);
    let manages = |role: &Role| role.permissions.iter().any(|name| &**name == "organization:manage");
    at_organization && (binding.role == BindingRole::Admin || lookup.usable_role(binding).is_some_and(manages))
}

fn find_in_binding(index: usize, binding: &Binding, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Bindings, index);
    let organization = &*binding.organization;
    let Some(role) = lookup.usable_role(binding) else { return };
    let users: &[Box<str>] = match &binding.holder {
        Holder::User(user) => std::slice::from_ref(user),
        Holder::Group(group) => lookup.groups.get(&**group).map_or(&[], |group| &group.members),
        Holder::Key(_) => &[],
    };
    for user in users {
        if lookup.membership(organization, user) == Some(MemberRole::External) {
            let message = external_custom_role(&role.id, user);
            findings.add(Code::BindingExternalCustomRole, at, "customRole", &[&binding.id, user, &role.id], message);
        }
    }
}

fn external_custom_role(role: &str, user: &str) -> String {
    format!(
        "`{user}` is an `EXTERNAL` member and the custom role `{role}` is not capped for them: check its list, or bind a built-in role"
    )
}
