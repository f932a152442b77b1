//! What a key is asked to be able to do, from the options, for the policy to judge.

use clearance::{
    document::{Binding, BindingRole, Holder, Scope},
    key::{self, role_for_all},
};
use clearance_keeper::{BindingView, Choices, KeyView};
use serde_json::{Value, json};

use crate::{
    arguments::{Access, Reach, RoleChoice},
    keys::{Keys, Wanted},
    refused::Refused,
};

/// Whose key it is to be, and where: what "all" depends on.
pub(crate) struct Whose<'a> {
    pub(crate) organization: &'a str,
    /// Absent exactly for a service key.
    pub(crate) owner: Option<&'a str>,
}

/// The scopes that the options name.
pub(crate) fn scopes(reach: &Reach, organization: &str) -> Vec<Scope> {
    let Reach { project, team, whole_organization } = reach;
    let whole = whole_organization.then(|| Scope::Organization(organization.into()));
    let teams = team.iter().map(|id| Scope::Team(id.as_str().into()));
    let projects = project.iter().map(|id| Scope::Project(id.as_str().into()));
    whole.into_iter().chain(teams).chain(projects).collect()
}

/// The scopes that a key has already, each once.
pub(crate) fn scopes_of(key: &KeyView) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for binding in &key.bindings {
        let scope = scope(binding);
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

/// Adds mode, bindings and permissions to what is wanted.
pub(crate) fn ask<'a>(
    wanted: &mut Wanted<'a>,
    access: &'a Access,
    scopes: &[Scope],
    whose: &Whose<'_>,
    keys: &Keys,
) -> anyhow::Result<()> {
    let (mode, roles): (_, Vec<BindingRole>) = if access.is_restricted() {
        ("restricted", vec![BindingRole::Custom; scopes.len()])
    } else if access.readonly {
        ("readonly", vec![BindingRole::Viewer; scopes.len()])
    } else {
        let same = |role| vec![role; scopes.len()];
        let roles = match access.role.unwrap_or(RoleChoice::All) {
            RoleChoice::All => roles_of_owner(scopes, whose, keys)?,
            RoleChoice::Admin => same(BindingRole::Admin),
            RoleChoice::Member => same(BindingRole::Member),
            RoleChoice::Viewer => same(BindingRole::Viewer),
        };
        ("all", roles)
    };
    let bindings = scopes
        .iter()
        .zip(roles)
        .map(|(scope, role)| json!({ "role": role.as_str(), "scopeType": key::scope_type(scope), "scopeId": scope.id() }));
    wanted.fields.insert("permissionMode".into(), mode.into());
    wanted.fields.insert("bindings".into(), bindings.collect::<Vec<Value>>().into());
    if access.is_restricted() {
        wanted.fields.insert("permissions".into(), access.permission.clone().into());
        wanted.categories = &access.category;
    }
    Ok(())
}

/// The role that the owner has at each scope. The policy holds it against what the owner has all the same.
fn roles_of_owner(scopes: &[Scope], whose: &Whose<'_>, keys: &Keys) -> anyhow::Result<Vec<BindingRole>> {
    let Whose { organization, owner } = *whose;
    let Some(owner) = owner.filter(|_| !scopes.is_empty()) else { return Ok(vec![BindingRole::Admin; scopes.len()]) };
    let Choices { bindings, projects, .. } = match keys.choices(owner, organization) {
        Ok(choices) => choices,
        // A user who is not a member has nothing there; the policy decides what that means for the key.
        Err(error) if error.is::<Refused>() => return Ok(vec![BindingRole::Viewer; scopes.len()]),
        Err(error) => return Err(error),
    };
    let own: Vec<Binding> = bindings
        .iter()
        .map(|binding| Binding {
            id: binding.id.clone(),
            organization: organization.into(),
            holder: Holder::User(owner.into()),
            role: binding.role,
            custom_role: None,
            scope: scope(binding),
        })
        .collect();
    let team = |scope: &Scope| projects.iter().find(|project| *project.id == *scope.id()).map(|project| &*project.team);
    Ok(scopes.iter().map(|scope| role_for_all(&own, organization, team(scope), scope)).collect())
}

/// The scope of a binding that was shown.
pub(crate) fn scope(binding: &BindingView) -> Scope {
    let id = binding.scope_id.clone();
    match &*binding.scope_type {
        "ORGANIZATION" => Scope::Organization(id),
        "TEAM" => Scope::Team(id),
        _ => Scope::Project(id),
    }
}
