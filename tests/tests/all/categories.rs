//! The vectors about names alone: implication, and the categories of restricted keys.

use std::path::Path;

use clearance_policy::types::{Level, Selection};
use clearance_tests::case::read_lines;
use clearance_tests::evaluator::{Component, Evaluator, Native};
use clearance_tests::oracle::Catalog;
use serde::Deserialize;
use serde_json::Map;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Implication {
    id: String,
    held: Vec<String>,
    permission: String,
    allow: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Categories {
    #[serde(rename_all = "camelCase")]
    SelectionsToPermissions {
        id: String,
        selections: Selections,
        permissions: Vec<String>,
        round_trip: Selections,
    },
    PermissionsToSelections {
        id: String,
        permissions: Vec<String>,
        selections: Selections,
    },
}

impl Categories {
    fn id(&self) -> &String {
        match self {
            Self::SelectionsToPermissions { id, .. } | Self::PermissionsToSelections { id, .. } => id,
        }
    }
}

/// Categories and levels, in the order of the file.
type Selections = Map<String, serde_json::Value>;

fn evaluators() -> [&'static dyn Evaluator; 2] {
    [&Native, Component::get()]
}

fn vectors(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file)
}

fn selections(written: &Selections) -> Vec<Selection> {
    let level = |level: &serde_json::Value| match level.as_str() {
        Some("none") => Level::None,
        Some("read") => Level::Read,
        Some("write") => Level::Write,
        other => panic!("{other:?} is not a level"),
    };
    written.iter().map(|(category, value)| Selection { category: category.clone(), level: level(value) }).collect()
}

/// Lists of selections are compared as sets: a JSON object has no order.
fn sort(mut selections: Vec<Selection>) -> Vec<Selection> {
    selections.sort_by(|one, other| one.category.cmp(&other.category));
    selections
}

#[test]
fn implication() {
    let lines = read_lines(&vectors("implication.jsonl"), |line: &Implication| &line.id);
    assert_eq!(lines.len(), 430);
    let catalog = Catalog::read();
    for (source, Implication { held, permission, allow, .. }) in &lines {
        assert_eq!(catalog.holds(held, permission), *allow, "{source}: oracle");
        for evaluator in evaluators() {
            let permissions = evaluator.describe().permissions;
            let number = (0..).zip(&permissions).find(|(_, known)| known.name == *permission).map(|(number, _)| number);
            let number = number.unwrap_or_else(|| panic!("{source}: {}: `{permission}` is not in the catalog", evaluator.name()));
            assert_eq!(evaluator.compile(held).contains(number), *allow, "{source}: {}", evaluator.name());
        }
    }
}

#[test]
fn there_and_back() {
    let lines = read_lines(&vectors("categories.jsonl"), Categories::id);
    let mut there = 0;
    for (source, line) in &lines {
        for evaluator in evaluators() {
            let name = evaluator.name();
            let back = |permissions: &[String]| sort(evaluator.permissions_to_selections(permissions));
            match line {
                Categories::SelectionsToPermissions { selections: chosen, permissions, round_trip, .. } => {
                    let found = evaluator.selections_to_permissions(&selections(chosen));
                    assert_eq!(found.as_ref(), Ok(permissions), "{source}: {name}");
                    assert_eq!(back(permissions), sort(selections(round_trip)), "{source}: {name}: and back");
                    there += 1;
                }
                Categories::PermissionsToSelections { permissions, selections: held, .. } => {
                    assert_eq!(back(permissions), sort(selections(held)), "{source}: {name}");
                }
            }
        }
    }
    assert_eq!((lines.len(), there), (303, 178 * evaluators().len()));
}

#[test]
fn selections_come_in_catalog_order() {
    for evaluator in evaluators() {
        let description = evaluator.describe();
        let every: Vec<String> = description.permissions.into_iter().map(|permission| permission.name).collect();
        let found: Vec<String> = evaluator.permissions_to_selections(&every).into_iter().map(|found| found.category).collect();
        let keys: Vec<String> = description.categories.into_iter().map(|category| category.key).collect();
        assert_eq!(found, keys, "{}", evaluator.name());
    }
}

#[test]
fn an_unknown_category_is_named_by_its_index() {
    let chosen = |category: &str| Selection { category: category.into(), level: Level::Read };
    for evaluator in evaluators() {
        let name = evaluator.name();
        assert_eq!(evaluator.selections_to_permissions(&[chosen("traces"), chosen("Traces"), chosen("x")]), Err(1), "{name}");
        assert_eq!(evaluator.selections_to_permissions(&[chosen("")]), Err(0), "{name}");
        assert_eq!(evaluator.selections_to_permissions(&[]), Ok(vec![]), "{name}");
    }
}

#[test]
fn a_level_that_a_category_lacks_adds_nothing() {
    let cost = Selection { category: "cost".into(), level: Level::Write };
    let none = Selection { category: "traces".into(), level: Level::None };
    for evaluator in evaluators() {
        assert_eq!(evaluator.selections_to_permissions(&[cost.clone(), none.clone()]), Ok(vec![]), "{}", evaluator.name());
    }
}

#[test]
fn the_component_describes_what_the_rules_use() {
    assert_eq!(Component::get().describe(), Native.describe());
    let names: Vec<String> = Native.describe().permissions.into_iter().map(|permission| permission.name).collect();
    assert_eq!(names, Catalog::read().permissions());
}
