//! A key is never more powerful than its owner is now: what the key `ci` may do before and after its owner leaves a group.

use std::{
    error::Error,
    io::{self, Write},
};

use clearance::{Authorizer, Change, Directory, PlaceId::Project, PrincipalId::Key};
use clearance_host::{Engine, LANGWATCH, Limits};

fn main() -> Result<(), Box<dyn Error>> {
    show(&mut io::stdout())
}

/// Writes what README.md shows.
pub(crate) fn show(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
    let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
    let authorizer = Authorizer::new(policy, directory)?;

    writeln!(out, "The key `ci` is an admin of the team Web. Its owner, Ben, is a developer there.\n")?;
    for permission in ["prompts:update", "project:delete"] {
        check(&authorizer, permission, out)?;
    }

    writeln!(out, "\nBen leaves the group of the developers. Nobody touches his key.\n")?;
    authorizer.apply(Change::RemoveGroupMember { group: "developers".into(), user: "ben".into() })?;
    check(&authorizer, "prompts:update", out)?;

    let explanation = authorizer.view().explain(Key("ci"), "prompts:update", Project("shop"))?;
    let owner = explanation.owner.ok_or("the key `ci` has no owner")?;
    let verdict = |allow| if allow { "allow" } else { "deny" };
    writeln!(out, "\n  the key by itself   {}", verdict(explanation.principal.decision.allow))?;
    writeln!(out, "  its owner, now      {}", verdict(owner.decision.allow))?;
    writeln!(out, "\nDecided by {}.", explanation.decision.policy)?;
    Ok(())
}

fn check(authorizer: &Authorizer, permission: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let decision = authorizer.view().check(Key("ci"), permission, Project("shop"))?;
    let verdict = if decision.allow { "allow" } else { "deny " };
    let binding = decision.binding.map(|binding| format!(" {binding}")).unwrap_or_default();
    writeln!(out, "  {permission} at shop   {verdict}   {}{binding}", decision.reason)?;
    Ok(())
}
