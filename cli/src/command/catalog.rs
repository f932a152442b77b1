//! `clearance catalog`: what a policy knows.

use std::fmt::Write;

use clearance::json::{Catalog, Category, Implication, List};

use super::effective::{by_resource, write_grouped};
use crate::{
    arguments::Policy,
    input,
    report::{FAINT, HEAD, Report},
};

pub(crate) fn run(arguments: &Policy, json: bool) -> anyhow::Result<Report> {
    let version = input::policy(arguments.policy.as_deref())?;
    let catalog = Catalog::of(&version);
    if json {
        return Report::json(&catalog);
    }
    let mut text = String::new();
    write(&catalog, &mut text)?;
    Ok(Report::success(text))
}

fn write(catalog: &Catalog<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{HEAD}{} {}{HEAD:#}  {FAINT}{}{FAINT:#}", catalog.policy, catalog.version, catalog.contract)?;
    writeln!(out, "{FAINT}{}{FAINT:#}", catalog.digest)?;
    for (tier, heading) in TIERS {
        let names: Vec<&str> = catalog.permissions.iter().filter(|row| row.tier == tier).map(|row| row.name).collect();
        if !names.is_empty() {
            writeln!(out, "\n{HEAD}{heading}{HEAD:#} ({})", names.len())?;
            write_grouped(out, &names)?;
        }
    }
    writeln!(out, "\n{HEAD}Implied{HEAD:#}")?;
    for Implication { action, implies, .. } in &catalog.implications {
        writeln!(out, "  `{action}` of a resource is also its {}", implies.join(", "))?;
    }
    for List { name, permissions, .. } in &catalog.lists {
        writeln!(out, "\n{HEAD}List `{name}`{HEAD:#} ({})", permissions.len())?;
        if permissions.len() == catalog.permissions.len() {
            writeln!(out, "  every permission")?;
        } else {
            write_grouped(out, permissions)?;
        }
    }
    writeln!(out, "\n{HEAD}Categories{HEAD:#}, from which restricted keys are made")?;
    for Category { key, label, read, write, .. } in &catalog.categories {
        writeln!(out, "  {HEAD}{key}{HEAD:#}  {FAINT}{label}{FAINT:#}")?;
        for (level, names) in [("read", read), ("write", write)].into_iter().filter(|(_, names)| !names.is_empty()) {
            for (position, (resource, actions)) in by_resource(names).into_iter().enumerate() {
                let level = if position == 0 { level } else { "" };
                writeln!(out, "    {FAINT}{level:5}{FAINT:#}  {resource}: {}", actions.join(" "))?;
            }
        }
    }
    Ok(())
}

/// The tiers by the word of the contract, each with its heading.
const TIERS: [(&str, &str); 3] = [
    ("any", "Permissions that any binding may grant"),
    ("platform", "Permissions that any binding may grant, but no project key has"),
    ("organization", "Permissions that only bindings at an organization grant"),
];
