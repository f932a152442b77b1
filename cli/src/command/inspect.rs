//! `clearance policy inspect`: what a component is.

use std::fmt::Write;

use anyhow::{Context, bail};
use clearance::catalog::ResourceTier;
use clearance_rollout::{CarriedCases, StoredVersion};
use serde::Serialize;

use crate::{
    arguments::Shown,
    input,
    report::{HEAD, Report, on_one_line},
    versions::{Live, Look, SignatureFields},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    digest: String,
    contract: &'a str,
    name: &'a str,
    version: &'a str,
    /// Always empty: a component that imports anything is not a policy.
    imports: [&'a str; 0],
    /// In bytes.
    size: usize,
    /// How many cases it carries.
    cases: usize,
    catalog: Catalog<'a>,
    #[serde(flatten)]
    stored: Option<Stored>,
}

/// What is known of a version in a folder.
#[derive(Serialize)]
struct Stored {
    #[serde(flatten)]
    signature: SignatureFields,
    live: Live,
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

pub(crate) fn run(Shown { what, policies, keys }: &Shown, json: bool) -> anyhow::Result<Report> {
    let (version, stored) = match policies {
        Some(folder) => {
            let look = Look::at(folder, keys)?;
            let StoredVersion { version, signed, .. } = look.version(look.store.find(&what.to_string_lossy())?)?;
            let live = look.live(version.digest());
            (version, Some(Stored { signature: (&signed).into(), live }))
        }
        None if !keys.trust.is_empty() => bail!("`--trust` is about a version of a folder: name it with `--policies`"),
        None => (input::policy_file(what)?, None),
    };
    let carried = CarriedCases::of(&version).context("the cases that it carries cannot be read")?;
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
        cases: carried.map_or(0, |carried| carried.cases().len()),
        catalog: Catalog {
            permissions: description.permissions.len(),
            resources: resources.len(),
            organization_only: organization_only.count(),
            lists: description.lists.iter().map(|list| List { name: &list.name, permissions: list.permissions.len() }).collect(),
            categories: description.categories.len(),
        },
        stored,
    };
    if json {
        return Report::json(&summary);
    }
    let Summary { digest, contract, name, version, imports: [], size, cases, catalog, stored } = summary;
    let mut text = String::new();
    let mut line = |what: &str, value: &str| writeln!(text, "{HEAD}{what:9}{HEAD:#} {value}");
    line("policy", &format!("{name} {version}"))?;
    line("digest", &digest)?;
    line("contract", contract)?;
    line("imports", "none")?;
    line("size", &format!("{size} bytes"))?;
    line("cases", &if cases == 0 { "none".to_owned() } else { format!("{cases} carried") })?;
    let Catalog { permissions, resources, organization_only, lists, categories } = catalog;
    line(
        "catalog",
        &format!(
            "{permissions} permissions of {resources} resources ({organization_only} organization-only), {categories} categories"
        ),
    )?;
    let lists: Vec<String> = lists.iter().map(|List { name, permissions }| format!("{name} {permissions}")).collect();
    line("lists", &lists.join(", "))?;
    if let Some(Stored { signature, live }) = stored {
        line("signed", &on_one_line(&signature.words()))?;
        line("live", if live.word().is_empty() { "never" } else { live.word() })?;
    }
    Ok(Report::success(text))
}
