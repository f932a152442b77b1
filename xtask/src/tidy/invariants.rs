//! Every invariant of `ARCHITECTURE.md` and `docs/invariants.md` has something behind it that fails.

use super::{CHECKS, Project, syntax};

/// Invariants in prose: paragraphs that begin with [`MARK`] and end with their tests in backticks.
const PROSE: &str = "ARCHITECTURE.md";

/// The other invariants: rows of tables, each with its tests in the last cell.
const TABLE: &str = "docs/invariants.md";

/// How an invariant in prose begins.
const MARK: &str = "**Invariant**";

/// How a check of this command is cited. Any other citation is a path whose last part is the name of a test.
const OWN: &str = "xtask tidy: ";

/// An invariant that was read.
struct Invariant {
    page: &'static str,
    line: usize,
    text: String,
}

/// Finds the invariants of a page.
type ReadPage = fn(&str) -> Vec<Invariant>;

/// Invariants name tests and checks that exist.
pub(super) fn invariants(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    let mut tests = Vec::new();
    for (path, text) in project.tree.of_kind("rs") {
        match syntax::tokens(path, text) {
            Ok(tokens) => tests.extend(syntax::test_names(&tokens).into_iter().map(str::to_owned)),
            Err(finding) => findings.push(finding),
        }
    }
    let mut invariants = Vec::new();
    let pages: [(&str, ReadPage, &str); 2] =
        [(PROSE, paragraphs, "paragraph that begins with `**Invariant**`"), (TABLE, rows, "table with an invariant in each row")];
    for (page, read, what) in pages {
        let Some(text) = project.tree.get(page) else {
            findings.push(format!("{page} is missing: write it"));
            continue;
        };
        let read = read(text);
        if read.is_empty() {
            findings.push(format!("{page} has no {what}: write down what must not happen"));
        }
        invariants.extend(read);
    }
    for Invariant { page, line, text } in invariants {
        let citations = citations(&text);
        if citations.is_empty() {
            findings.push(format!("{page}:{line}: the invariant does not end with a test in backticks: name one"));
        }
        for citation in citations {
            let exists = match citation.strip_prefix(OWN) {
                Some(check) => CHECKS.iter().any(|(name, _)| *name == check),
                None => tests.iter().any(|test| Some(test.as_str()) == citation.rsplit("::").next()),
            };
            if !exists {
                findings.push(format!("{page}:{line}: there is no `{citation}`: name a test or a check that exists"));
            }
        }
    }
    findings
}

/// The rows of all tables, without their heads.
fn rows(text: &str) -> Vec<Invariant> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_rule = |line: &str| line.starts_with("|-");
    let is_head = |at: usize| lines.get(at + 1).is_some_and(|next| is_rule(next));
    let rows = lines.iter().enumerate().filter(|(at, line)| line.starts_with('|') && !is_rule(line) && !is_head(*at));
    rows.map(|(at, line)| Invariant { page: TABLE, line: at + 1, text: line.trim_end_matches(['|', ' ']).to_owned() }).collect()
}

/// The paragraphs that are invariants, each with its first line. A paragraph ends at an empty line or where a list goes on.
fn paragraphs(text: &str) -> Vec<Invariant> {
    let mut found: Vec<Invariant> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let item = line.trim_start().strip_prefix("- ").or(line.trim_start().strip_prefix("* "));
        let content = item.unwrap_or(line).trim();
        if content.starts_with(MARK) {
            found.push(Invariant { page: PROSE, line: number, text: content.to_owned() });
            inside = true;
        } else if content.is_empty() || item.is_some() || content.starts_with('#') {
            inside = false;
        } else if inside && let Some(paragraph) = found.last_mut() {
            paragraph.text += " ";
            paragraph.text += content;
        }
    }
    found
}

/// What the last backticks hold, if they end the invariant, and those before them after which only a comma stands.
fn citations(invariant: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = invariant.trim_end_matches(['.', ')', ' ']);
    while let Some((before, citation)) = rest.strip_suffix('`').and_then(|rest| rest.rsplit_once('`')) {
        found.push(citation);
        let Some(before) = before.trim_end().strip_suffix(',') else { break };
        rest = before;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    const GOOD: (&str, &str) = ("**Invariant** `never_guesses`", "| a | b |\n|---|---|\n| it is right | `never_guesses` |");

    fn found(prose: &str, table: &str) -> Vec<String> {
        let source = "#[test] fn never_guesses() {} fn helper() {}";
        let files = [(PROSE, prose), (TABLE, table), ("a/src/lib.rs", source)];
        invariants(&Project { tree: Tree::from(files), ..Project::default() })
    }

    fn with(prose: &str) -> Vec<String> {
        found(prose, GOOD.1)
    }

    #[test]
    fn an_invariant_with_its_test_passes() {
        assert!(
            with("# A\n\n**Invariant**: it never guesses,\nnot once: `a::tests::never_guesses`.\n\nText with `x`.").is_empty()
        );
        assert!(with("- **Invariant** (a): nobody\n  looks. `xtask tidy: imports`\n- other").is_empty());
        assert!(found(GOOD.0, "| a | b |\n|---|---|\n| `x` is so | `xtask tidy: imports`, `a::never_guesses` |").is_empty());
    }

    #[test]
    fn an_invariant_without_a_test_is_found() {
        let lies = with("one\n**Invariant**: it never lies. `a::tests::never_lies`");
        assert_eq!(lies, ["ARCHITECTURE.md:2: there is no `a::tests::never_lies`: name a test or a check that exists"]);
        assert_eq!(with("**Invariant**: `a::helper`").len(), 1, "not a test");
        assert_eq!(with("**Invariant**: `xtask tidy: nothing`").len(), 1);
        assert!(
            with("**Invariant**: `never_guesses` is what it does").iter().all(|finding| finding.contains("does not end with"))
        );
        assert!(with("**Invariant**: nothing\n\n`never_guesses`")[0].contains("does not end with"));
        assert!(with("nothing at all")[0].contains("has no paragraph"));
        assert!(invariants(&Project::default())[0].contains("is missing"));
    }

    #[test]
    fn a_row_without_a_test_is_found() {
        let row = |row: &str| found(GOOD.0, &format!("{}\n{row}", GOOD.1));
        assert_eq!(
            row("| it never lies | `never_lies` |"),
            ["docs/invariants.md:4: there is no `never_lies`: name a test or a check that exists"]
        );
        assert_eq!(row("| both | `never_lies`, `never_guesses` |").len(), 1);
        assert!(row("| nothing | |")[0].contains("does not end with"));
        assert!(found(GOOD.0, "no table")[0].contains("has no table"));
    }
}
