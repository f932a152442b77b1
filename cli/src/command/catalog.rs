//! `clearance catalog`: what a policy knows.

use std::fmt::Write;

use clearance::{
    PolicyVersion,
    catalog::{PermissionSet, ResourceTier},
};
use serde::Serialize;

use super::effective::{by_resource, write_grouped};
use crate::{
    arguments::Policy,
    input,
    report::{FAINT, HEAD, Report},
};

pub(crate) fn run(arguments: &Policy, json: bool) -> anyhow::Result<Report> {
    let version = input::policy(arguments.policy.as_deref())?;
    let catalog = Catalog::new(&version);
    if json {
        return Report::json(&catalog);
    }
    let mut text = String::new();
    catalog.write(&mut text)?;
    Ok(Report::success(text))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Catalog<'a> {
    policy: &'a str,
    version: &'a str,
    contract: &'a str,
    digest: String,
    permissions: Vec<Permission<'a>>,
    implications: Vec<Implication<'a>>,
    lists: Vec<List<'a>>,
    categories: Vec<Category<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    view_project: Option<&'a str>,
}

#[derive(Serialize)]
struct Permission<'a> {
    name: &'a str,
    tier: &'static str,
}

#[derive(Serialize)]
struct Implication<'a> {
    action: &'a str,
    implies: &'a [String],
}

#[derive(Serialize)]
struct List<'a> {
    name: &'a str,
    permissions: Vec<&'a str>,
}

#[derive(Serialize)]
struct Category<'a> {
    key: &'a str,
    label: &'a str,
    read: Vec<&'a str>,
    write: Vec<&'a str>,
}

impl<'a> Catalog<'a> {
    fn new(version: &'a PolicyVersion) -> Self {
        let description = version.description();
        let names = |set: PermissionSet| set.iter().filter_map(|permission| version.permission_name(permission)).collect();
        Self {
            policy: &description.policy,
            version: &description.version,
            contract: version.contract(),
            digest: version.digest().to_string(),
            permissions: description.permissions.iter().map(|row| Permission { name: &row.name, tier: tier(row.tier) }).collect(),
            implications: description
                .implications
                .iter()
                .map(|row| Implication { action: &row.action, implies: &row.implies })
                .collect(),
            lists: description.lists.iter().map(|row| List { name: &row.name, permissions: names(row.permissions) }).collect(),
            categories: description
                .categories
                .iter()
                .map(|row| Category { key: &row.key, label: &row.label, read: names(row.read), write: names(row.write) })
                .collect(),
            view_project: description.view_project.and_then(|permission| version.permission_name(permission)),
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{HEAD}{} {}{HEAD:#}  {FAINT}{}{FAINT:#}", self.policy, self.version, self.contract)?;
        writeln!(out, "{FAINT}{}{FAINT:#}", self.digest)?;
        for (tier, heading) in TIERS {
            let word = self::tier(tier);
            let names: Vec<&str> = self.permissions.iter().filter(|row| row.tier == word).map(|row| row.name).collect();
            if !names.is_empty() {
                writeln!(out, "\n{HEAD}{heading}{HEAD:#} ({})", names.len())?;
                write_grouped(out, &names)?;
            }
        }
        writeln!(out, "\n{HEAD}Implied{HEAD:#}")?;
        for Implication { action, implies } in &self.implications {
            writeln!(out, "  `{action}` of a resource is also its {}", implies.join(", "))?;
        }
        for List { name, permissions } in &self.lists {
            writeln!(out, "\n{HEAD}List `{name}`{HEAD:#} ({})", permissions.len())?;
            if permissions.len() == self.permissions.len() {
                writeln!(out, "  every permission")?;
            } else {
                write_grouped(out, permissions)?;
            }
        }
        writeln!(out, "\n{HEAD}Categories{HEAD:#}, from which restricted keys are made")?;
        for Category { key, label, read, write } in &self.categories {
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
}

const TIERS: [(ResourceTier, &str); 3] = [
    (ResourceTier::Any, "Permissions that any binding may grant"),
    (ResourceTier::Platform, "Permissions that any binding may grant, but no project key has"),
    (ResourceTier::Organization, "Permissions that only bindings at an organization grant"),
];

fn tier(tier: ResourceTier) -> &'static str {
    match tier {
        ResourceTier::Organization => "organization",
        ResourceTier::Any => "any",
        ResourceTier::Platform => "platform",
    }
}
