//! Rows that refer to what is gone, or to what belongs to someone else.

use crate::document::{Binding, BindingRole, Document, Group, Holder, Key, Scope, Team, TeamMembership};
use crate::lint::code::Code;
use crate::lint::finding::{Findings, List};
use crate::lint::index::{Fault, Index};

const READS_AS_VIEWER: &str = "so the row is read as `VIEWER`";

pub(super) fn find(document: &Document, lookup: &Index<'_>, findings: &mut Findings) {
    for (index, member) in document.members.iter().enumerate() {
        let (organization, user) = (&*member.organization, &*member.user);
        let at = (List::Members, index);
        if !lookup.organizations.contains(organization) {
            let message = format!("there is no organization `{organization}`, so the row does nothing: remove it");
            findings.add(Code::MemberOrganizationUnknown, at, "organization", &[organization, user], message);
        }
        if !lookup.users.contains_key(user) {
            let message =
                format!("there is no user `{user}`: remove the row, or the next user who gets this id is a member at once");
            findings.add(Code::MemberUserUnknown, at, "user", &[user, organization], message);
        }
    }
    document.teams.iter().enumerate().for_each(|(index, team)| find_in_team(index, team, lookup, findings));
    for (index, membership) in document.team_memberships.iter().enumerate() {
        find_in_team_membership(index, membership, lookup, findings);
    }
    document.groups.iter().enumerate().for_each(|(index, group)| find_in_group(index, group, lookup, findings));
    for (index, role) in document.roles.iter().enumerate() {
        let organization = &*role.organization;
        if !lookup.organizations.contains(organization) {
            let message = format!("there is no organization `{organization}`, so no binding can use the role: remove it");
            let ids = [&*role.id, organization];
            findings.add(Code::RoleOrganizationUnknown, (List::Roles, index), "organization", &ids, message);
        }
        if let Err(error) = crate::validator::check_role_list(&role.permissions) {
            let message = format!("{}: until then no question about somebody who has the role is answered", error.refusal());
            findings.add(Code::RoleTooLong, (List::Roles, index), error.field(), &[&role.id], message);
        }
    }
    document.keys.iter().enumerate().for_each(|(index, key)| find_in_key(index, key, lookup, findings));
    document.bindings.iter().enumerate().for_each(|(index, binding)| find_in_binding(index, binding, lookup, findings));
}

fn find_in_team(index: usize, team: &Team, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Teams, index);
    let (id, organization) = (&*team.id, &*team.organization);
    match team.owner.as_deref() {
        None if team.personal => {
            let message = format!("the personal team `{id}` has no owner, so nobody can bind a key to it: record whose it is");
            findings.add(Code::TeamOwnerAbsent, at, "owner", &[id], message);
        }
        Some(owner) if !lookup.users.contains_key(owner) => {
            let message = format!("the owner `{owner}` is not a known user: remove the team or record whose it is");
            findings.add(Code::TeamOwnerUnknown, at, "owner", &[id, owner], message);
        }
        Some(owner) if lookup.membership(organization, owner).is_none() => {
            let message =
                format!("the owner `{owner}` is not a member of `{organization}`: remove the team or record whose it is");
            findings.add(Code::TeamOwnerNotMember, at, "owner", &[id, owner, organization], message);
        }
        _ => {}
    }
}

fn find_in_team_membership(index: usize, membership: &TeamMembership, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::TeamMemberships, index);
    let (team, user) = (&*membership.team, &*membership.user);
    if !lookup.users.contains_key(user) {
        let message =
            format!("there is no user `{user}`: remove the row, or the next user who gets this id has the role at once");
        findings.add(Code::TeamMembershipUserUnknown, at, "user", &[user, team], message);
    }
    let Some(organization) = lookup.teams.get(team).map(|team| &*team.organization) else {
        let message = format!("there is no team `{team}`, so the row does nothing: remove it");
        findings.add(Code::TeamMembershipTeamUnknown, at, "team", &[team, user], message);
        return;
    };
    if lookup.users.contains_key(user) && lookup.membership(organization, user).is_none() {
        let message =
            format!("`{user}` is not a member of `{organization}`: remove the row, or it counts again when they rejoin");
        findings.add(Code::TeamMembershipNotMember, at, "user", &[user, team, organization], message);
    }
    if membership.role != BindingRole::Custom {
        return;
    }
    let Some(role) = membership.custom_role.as_deref() else {
        let message = format!("the role is `CUSTOM` without a custom role, {READS_AS_VIEWER}: name a role or remove the row");
        findings.add(Code::TeamMembershipRoleAbsent, at, "customRole", &[user, team], message);
        return;
    };
    if let Some(fault) = lookup.fault(role, organization, false) {
        let code = match fault {
            Fault::Missing => Code::TeamMembershipRoleMissing,
            Fault::Foreign => Code::TeamMembershipRoleForeign,
            Fault::Empty => Code::TeamMembershipRoleEmpty,
            Fault::Private => Code::TeamMembershipRolePrivate,
        };
        findings.add(code, at, "customRole", &[user, team, role], describe(fault, role, organization));
    }
}

fn find_in_group(index: usize, group: &Group, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Groups, index);
    let (id, organization) = (&*group.id, &*group.organization);
    if !lookup.organizations.contains(organization) {
        let message = format!("there is no organization `{organization}`, so the group gives nothing: remove it");
        findings.add(Code::GroupOrganizationUnknown, at, "organization", &[id, organization], message);
        return;
    }
    for (position, user) in group.members.iter().enumerate() {
        let field = format!("members[{position}]");
        if !lookup.users.contains_key(&**user) {
            let message =
                format!("there is no user `{user}`: take them out, or the next user who gets this id has what the group has");
            findings.add(Code::GroupMemberUnknown, at, &field, &[id, user], message);
        } else if lookup.membership(organization, user).is_none() {
            let message =
                format!("`{user}` is not a member of `{organization}`: take them out, or they have it all when they rejoin");
            findings.add(Code::GroupMemberNotMember, at, &field, &[id, user, organization], message);
        }
    }
}

fn find_in_key(index: usize, key: &Key, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Keys, index);
    let (id, organization) = (&*key.id, &*key.organization);
    if !lookup.organizations.contains(organization) {
        let message = format!("there is no organization `{organization}`, so the key can do nothing: revoke it");
        findings.add(Code::KeyOrganizationUnknown, at, "organization", &[id, organization], message);
    }
    let Some(owner) = key.owner.as_deref() else { return };
    match lookup.users.get(owner) {
        None => {
            let message =
                format!("there is no user `{owner}`, so the key can do nothing: revoke it, or it works again with them");
            findings.add(Code::KeyOwnerUnknown, at, "owner", &[id, owner], message);
        }
        Some(user) if user.deactivated_at.is_some() => {
            let message = format!("the owner `{owner}` is deactivated, so the key can do nothing until they are back: revoke it");
            findings.add(Code::KeyOwnerDeactivated, at, "owner", &[id, owner], message);
        }
        Some(_) if lookup.membership(organization, owner).is_none() => {
            let message = format!(
                "the owner `{owner}` is not a member of `{organization}`: revoke the key, or it works again when they rejoin"
            );
            findings.add(Code::KeyOwnerNotMember, at, "owner", &[id, owner, organization], message);
        }
        Some(_) => {}
    }
}

fn find_in_binding(index: usize, binding: &Binding, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Bindings, index);
    let (id, organization) = (&*binding.id, &*binding.organization);
    if !lookup.organizations.contains(organization) {
        let message = format!("there is no organization `{organization}`, so the binding does nothing: remove it");
        findings.add(Code::BindingOrganizationUnknown, at, "organization", &[id, organization], message);
    }
    find_in_holder(index, binding, lookup, findings);
    let (field, kind, scope) = match &binding.scope {
        Scope::Organization(scope) => ("scope.organization", "organization", &**scope),
        Scope::Team(scope) => ("scope.team", "team", &**scope),
        Scope::Project(scope) => ("scope.project", "project", &**scope),
    };
    match lookup.organization_of(&binding.scope) {
        None => {
            let message = format!("there is no {kind} `{scope}`, so the binding does nothing: remove it");
            findings.add(Code::BindingScopeUnknown, at, field, &[id, scope], message);
        }
        Some(other) if other != organization => {
            let message = format!("the {kind} `{scope}` is not in `{organization}`, so the binding does nothing: remove it");
            findings.add(Code::BindingScopeForeign, at, field, &[id, scope, organization], message);
        }
        Some(_) => {}
    }
    let Some(role) = binding.custom_role.as_deref() else { return };
    let by_key = matches!(binding.holder, Holder::Key(_));
    let code = match lookup.fault(role, organization, by_key) {
        None => return,
        Some(Fault::Missing) => (Code::BindingRoleMissing, Fault::Missing),
        Some(Fault::Foreign) => (Code::BindingRoleForeign, Fault::Foreign),
        Some(Fault::Empty) => (Code::BindingRoleEmpty, Fault::Empty),
        // Bindings of keys are told by the role that they share.
        Some(Fault::Private) if by_key => return,
        Some(Fault::Private) => (Code::BindingRolePrivate, Fault::Private),
    };
    findings.add(code.0, at, "customRole", &[id, role], describe(code.1, role, organization));
}

fn find_in_holder(index: usize, binding: &Binding, lookup: &Index<'_>, findings: &mut Findings) {
    let at = (List::Bindings, index);
    let (id, organization) = (&*binding.id, &*binding.organization);
    let (field, holder, home) = match &binding.holder {
        Holder::User(user) => {
            if lookup.users.contains_key(&**user) && lookup.membership(organization, user).is_none() {
                let message = format!(
                    "`{user}` is not a member of `{organization}`: remove the binding, or it counts again when they rejoin"
                );
                findings.add(Code::BindingNotMember, at, "user", &[id, user, organization], message);
            }
            ("user", &**user, lookup.users.contains_key(&**user).then_some(organization))
        }
        Holder::Group(group) => ("group", &**group, lookup.groups.get(&**group).map(|group| &*group.organization)),
        Holder::Key(key) => ("key", &**key, lookup.keys.get(&**key).map(|key| &*key.organization)),
    };
    match home {
        None => {
            let message =
                format!("there is no {field} `{holder}`: remove the binding, or the next {field} that gets this id has it");
            findings.add(Code::BindingHolderUnknown, at, field, &[id, holder], message);
        }
        Some(home) if home != organization => {
            let message = format!("the {field} `{holder}` belongs to `{home}`, so the binding does nothing: remove it");
            findings.add(Code::BindingHolderForeign, at, field, &[id, holder, organization], message);
        }
        Some(_) => {}
    }
}

fn describe(fault: Fault, role: &str, organization: &str) -> String {
    match fault {
        Fault::Missing => format!("there is no custom role `{role}`, {READS_AS_VIEWER}: name one that exists or remove the row"),
        Fault::Foreign => {
            format!("the custom role `{role}` is not one of `{organization}`, {READS_AS_VIEWER}: name another or remove the row")
        }
        Fault::Empty => {
            format!("the custom role `{role}` lists nothing, {READS_AS_VIEWER}: give it permissions or remove the row")
        }
        Fault::Private => {
            format!(
                "the role `{role}` is private to one key, {READS_AS_VIEWER} and the key is, too: name another or remove the row"
            )
        }
    }
}
