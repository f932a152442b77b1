//! Nobody excuses oneself in silence.

use super::{
    Project,
    syntax::{self, Token},
};

/// The only files with `unsafe` code, and why.
const UNSAFE: [(&str, &str); 6] = [
    ("policy/component/src/arena.rs", "an allocator cannot be written without it"),
    ("embed/src/module.rs", "functions that cross the boundary of a module have no other form"),
    ("embed/c/src/lib.rs", "functions that C calls have no other form"),
    ("embed/c/src/output.rs", "what C frees was made for it"),
    ("embed/c/src/text.rs", "what C hands in is an address and a length"),
    ("host/src/compiled.rs", "the runtime cannot know who wrote the code that it is given"),
];

/// Lints are expected, with a reason, and not allowed.
pub(super) fn allow(project: &Project) -> Vec<String> {
    find(project, is_allow, "`allow` of a lint: use `#[expect(…, reason = \"…\")]`")
}

/// `unsafe` stays where it is known.
pub(super) fn unsafe_code(project: &Project) -> Vec<String> {
    unsafe_outside(project, &UNSAFE)
}

fn unsafe_outside(project: &Project, known: &[(&str, &str)]) -> Vec<String> {
    let found = find(project, |tokens, at| tokens[at].text == "unsafe", "`unsafe`: find another way");
    let within = |finding: &String, path: &str| finding.strip_prefix(path).is_some_and(|rest| rest.starts_with(':'));
    let (expected, mut findings): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|finding| known.iter().any(|(path, _)| within(finding, path)));
    for (path, reason) in known {
        if !expected.iter().any(|finding| within(finding, path)) {
            findings.push(format!(
                "{path} has no `unsafe` any more ({reason}): take it off the list in xtask/src/tidy/exceptions.rs"
            ));
        }
    }
    findings
}

/// Whether the token is the `allow` of an attribute.
fn is_allow(tokens: &[Token], at: usize) -> bool {
    let before = |token: &Token, texts: &[&str]| texts.contains(&token.text.as_str());
    match &tokens[..at] {
        [.., mark, open] => tokens[at].text == "allow" && open.text == "[" && before(mark, &["#", "!"]),
        _ => false,
    }
}

/// Every token that fits, given all tokens of its file and its position.
fn find(project: &Project, fits: impl Fn(&[Token], usize) -> bool, message: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in project.tree.of_kind("rs") {
        let tokens = match syntax::tokens(path, text) {
            Ok(tokens) => tokens,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let found = (0..tokens.len()).filter(|&at| fits(&tokens, at));
        findings.extend(found.map(|at| format!("{path}:{}: {message}", tokens[at].line)));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn with(text: &str) -> Project {
        Project { tree: Tree::from([("a/src/lib.rs", text)]), ..Project::default() }
    }

    #[test]
    fn an_allowed_lint_is_found() {
        assert_eq!(
            allow(&with("\n#[allow(dead_code)]")),
            ["a/src/lib.rs:2: `allow` of a lint: use `#[expect(…, reason = \"…\")]`"]
        );
        assert_eq!(allow(&with("#![allow(dead_code)]")).len(), 1);
        assert!(
            allow(&with("#[expect(dead_code, reason = \"x\")] fn a(b: u8, allow: u8) { [allow(b)]; \"#[allow(x)]\" }"))
                .is_empty()
        );
    }

    #[test]
    fn unsafe_code_is_found() {
        assert_eq!(unsafe_outside(&with("fn a() {\n unsafe { b() } }"), &[]), ["a/src/lib.rs:2: `unsafe`: find another way"]);
        assert!(unsafe_outside(&with("#![expect(unsafe_code)] // unsafe"), &[]).is_empty());
        let known = [("a/src/lib.rs", "why")];
        assert!(unsafe_outside(&with("unsafe impl A for B {}"), &known).is_empty());
        assert!(unsafe_outside(&with("impl A for B {}"), &known)[0].contains("has no `unsafe` any more (why)"));
    }
}
