//! What a policy version says of itself, and whether that can be true.

use std::collections::HashMap;

use clearance_policy::{
    CAPACITY,
    types::{Description, PermissionSet},
};
use semver::Version;

/// The most characters of any name.
const LONGEST: usize = 128;

/// A description that was found to be sound.
#[derive(Clone)]
pub(crate) struct Catalog {
    pub(crate) description: Description,
    /// Its version, read.
    pub(crate) semver: Version,
    /// How many permissions there are.
    pub(crate) count: u32,
    numbers: HashMap<String, u32>,
}

impl Catalog {
    /// Checks a description. Fails with a text that says what is wrong with it.
    pub(crate) fn new(description: Description) -> Result<Self, String> {
        name("the name of the policy", &description.policy)?;
        let semver = semver(&description.version);
        let semver =
            semver.ok_or_else(|| format!("its version is {}, which is not a semantic version", quoted(&description.version)))?;

        let count = description.permissions.len();
        let count = u32::try_from(count).ok().filter(|count| (1..=CAPACITY).contains(count));
        let count = count
            .ok_or_else(|| format!("it has {} permissions, there must be 1 to {CAPACITY}", description.permissions.len()))?;
        let mut numbers = HashMap::new();
        for (number, permission) in (0..).zip(&description.permissions) {
            name("the name of a permission", &permission.name)?;
            if !matches!(permission.name.split_once(':'), Some((resource, action)) if is_word(resource) && is_word(action)) {
                return Err(format!("the permission {} is not of the form `resource:action`", quoted(&permission.name)));
            }
            if numbers.insert(permission.name.clone(), number).is_some() {
                return Err(format!("the permission {} is listed twice", quoted(&permission.name)));
            }
        }

        let all = PermissionSet::first(count);
        let within = |what: &str, of: &str, set: PermissionSet| {
            if set.is_subset(all) {
                return Ok(());
            }
            Err(format!("the {what} {} holds a permission that is not in the catalog", quoted(of)))
        };
        for implication in &description.implications {
            name("the action of an implication", &implication.action)?;
            implication.implies.iter().try_for_each(|implied| name("an implied action", implied))?;
        }
        unique("list", description.lists.iter().map(|list| &*list.name))?;
        description.lists.iter().try_for_each(|list| within("list", &list.name, list.permissions))?;
        unique("category", description.categories.iter().map(|category| &*category.key))?;
        for category in &description.categories {
            name("the label of a category", &category.label)?;
            within("category", &category.key, category.read.union(category.write))?;
        }
        if let Some(number) = description.view_project
            && number >= count
        {
            return Err(format!("permission {number} shows projects, but the catalog has {count}"));
        }
        Ok(Self { description, semver, count, numbers })
    }

    /// The number of a permission.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a permission.
    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        let permission = self.description.permissions.get(usize::try_from(number).ok()?)?;
        Some(&permission.name)
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashMap::new();
    for found in names {
        name(&format!("the name of a {what}"), found)?;
        if seen.insert(found, ()).is_some() {
            return Err(format!("the {what} {} is there twice", quoted(found)));
        }
    }
    Ok(())
}

/// A name that can be shown to a person: something visible, not too long, on one line.
fn name(what: &str, name: &str) -> Result<(), String> {
    let fault = match name {
        _ if name.trim().is_empty() => "is empty",
        _ if name.chars().nth(LONGEST).is_some() => "is too long",
        _ if name.chars().any(char::is_control) => "has a control character",
        _ => return Ok(()),
    };
    Err(format!("{what} {fault}: {}, it must have 1 to {LONGEST} characters on one line", quoted(name)))
}

/// Half of a permission's name.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

fn semver(version: &str) -> Option<Version> {
    if version.len() <= LONGEST { Version::parse(version).ok() } else { None }
}

/// Text of a component, made safe to show.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(LONGEST).collect();
    let end = if shown.len() < text.len() { "…" } else { "" };
    format!("`{}{end}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semantic_versions_are_told_from_others() {
        for version in ["0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-x-y.0+build.007", "1.0.0+b"] {
            assert!(semver(version).is_some(), "{version}");
        }
        let long = format!("1.0.0-{}", "x".repeat(LONGEST));
        for version in
            ["", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.x", "1.2.-3", " 1.2.3", &*long]
        {
            assert!(semver(version).is_none(), "{version}");
        }
    }

    #[test]
    fn text_of_a_component_is_shown_on_one_line() {
        assert_eq!(quoted("a\n\u{1b}[31m"), r"`a\n\u{1b}[31m`");
        assert_eq!(quoted(&"x".repeat(LONGEST + 1)), format!("`{}…`", "x".repeat(LONGEST)));
    }
}
