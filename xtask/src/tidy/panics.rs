//! The deciding code does not panic, whatever it is asked.

use super::{
    Project,
    syntax::{self, Token},
};

/// The crate on the decision path, and its root.
const FOLDER: &str = "policy/src";
const ROOT: &str = "policy/src/lib.rs";

/// The lints that its root must deny.
const LINTS: [&str; 9] = [
    "arithmetic_side_effects",
    "expect_used",
    "indexing_slicing",
    "panic",
    "string_slice",
    "todo",
    "unimplemented",
    "unreachable",
    "unwrap_used",
];

/// Macros that panic.
const MACROS: [&str; 10] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
];

/// Methods that panic.
const METHODS: [&str; 4] = ["unwrap", "expect", "unwrap_err", "expect_err"];

/// What may stand before a bracket that opens an array, a pattern or a type.
const KEYWORDS: [&str; 20] = [
    "as", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "loop", "match", "move", "mut", "ref", "return",
    "static", "unsafe", "where", "while",
];

/// The lints stand at the root of the crate.
pub(super) fn lints(project: &Project) -> Vec<String> {
    let Some(text) = project.tree.get(ROOT) else { return vec![format!("{ROOT} is missing")] };
    let tokens = match syntax::tokens(ROOT, text) {
        Ok(tokens) => tokens,
        Err(finding) => return vec![finding],
    };
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let denied = texts.split(|text| *text == "#").filter(|attribute| attribute.starts_with(&["!", "[", "deny", "("]));
    let denied: Vec<&str> = denied.flatten().copied().collect();
    let missing = LINTS.into_iter().filter(|lint| !denied.contains(lint));
    missing.map(|lint| format!("{ROOT} does not deny `clippy::{lint}`: add it to `#![deny(…)]`")).collect()
}

/// No macro slips by the lints, which do not look into every expansion.
pub(super) fn calls(project: &Project) -> Vec<String> {
    let is_test = |path: &str| path.ends_with("/tests.rs") || path.contains("/tests/");
    let sources = project.tree.under(FOLDER).filter(|(path, _)| path.ends_with(".rs") && !is_test(path));
    sources.flat_map(|(path, text)| in_source(path, text)).collect()
}

fn in_source(path: &str, text: &str) -> Vec<String> {
    let tokens = match syntax::tokens(path, text) {
        Ok(tokens) => syntax::without_tests(tokens),
        Err(finding) => return vec![finding],
    };
    let text = |at: usize| tokens.get(at).map_or("", |token: &Token| token.text.as_str());
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).map_or("", text), text(at + 1));
        let found = match token.text.as_str() {
            name if MACROS.contains(&name) && after == "!" && text(at + 2) != "=" => format!("`{name}!`"),
            name if METHODS.contains(&name) && [".", ":"].contains(&before) => format!("`{name}`"),
            "[" if indexes(before) => format!("`{before}[…]`"),
            _ => continue,
        };
        findings.push(format!("{path}:{}: {found} may panic on the decision path: handle the other case", token.line));
    }
    findings
}

/// Whether a bracket after this token takes something out of something.
fn indexes(before: &str) -> bool {
    let name = before.starts_with(|first: char| first.is_alphabetic() || first == '_') && !KEYWORDS.contains(&before);
    name || [")", "]", "?"].contains(&before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn with(path: &str, text: &str) -> Project {
        Project { tree: Tree::from([(path, text)]), ..Project::default() }
    }

    #[test]
    fn a_lint_that_is_not_denied_is_found() {
        let all = format!("#![no_std]\n#![deny({})]", LINTS.map(|lint| format!("clippy::{lint}")).join(", "));
        assert!(lints(&with(ROOT, &all)).is_empty());
        let found = lints(&with(ROOT, &all.replace("clippy::panic,", "")));
        assert_eq!(found, ["policy/src/lib.rs does not deny `clippy::panic`: add it to `#![deny(…)]`"]);
        assert_eq!(lints(&with(ROOT, &all.replace("deny", "warn"))).len(), LINTS.len());
        assert_eq!(lints(&with(ROOT, &format!("/* {all} */"))).len(), LINTS.len());
        assert_eq!(lints(&Project::default()).len(), 1);
    }

    #[test]
    fn what_may_panic_is_found() {
        let found = calls(&with("policy/src/rules/a.rs", "fn a(b: &[u8]) {\n    b[0];\n}"));
        assert_eq!(found, ["policy/src/rules/a.rs:2: `b[…]` may panic on the decision path: handle the other case"]);
        for text in [
            "a.unwrap()",
            "a.map(Option::unwrap)",
            "a.expect(\"b\")",
            "panic!()",
            "macro_rules! m { () => { unreachable!() } }",
            "m! { a.unwrap() }",
            "assert_eq!(a, b);",
            "a()[1..]",
            "a[0][1]",
            "self.a[b]",
            "a?[0]",
        ] {
            assert!(!calls(&with("policy/src/a.rs", text)).is_empty(), "{text}");
        }
        for text in [
            "fn a<'b>(c: &'b [u8]) -> [u8; 2] { for d in [1, 2] {} let [e, f] = c; vec![g] }",
            "#[expect(unused, reason = \"x\")] fn unwrap() {}",
            "if panic != assert {}",
            "#[cfg(test)] mod tests { fn a() { b.unwrap() } }",
            "// a.unwrap()",
            "impl A for [u8] {}",
        ] {
            assert_eq!(calls(&with("policy/src/a.rs", text)), Vec::<String>::new(), "{text}");
        }
        assert!(calls(&with("policy/src/rules/tests.rs", "a.unwrap()")).is_empty());
        assert!(calls(&with("host/src/a.rs", "a.unwrap()")).is_empty());
    }
}
