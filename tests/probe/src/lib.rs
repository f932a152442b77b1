//! The authorizer as a WebAssembly module whose policy runs outside of it.
//!
//! Compiled for `wasm32-unknown-unknown` it imports the two functions of a policy and nothing else: no clock, no file, no thread, no random
//! number. `cargo xtask probe` asks it there what it asks this code natively, and compares every answer.

#[cfg(target_family = "wasm")]
mod outside;

use clearance::{Authorizer, Digest, PlaceId, PrincipalId, document::Timestamp, repair::Asker};

/// Everything that an authorizer answers about one line: the milliseconds of the moment, the kind and the id of the principal, the kind and
/// the id of the place, and the permission, with tabs between them. `None` where the line is something else.
#[must_use]
pub fn answer(authorizer: &Authorizer, line: &str) -> Option<String> {
    let [now, kind, who, tier, at, permission] = *line.split('\t').collect::<Vec<_>>() else { return None };
    let view = authorizer.view_at(Timestamp::from_millis(now.parse().ok()?)?);
    let principal = match kind {
        "user" => PrincipalId::User(who),
        "key" => PrincipalId::Key(who),
        "project key of" => PrincipalId::ProjectKey(who),
        _ => return None,
    };
    let place = match tier {
        "organization" => PlaceId::Organization(at),
        "team" => PlaceId::Team(at),
        "project" => PlaceId::Project(at),
        _ => return None,
    };
    let effective = view.effective(principal, place);
    let answers = [
        format!("check: {:?}", view.check(principal, permission, place)),
        format!("again: {:?}", view.check(principal, permission, place)),
        format!("standing: {:?}", view.standing(principal, place)),
        format!(
            "effective: {:?}",
            effective.map(|all| (all.permissions().map(str::to_owned).collect::<Vec<_>>(), all.validity()))
        ),
        format!("explain: {:?}", view.explain(principal, permission, place)),
        format!("repair: {:?}", view.repair(principal, permission, place, Asker::Keeper)),
        format!("capsule: {:?}", view.capsule(principal, permission, place).map(|capsule| Digest::of(&capsule.to_bytes()))),
        format!("sees: {:?}", view.visible_projects(who)),
        format!("lists: {:?}", view.list_keys(principal, "acme")),
        format!("revokes: {:?}", view.revoke_key(principal, "acme", "ci")),
    ];
    Some(answers.join("\n"))
}
