//! Facts as JSON, with the names that the contract gives to fields and cases.
//!
//! A field that is absent is left out. A case of a variant is `{"tag": name}` or `{"tag": name, "val": payload}`. A number of 64 bits
//! is a string of decimal digits, because many readers of JSON round numbers above 2^53; no other string consists of digits alone.

use clearance_policy::types::{
    Binding, CustomRole, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Place, Principal, PrivateUse, Role,
    TeamMembership, Tier, UserFacts,
};
use serde_json::{Value, json};

pub(crate) fn facts(facts: &Facts) -> Value {
    let Facts { now, place: at, principal: who, roles } = facts;
    json!({"now": word(*now), "place": place(at), "principal": principal(who), "roles": list(roles, custom_role)})
}

fn word(number: u64) -> Value {
    Value::String(number.to_string())
}

fn list<T>(items: &[T], item: impl Fn(&T) -> Value) -> Value {
    items.iter().map(item).collect()
}

fn bare(tag: &str) -> Value {
    json!({ "tag": tag })
}

fn case(tag: &str, val: impl Into<Value>) -> Value {
    json!({"tag": tag, "val": val.into()})
}

fn put(record: &mut Value, field: &str, value: Option<Value>) {
    if let Some(value) = value {
        record[field] = value;
    }
}

fn place(place: &Place) -> Value {
    match place {
        Place::Unknown => bare("unknown"),
        Place::Organization(organization) => case("organization", word(*organization)),
        Place::Team(place) => case("team", json!({"team": word(place.team), "organization": word(place.organization)})),
        Place::Project(place) => {
            let (project, team, organization) = (word(place.project), word(place.team), word(place.organization));
            case("project", json!({"project": project, "team": team, "organization": organization, "archived": place.archived}))
        }
    }
}

fn principal(principal: &Principal) -> Value {
    match principal {
        Principal::Unknown => bare("unknown"),
        Principal::User(facts) => case("user", user(facts)),
        Principal::Key(facts) => case("key", key(facts)),
        Principal::ProjectKey(facts) => case("project-key", json!({"project": word(facts.project)})),
    }
}

fn user(facts: &UserFacts) -> Value {
    let UserFacts { handle, membership, bindings, team_memberships, deactivated } = facts;
    let mut record = json!({
        "handle": word(*handle),
        "bindings": list(bindings, binding),
        "team-memberships": list(team_memberships, team_membership),
        "deactivated": deactivated,
    });
    let membership = membership.map(|membership| match membership {
        Membership::Admin => "admin",
        Membership::Member => "member",
        Membership::External => "external",
    });
    put(&mut record, "membership", membership.map(Value::from));
    record
}

fn key(facts: &KeyFacts) -> Value {
    let KeyFacts { handle, organization, mode, creator_deactivated, expires, revoked, bindings, owner } = facts;
    let mode = match mode {
        Mode::All => "all",
        Mode::Readonly => "readonly",
        Mode::Restricted => "restricted",
    };
    let mut record = json!({
        "handle": word(*handle),
        "organization": word(*organization),
        "mode": mode,
        "creator-deactivated": creator_deactivated,
        "revoked": revoked,
        "bindings": list(bindings, binding),
    });
    put(&mut record, "expires", expires.map(word));
    let owner = owner.as_ref().map(|owner| match owner {
        Owner::Unknown => bare("unknown"),
        Owner::User(facts) => case("user", user(facts)),
    });
    put(&mut record, "owner", owner);
    record
}

fn binding(binding: &Binding) -> Value {
    let tier = match binding.scope.tier {
        Tier::Organization => "organization",
        Tier::Team => "team",
        Tier::Project => "project",
    };
    let scope = json!({"tier": tier, "at": word(binding.scope.at)});
    let mut record = json!({"organization": word(binding.organization), "scope": scope, "role": role(&binding.role)});
    put(&mut record, "group", binding.group.map(word));
    record
}

fn team_membership(membership: &TeamMembership) -> Value {
    let (team, organization) = (word(membership.team), word(membership.organization));
    json!({"team": team, "organization": organization, "personal": membership.personal, "role": role(&membership.role)})
}

fn role(role: &Role) -> Value {
    match role {
        Role::Admin => bare("admin"),
        Role::Member => bare("member"),
        Role::Viewer => bare("viewer"),
        Role::Custom(index) => case("custom", *index),
        Role::Missing => bare("missing"),
    }
}

fn custom_role(role: &CustomRole) -> Value {
    let PermissionSet { w0, w1, w2, w3 } = role.permissions;
    let permissions = json!({"w0": word(w0), "w1": word(w1), "w2": word(w2), "w3": word(w3)});
    let mut record = json!({"organization": word(role.organization), "empty": role.empty, "permissions": permissions});
    let private = role.private.map(|private| match private {
        PrivateUse::UsedBy(key) => case("used-by", word(key)),
        PrivateUse::UsedByOthers => bare("used-by-others"),
    });
    put(&mut record, "private", private);
    record
}
