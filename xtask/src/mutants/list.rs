//! The list of mutants that no test sees, and why.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

/// Where the list is.
pub(crate) const LIST: &str = "xtask/mutants.toml";

/// A way to break the code. Where in its file it stands is left out: lines move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    pub(crate) file: String,
    pub(crate) change: String,
}

impl Mutant {
    /// Reads the mutants that the tool names, one a line.
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>> {
        text.lines().filter(|line| !line.trim().is_empty()).map(Self::parse).collect()
    }

    /// Reads `file:line:column: change`.
    fn parse(line: &str) -> Result<Self> {
        let parts = || {
            let (at, change) = line.split_once(": ")?;
            let mut at = at.rsplitn(3, ':');
            let (column, line) = (at.next()?.parse::<u32>(), at.next()?.parse::<u32>());
            (column.is_ok() && line.is_ok()).then_some(())?;
            Some(Self { file: at.next()?.to_owned(), change: change.trim().to_owned() })
        };
        parts().with_context(|| format!("`{line}` is not a mutant: `file:line:column: change` was expected"))
    }

    /// The name of the function that it breaks, as far as its description says.
    pub(crate) fn function(&self) -> Option<&str> {
        let path = match self.change.rsplit_once(" in ") {
            Some((_, path)) => path,
            None => self.change.strip_prefix("replace ")?.split(" -> ").next()?.split(" with ").next()?,
        };
        path.rsplit("::").next().filter(|name| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_'))
    }
}

/// What no test sees.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    #[serde(default, rename = "mutant")]
    mutants: Vec<Entry>,
}

/// Mutants of one description in one file, which may be several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    change: String,
    reason: String,
}

impl List {
    /// Reads the list of a workspace.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let path = root.join(LIST);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).with_context(|| format!("{LIST} cannot be understood"))
    }

    /// Every mutant that is listed, with its reason.
    pub(crate) fn mutants(&self) -> impl Iterator<Item = (Mutant, &str)> {
        let mutant = |entry: &Entry| Mutant { file: entry.file.clone(), change: entry.change.clone() };
        self.mutants.iter().map(move |entry| (mutant(entry), entry.reason.trim()))
    }

    /// What is wrong with the list or the tests, given all mutants of a run, and those that no test saw. Files of which the run
    /// tried none are not judged.
    pub(super) fn compare(&self, all: &[Mutant], missed: &[Mutant]) -> Vec<String> {
        let listed: Vec<Mutant> = self.mutants().map(|(mutant, _)| mutant).collect();
        let unlisted = missed.iter().filter(|mutant| !listed.contains(mutant));
        let mut findings: Vec<String> = unlisted
            .map(|Mutant { file, change }| {
                format!("{file}: no test sees `{change}`: write one, or put it into {LIST} with the reason why none can")
            })
            .collect();
        findings.dedup();
        for mutant in listed.iter().filter(|mutant| all.iter().any(|tried| tried.file == mutant.file)) {
            let Mutant { file, change } = mutant;
            if !all.contains(mutant) {
                findings.push(format!("{file}: there is no mutant `{change}` any more: take it out of {LIST}"));
            } else if !missed.contains(mutant) {
                findings.push(format!("{file}: a test sees `{change}` by now: take it out of {LIST}"));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(line: &str) -> Mutant {
        Mutant::parse(line).unwrap()
    }

    #[test]
    fn a_mutant_is_known_by_its_file_and_its_change() {
        let found = mutant("store/src/a.rs:12:5: replace == with != in Store::take");
        assert_eq!((&*found.file, &*found.change), ("store/src/a.rs", "replace == with != in Store::take"));
        assert_eq!(found, mutant("store/src/a.rs:13:99: replace == with != in Store::take"));
        for line in ["", "a.rs", "a.rs:1: x", "a.rs:1:x: y", "no place: y"] {
            assert!(Mutant::parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_mutant_names_its_function() {
        for (change, function) in [
            ("replace take -> bool with true", Some("take")),
            ("replace Store::take -> Result<(), Error> with Ok(())", Some("take")),
            ("replace <impl Drop for Held>::drop with ()", Some("drop")),
            ("replace == with != in <impl Drop for Held>::drop", Some("drop")),
            ("delete ! in take", Some("take")),
            ("delete match arm Some(x) in Store::take", Some("take")),
            ("something else", None),
        ] {
            assert_eq!(mutant(&format!("a.rs:1:1: {change}")).function(), function, "{change}");
        }
    }

    #[test]
    fn what_is_missed_is_listed_and_what_is_listed_is_missed() {
        let text = r#"
            [[mutant]]
            file = "a.rs"
            change = "delete ! in listed"
            reason = "it shows nowhere"
            [[mutant]]
            file = "a.rs"
            change = "delete ! in seen"
            reason = "no longer"
            [[mutant]]
            file = "a.rs"
            change = "delete ! in gone"
            reason = "no longer"
            [[mutant]]
            file = "not_tried.rs"
            change = "delete ! in other"
            reason = "it shows nowhere"
        "#;
        let list = List::parse(text).unwrap();
        let [listed, seen, new] = ["listed", "seen", "new"].map(|name| mutant(&format!("a.rs:1:1: delete ! in {name}")));
        let findings = list.compare(&[listed.clone(), seen, new.clone()], &[listed, new.clone(), new]);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].contains("no test sees `delete ! in new`"), "{findings:?}");
        assert!(findings[1].contains("a test sees `delete ! in seen` by now"), "{findings:?}");
        assert!(findings[2].contains("there is no mutant `delete ! in gone` any more"), "{findings:?}");
        assert!(List::parse("[[mutant]]\nfile = \"a.rs\"\nchange = \"x\"").is_err(), "without a reason");
    }
}
