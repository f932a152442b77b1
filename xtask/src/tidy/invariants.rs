//! Every invariant of `ARCHITECTURE.md` has something behind it that fails.

use super::{CHECKS, Project, syntax};

const FILE: &str = "ARCHITECTURE.md";

/// How an invariant begins. It ends with its test in backticks: a path whose last part is the test's name, or
/// `xtask tidy: <check>`.
const MARK: &str = "**Invariant**";

/// How a check of this command is cited.
const OWN: &str = "xtask tidy: ";

/// Invariants name tests and checks that exist.
pub(super) fn invariants(project: &Project) -> Vec<String> {
    let Some(text) = project.tree.get(FILE) else { return vec![format!("{FILE} is missing: write it")] };
    let mut findings = Vec::new();
    let mut tests = Vec::new();
    for (path, text) in project.tree.of_kind("rs") {
        match syntax::tokens(path, text) {
            Ok(tokens) => tests.extend(syntax::test_names(&tokens).into_iter().map(str::to_owned)),
            Err(finding) => findings.push(finding),
        }
    }
    let invariants = paragraphs(text);
    if invariants.is_empty() {
        findings.push(format!("{FILE} has no line that begins with `{MARK}`: write down what must not happen"));
    }
    for (line, invariant) in invariants {
        let Some(cited) = citation(&invariant) else {
            findings.push(format!("{FILE}:{line}: the invariant does not end with a test in backticks: name one"));
            continue;
        };
        let exists = match cited.strip_prefix(OWN) {
            Some(check) => CHECKS.iter().any(|(name, _)| *name == check),
            None => tests.iter().any(|test| Some(test.as_str()) == cited.rsplit("::").next()),
        };
        if !exists {
            findings.push(format!("{FILE}:{line}: there is no `{cited}`: name a test or a check that exists"));
        }
    }
    findings
}

/// The paragraphs that are invariants, each with its first line. A paragraph ends at an empty line or where a list goes on.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let item = line.trim_start().strip_prefix("- ").or(line.trim_start().strip_prefix("* "));
        let content = item.unwrap_or(line).trim();
        if content.starts_with(MARK) {
            found.push((number, content.to_owned()));
            inside = true;
        } else if content.is_empty() || item.is_some() || content.starts_with('#') {
            inside = false;
        } else if inside && let Some((_, paragraph)) = found.last_mut() {
            *paragraph += " ";
            *paragraph += content;
        }
    }
    found
}

/// What the last backticks hold, if they end the paragraph.
fn citation(paragraph: &str) -> Option<&str> {
    let end = paragraph.trim_end_matches(['.', ')', ' ']).strip_suffix('`')?;
    end.rsplit_once('`').map(|(_, cited)| cited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn with(architecture: &str) -> Vec<String> {
        let source = "#[test] fn never_guesses() {} fn helper() {}";
        invariants(&Project { tree: Tree::from([(FILE, architecture), ("a/src/lib.rs", source)]), ..Project::default() })
    }

    #[test]
    fn an_invariant_with_its_test_passes() {
        assert!(
            with("# A\n\n**Invariant**: it never guesses,\nnot once: `a::tests::never_guesses`.\n\nText with `x`.").is_empty()
        );
        assert!(with("- **Invariant** (a): nobody\n  looks. `xtask tidy: imports`\n- other").is_empty());
    }

    #[test]
    fn an_invariant_without_a_test_is_found() {
        let found = with("one\n**Invariant**: it never lies. `a::tests::never_lies`");
        assert_eq!(found, ["ARCHITECTURE.md:2: there is no `a::tests::never_lies`: name a test or a check that exists"]);
        assert_eq!(with("**Invariant**: `a::helper`").len(), 1, "not a test");
        assert_eq!(with("**Invariant**: `xtask tidy: nothing`").len(), 1);
        assert!(
            with("**Invariant**: `never_guesses` is what it does").iter().all(|finding| finding.contains("does not end with"))
        );
        assert!(with("**Invariant**: nothing\n\n`never_guesses`")[0].contains("does not end with"));
        assert!(with("nothing at all")[0].contains("has no line"));
        assert!(invariants(&Project::default())[0].contains("is missing"));
    }
}
