//! `clearance policy inspect`: what a component is.

use std::fmt::Write;

use clearance::ResourceTier;
use serde::Serialize;

use crate::{
    arguments::PolicyFile,
    input,
    report::{HEAD, Report},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    digest: String,
    contract: &'a str,
    name: &'a str,
    version: &'a str,
    /// Always empty: a component that imports anything is no policy.
    imports: [&'a str; 0],
    /// In bytes.
    size: usize,
    catalog: Catalog<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Catalog<'a> {
    permissions: usize,
    resources: usize,
    organization_only: usize,
    lists: Vec<List<'a>>,
    categories: usize,
}

#[derive(Serialize)]
struct List<'a> {
    name: &'a str,
    permissions: u32,
}

pub(crate) fn run(PolicyFile { file }: &PolicyFile, json: bool) -> anyhow::Result<Report> {
    let version = input::policy_file(file)?;
    let description = version.description();
    let mut resources: Vec<&str> =
        description.permissions.iter().filter_map(|permission| Some(permission.name.split_once(':')?.0)).collect();
    resources.sort_unstable();
    resources.dedup();
    let organization_only = description.permissions.iter().filter(|permission| permission.tier == ResourceTier::Organization);
    let summary = Summary {
        digest: version.digest().to_string(),
        contract: version.contract(),
        name: &description.policy,
        version: &description.version,
        imports: [],
        size: version.size(),
        catalog: Catalog {
            permissions: description.permissions.len(),
            resources: resources.len(),
            organization_only: organization_only.count(),
            lists: description.lists.iter().map(|list| List { name: &list.name, permissions: list.permissions.len() }).collect(),
            categories: description.categories.len(),
        },
    };
    if json {
        return Report::json(&summary);
    }
    let Summary { digest, contract, name, version, imports: [], size, catalog } = summary;
    let mut text = String::new();
    let mut line = |what: &str, value: &str| writeln!(text, "{HEAD}{what:9}{HEAD:#} {value}");
    line("policy", &format!("{name} {version}"))?;
    line("digest", &digest)?;
    line("contract", contract)?;
    line("imports", "none")?;
    line("size", &format!("{size} bytes"))?;
    let Catalog { permissions, resources, organization_only, lists, categories } = catalog;
    line(
        "catalog",
        &format!(
            "{permissions} permissions of {resources} resources ({organization_only} organization-only), {categories} categories"
        ),
    )?;
    let lists: Vec<String> = lists.iter().map(|List { name, permissions }| format!("{name} {permissions}")).collect();
    line("lists", &lists.join(", "))?;
    Ok(Report::good(text))
}
