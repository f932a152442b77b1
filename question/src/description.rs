//! What a policy version says of itself, and whether that can be true.

use std::collections::HashMap;

use clearance_policy::{
    MAX_PERMISSIONS,
    types::{Description, PermissionSet},
};
use semver::Version;

/// The most characters of any name.
const MAX_NAME_CHARS: usize = 128;

/// The description that a component gives of its catalog, found to be sound.
#[derive(Clone)]
pub(crate) struct CheckedDescription {
    pub(crate) description: Description,
    /// Its version, read.
    pub(crate) semver: Version,
    /// How many permissions there are.
    pub(crate) count: u32,
    numbers: HashMap<String, u32>,
}

impl CheckedDescription {
    /// Checks a description. Fails with a text that says what is wrong with it.
    pub(crate) fn new(description: Description) -> Result<Self, String> {
        check_name("the name of the policy", &description.policy)?;
        let semver = parse_semver(&description.version);
        let semver =
            semver.ok_or_else(|| format!("its version is {}, which is not a semantic version", quote(&description.version)))?;

        let count = description.permissions.len();
        let count = u32::try_from(count).ok().filter(|count| (1..=MAX_PERMISSIONS).contains(count));
        let count = count.ok_or_else(|| {
            format!("it has {} permissions, there must be 1 to {MAX_PERMISSIONS}", description.permissions.len())
        })?;
        let mut numbers = HashMap::new();
        for (number, permission) in (0..).zip(&description.permissions) {
            check_name("the name of a permission", &permission.name)?;
            if !matches!(permission.name.split_once(':'), Some((resource, action)) if is_word(resource) && is_word(action)) {
                return Err(format!("the permission {} is not of the form `resource:action`", quote(&permission.name)));
            }
            if numbers.insert(permission.name.clone(), number).is_some() {
                return Err(format!("the permission {} is listed twice", quote(&permission.name)));
            }
        }

        let all = PermissionSet::first(count);
        let within = |what: &str, of: &str, set: PermissionSet| {
            if set.is_subset(all) {
                return Ok(());
            }
            Err(format!("the {what} {} holds a permission that is not in the catalog", quote(of)))
        };
        for implication in &description.implications {
            check_name("the action of an implication", &implication.action)?;
            implication.implies.iter().try_for_each(|implied| check_name("an implied action", implied))?;
        }
        check_unique("list", description.lists.iter().map(|list| &*list.name))?;
        description.lists.iter().try_for_each(|list| within("list", &list.name, list.permissions))?;
        check_unique("category", description.categories.iter().map(|category| &*category.key))?;
        for category in &description.categories {
            check_name("the label of a category", &category.label)?;
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

fn check_unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashMap::new();
    for found in names {
        check_name(&format!("the name of a {what}"), found)?;
        if seen.insert(found, ()).is_some() {
            return Err(format!("the {what} {} is there twice", quote(found)));
        }
    }
    Ok(())
}

/// A name that can be shown to a person: something visible, not too long, on one line.
fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fault = match name {
        _ if name.trim().is_empty() => "is empty",
        _ if name.chars().nth(MAX_NAME_CHARS).is_some() => "is too long",
        _ if name.chars().any(char::is_control) => "has a control character",
        _ => return Ok(()),
    };
    Err(format!("{what} {fault}: {}, it must have 1 to {MAX_NAME_CHARS} characters on one line", quote(name)))
}

/// Half of a permission's name.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

fn parse_semver(version: &str) -> Option<Version> {
    if version.len() <= MAX_NAME_CHARS { Version::parse(version).ok() } else { None }
}

/// Text of a component, made safe to show.
fn quote(text: &str) -> String {
    let shown: String = text.chars().take(MAX_NAME_CHARS).collect();
    let end = if shown.len() < text.len() { "…" } else { "" };
    format!("`{}{end}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semantic_versions_are_told_from_others() {
        for version in ["0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-x-y.0+build.007", "1.0.0+b"] {
            assert!(parse_semver(version).is_some(), "{version}");
        }
        let long = format!("1.0.0-{}", "x".repeat(MAX_NAME_CHARS));
        for version in
            ["", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.x", "1.2.-3", " 1.2.3", &*long]
        {
            assert!(parse_semver(version).is_none(), "{version}");
        }
    }

    #[test]
    fn text_of_a_component_is_shown_on_one_line() {
        assert_eq!(quote("a\n\u{1b}[31m"), r"`a\n\u{1b}[31m`");
        assert_eq!(quote(&"x".repeat(MAX_NAME_CHARS + 1)), format!("`{}…`", "x".repeat(MAX_NAME_CHARS)));
    }
}
