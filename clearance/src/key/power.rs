//! What a key may do by itself.

use clearance_directory::{
    Change,
    document::{Binding, BindingRole, Holder, Role, RoleKind, Scope},
};

use crate::key::WantedBinding;

/// What a key may do by itself: all its bindings and, if any of them is CUSTOM, the list of its one private role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPower {
    /// The bindings, at least one and none twice.
    pub bindings: Vec<WantedBinding>,
    /// The names of the permissions in the private role, sorted, none twice. Empty exactly when no binding is CUSTOM: then there
    /// is no private role.
    pub permissions: Vec<Box<str>>,
}

impl KeyPower {
    /// The changes that give it to a key that has no bindings.
    pub(super) fn changes(&self, organization: &str, key: &str, mut mint: impl FnMut() -> Box<str>) -> Vec<Change> {
        let Self { bindings, permissions } = self;
        let mut changes = Vec::with_capacity(bindings.len() + 1);
        let mut private = None;
        if !permissions.is_empty() {
            let id = mint();
            private = Some(id.clone());
            changes.push(Change::AddRole(Role {
                id,
                organization: organization.into(),
                kind: RoleKind::Key,
                name: format!("key:{key}").into(),
                permissions: permissions.clone(),
            }));
        }
        changes.extend(bindings.iter().map(|WantedBinding { role, scope }| {
            Change::AddBinding(Binding {
                id: mint(),
                organization: organization.into(),
                holder: Holder::Key(key.into()),
                role: *role,
                custom_role: private.clone().filter(|_| *role == BindingRole::Custom),
                scope: scope.clone(),
            })
        }));
        changes
    }
}

/// The role that a key of a user gets at a scope when "all" is asked for: the one that the user has there.
///
/// `own` are the user's own bindings stored under the organization. The bindings at the scope decide; where there are none, for a
/// project those at its `team`, then those at the organization; where there are none either, VIEWER. Of several the most powerful
/// built-in role counts. A custom role cannot be asked for: it stands for VIEWER.
///
/// A service key gets ADMIN. Whatever is asked for, the policy holds it against what the user has.
///
/// ```
/// use clearance::{document::{Binding, BindingRole, Scope}, key::role_for_all};
///
/// let own: Vec<Binding> = serde_json::from_str(
///     r#"[{"id": "b1", "organization": "acme", "user": "ana", "role": "MEMBER", "scope": {"team": "web"}}]"#,
/// )?;
/// let role = |scope: Scope, team| role_for_all(&own, "acme", team, &scope);
/// assert_eq!(role(Scope::Project("shop".into()), Some("web")), BindingRole::Member);
/// assert_eq!(role(Scope::Project("lake".into()), Some("data")), BindingRole::Viewer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn role_for_all(own: &[Binding], organization: &str, team: Option<&str>, scope: &Scope) -> BindingRole {
    let team = team.filter(|_| matches!(scope, Scope::Project(_))).map(|team| Scope::Team(team.into()));
    let whole = Scope::Organization(organization.into());
    let nearest = [Some(scope), team.as_ref(), Some(&whole)].into_iter().flatten().find_map(|scope| {
        let there = own.iter().filter(|binding| *binding.organization == *organization && binding.scope == *scope);
        there.map(|binding| rank(binding.role)).max()
    });
    match nearest {
        Some(2) => BindingRole::Admin,
        Some(1) => BindingRole::Member,
        Some(_) | None => BindingRole::Viewer,
    }
}

fn rank(role: BindingRole) -> u8 {
    match role {
        BindingRole::Admin => 2,
        BindingRole::Member => 1,
        BindingRole::Viewer | BindingRole::Custom => 0,
    }
}
