//! A team's own catalog: the component that is built of it answers as the rules do when they read it natively.

use std::fs;

use clearance_catalog::ResourceTier;
use clearance_host::{Engine, PolicyVersion};
use clearance_policy::{
    BASE,
    catalog::Catalog,
    rules,
    types::{Facts, PermissionSet},
};
use clearance_tests::evaluator::patient;
use proptest::prelude::*;

use crate::random::{config, facts};

/// The catalog of a file, for the rules; and the component that is built of it.
fn both(text: &str) -> (Catalog, PolicyVersion) {
    let catalog = clearance_catalog::Catalog::parse(text).unwrap();
    let component = clearance_catalog::build(BASE, &catalog).unwrap();
    let version = Engine::new(patient()).unwrap().load(&component).unwrap();
    (Catalog::from_bytes(catalog.to_bytes().leak()).unwrap(), version)
}

fn file(path: &str) -> String {
    fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The facts with nothing in their roles that the catalog does not have.
fn within(all: PermissionSet, mut facts: Facts) -> Facts {
    facts.roles.iter_mut().for_each(|role| role.permissions = role.permissions.intersection(all));
    facts
}

fn agree(text: &str) {
    let (catalog, version) = both(text);
    assert_eq!(&catalog.describe(), version.description());
    let count = u32::try_from(catalog.permissions.len()).unwrap();
    proptest!(config(300), |(facts in facts::facts(), kept in any::<bool>(), permission in 0..=count)| {
        let facts = if kept { within(catalog.all, facts) } else { facts };
        prop_assert_eq!(version.decide(&facts, permission).unwrap(), rules::decide(&catalog, &facts, permission));
        prop_assert_eq!(version.explain(&facts, permission).unwrap(), rules::explain(&catalog, &facts, permission));
        prop_assert_eq!(version.effective(&facts).unwrap(), rules::effective(&catalog, &facts));
    });
}

#[test]
fn the_component_answers_as_the_rules_do() {
    agree(&file("examples/printshop/catalog.toml"));
}

#[test]
fn the_component_answers_as_the_strict_rules_do() {
    agree(&file("examples/printshop/catalog.toml").replacen("version", "rules = \"strict\"\nversion", 1));
}

#[test]
fn the_default_catalog_reads_as_the_constant() {
    let (catalog, _) = both(&file("policy/catalog.toml"));
    assert_eq!(format!("{catalog:?}"), format!("{:?}", clearance_policy::langwatch::CATALOG));
}

#[test]
fn a_full_catalog_answers_as_the_rules_do() {
    let actions: Vec<String> = (0..246).map(|number| format!("\"a{number}\"")).collect();
    let more = format!("[[resource]]\nname = \"more\"\nactions = [{}]\ntier = \"any\"\n\n[lists]", actions.join(", "));
    let text = file("examples/printshop/catalog.toml").replace("[lists]", &more);
    assert_eq!(clearance_catalog::Catalog::parse(&text).unwrap().permissions.len(), 256);
    agree(&text);
}

/// The file's reader sees to it before, and a component may be given bytes that no file was read for.
#[test]
fn the_rules_read_256_permissions_and_no_more() {
    let mut catalog = clearance_catalog::Catalog::parse(&file("examples/printshop/catalog.toml")).unwrap();
    let mut read = |count: usize| {
        let permission =
            || clearance_catalog::Permission { resource: "press".into(), action: "stop".into(), tier: ResourceTier::Any };
        catalog.permissions.resize_with(count, permission);
        Catalog::from_bytes(catalog.to_bytes().leak())
    };
    let full = read(256).unwrap();
    assert_eq!((full.permissions.len(), full.all), (256, PermissionSet::first(256)));
    assert!(read(257).is_none());
}
