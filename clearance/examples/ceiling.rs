//! A key is never more powerful than its owner is now: what the key `ci` may do before and after its owner leaves a group.

use std::error::Error;

use clearance::{Authorizer, Change, Directory, PlaceId::Project, PrincipalId::Key};
use clearance_host::{Engine, LANGWATCH, Limits};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
    let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
    let authorizer = Authorizer::new(policy, directory)?;

    println!("The key `ci` is an admin of the team Web. Its owner, Ben, is a developer there.\n");
    for permission in ["prompts:update", "project:delete"] {
        ask(&authorizer, permission)?;
    }

    println!("\nBen leaves the group of the developers. Nobody touches his key.\n");
    authorizer.apply(Change::RemoveGroupMember { group: "developers".into(), user: "ben".into() })?;
    ask(&authorizer, "prompts:update")?;

    let explanation = authorizer.view().explain(Key("ci"), "prompts:update", Project("shop"))?;
    let verdict = |allow| if allow { "allow" } else { "deny" };
    println!("\n  the key by itself    {}", verdict(explanation.principal.decision.allow));
    let owner = explanation.owner.ok_or("the key `ci` has an owner")?;
    println!("  its owner, now       {}", verdict(owner.decision.allow));
    println!("\nDecided by policy {}.", explanation.decision.policy);
    Ok(())
}

fn ask(authorizer: &Authorizer, permission: &str) -> Result<(), Box<dyn Error>> {
    let decision = authorizer.view().check(Key("ci"), permission, Project("shop"))?;
    let verdict = if decision.allow { "allow" } else { "deny " };
    let binding = decision.binding.map(|binding| format!(" {binding}")).unwrap_or_default();
    println!("  {permission} at shop   {verdict}  {}{binding}", decision.reason);
    Ok(())
}
