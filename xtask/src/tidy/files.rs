//! Sizes, names and beginnings of files.

use std::path::Path;

use super::Project;

/// No source file has more lines.
const LINES: usize = 500;

/// The kinds of files that are read like sources.
const SOURCES: [&str; 9] = ["rs", "wit", "py", "js", "mjs", "ts", "go", "java", "sh"];

/// Files that are longer, and why.
const LONG: [(&str, &str); 0] = [];

/// Names that say nothing of what is in a file.
const NAMELESS: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

/// The shim between the contract and the rules, and the lines of code that it stays below.
const SHIM: (&str, usize) = ("policy/component/src/lib.rs", 60);

/// Files stay readable.
pub(super) fn size(project: &Project) -> Vec<String> {
    longer(project, &LONG)
}

fn longer(project: &Project, known: &[(&str, &str)]) -> Vec<String> {
    let sources = SOURCES.into_iter().flat_map(|kind| project.tree.of_kind(kind));
    let long: Vec<(&str, usize)> =
        sources.map(|(path, text)| (path, text.lines().count())).filter(|(_, lines)| *lines > LINES).collect();
    let is_known = |path: &str| known.iter().any(|(name, _)| *name == path);
    let unknown = long.iter().filter(|(path, _)| !is_known(path));
    let mut findings: Vec<String> =
        unknown.map(|(path, lines)| format!("{path} has {lines} lines, more than {LINES}: split it by its nouns")).collect();
    for (path, reason) in known.iter().filter(|(path, _)| !long.iter().any(|(name, _)| name == path)) {
        findings.push(format!("{path} is not too long any more ({reason}): take it off the list in xtask/src/tidy/files.rs"));
    }
    findings
}

/// Files and folders are named for what they hold.
pub(super) fn names(project: &Project) -> Vec<String> {
    let nameless = |part: &str| {
        let stem = Path::new(part).file_stem().unwrap_or_default().to_string_lossy();
        NAMELESS.contains(&stem.as_ref())
    };
    let found = project.tree.files().filter(|(path, _)| path.split('/').any(nameless));
    found.map(|(path, _)| format!("{path} is named for nothing that it holds: name it for its noun")).collect()
}

/// The component is bindings and nothing else.
pub(super) fn shim(project: &Project) -> Vec<String> {
    let (path, limit) = SHIM;
    let Some(text) = project.tree.get(path) else { return vec![format!("{path} is missing")] };
    let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    if code < limit {
        return Vec::new();
    }
    vec![format!("{path} has {code} lines of code, and must have less than {limit}: move what is not a binding into the rules")]
}

/// Every library says what it is, and a published one shows how it is used.
pub(super) fn crate_docs(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for own in &project.crates {
        let Some(path) = &own.library else { continue };
        let text = project.tree.get(path).unwrap_or_default();
        let docs: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        if docs.iter().all(|line| line.is_empty()) {
            findings.push(format!("{path} does not begin with crate documentation: say what the crate is for"));
        } else if own.published && docs.iter().filter(|line| line.starts_with("```")).count() < 2 {
            findings.push(format!("{path} shows no example: add one between ``` that a reader can run"));
        }
    }
    findings
}

/// What a registry wants to know of a published crate stands in its manifest.
pub(super) fn manifests(project: &Project) -> Vec<String> {
    let published = project.crates.iter().filter(|own| own.published);
    let unsaid = published.flat_map(|own| own.unsaid.iter().map(move |what| (own, what)));
    unsaid
        .map(|(own, what)| format!("{}/Cargo.toml has no `{what}`, of which a registry makes its page: add it", own.folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::crates::Crate, *};
    use crate::tree::Tree;

    fn with(path: &str, text: &str) -> Project {
        Project { tree: Tree::from([(path, text)]), ..Project::default() }
    }

    #[test]
    fn a_file_that_is_too_long_is_found() {
        let (fits, long) = ("x\n".repeat(500), "x\n".repeat(501));
        assert!(longer(&with("a/src/lib.rs", &fits), &[]).is_empty());
        let found = longer(&with("a/src/lib.rs", &long), &[]);
        assert_eq!(found, ["a/src/lib.rs has 501 lines, more than 500: split it by its nouns"]);
        assert!(longer(&with("docs/a.md", &long), &[]).is_empty());
        let known = [("a/src/lib.rs", "why")];
        assert!(longer(&with("a/src/lib.rs", &long), &known).is_empty());
        assert!(longer(&with("a/src/lib.rs", &fits), &known)[0].contains("is not too long any more (why)"));
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        for path in ["a/src/utils.rs", "a/src/helpers/key.rs", "examples/node/common.mjs"] {
            assert_eq!(names(&with(path, "")).len(), 1, "{path}");
        }
        assert!(names(&with("a/src/commonality.rs", "")).is_empty());
    }

    #[test]
    fn a_shim_that_grows_is_found() {
        let text = |lines: usize| "// why\n\n".repeat(90) + &"let a = 1;\n".repeat(lines);
        assert!(shim(&with(SHIM.0, &text(59))).is_empty());
        assert!(shim(&with(SHIM.0, &text(60)))[0].contains("has 60 lines of code"));
        assert_eq!(shim(&Project::default()).len(), 1);
    }

    #[test]
    fn a_published_crate_without_keywords_is_found() {
        let found = |published| {
            let own = Crate { published, folder: "host".into(), unsaid: vec!["keywords"], ..Crate::default() };
            manifests(&Project { crates: vec![own], ..Project::default() })
        };
        assert_eq!(found(true), ["host/Cargo.toml has no `keywords`, of which a registry makes its page: add it"]);
        assert!(found(false).is_empty());
    }

    #[test]
    fn a_library_without_documentation_is_found() {
        let found = |published: bool, text: &str| {
            let own = Crate { published, library: Some("a/src/lib.rs".into()), ..Crate::default() };
            crate_docs(&Project { crates: vec![own], ..with("a/src/lib.rs", text) })
        };
        assert!(found(true, "//! A.\n//! ```\n//! a();\n//! ```\nmod b;").is_empty());
        assert!(found(false, "//! A.\nmod b;").is_empty());
        assert!(found(true, "//! A.\nmod b;\n//! ```\n//! ```")[0].contains("shows no example"));
        assert!(found(false, "mod b;\n//! A.")[0].contains("does not begin with"));
    }
}
