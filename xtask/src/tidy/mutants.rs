//! Every mutant that no test sees is one of code that is there.

use super::{Project, syntax};
use crate::mutants::{LIST, List};

/// The list of mutants names files and functions that exist, and a reason for each.
pub(super) fn mutants(project: &Project) -> Vec<String> {
    let Some(text) = project.tree.get(LIST) else { return vec![format!("{LIST} is missing: write an empty one")] };
    let list = match List::parse(text) {
        Ok(list) => list,
        Err(error) => return vec![format!("{error:#}")],
    };
    let mut findings = Vec::new();
    for (mutant, reason) in list.mutants() {
        let (file, change) = (&mutant.file, &mutant.change);
        if reason.is_empty() {
            findings.push(format!("{LIST}: `{change}` of {file} has no reason: say why no test can see it"));
        }
        let Some(text) = project.tree.get(file) else {
            findings.push(format!("{LIST}: there is no {file}: take `{change}` out"));
            continue;
        };
        let Some(function) = mutant.function() else {
            findings.push(format!("{LIST}: `{change}` of {file} names no function: write it as the tool does"));
            continue;
        };
        match syntax::tokens(file, text) {
            Ok(tokens) if tokens.windows(2).any(|pair| pair[0].text == "fn" && pair[1].text == function) => {}
            Ok(_) => findings.push(format!("{LIST}: {file} has no function `{function}`: take `{change}` out")),
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn with(file: &str, change: &str, reason: &str) -> Vec<String> {
        let list = format!("[[mutant]]\nfile = \"{file}\"\nchange = \"{change}\"\nreason = \"{reason}\"\n");
        let tree = Tree::from([(LIST, &*list), ("a/src/lib.rs", "impl A { fn take() -> bool { true } } // fn other()")]);
        mutants(&Project { tree, ..Project::default() })
    }

    #[test]
    fn a_mutant_of_code_that_is_there_passes() {
        assert_eq!(with("a/src/lib.rs", "replace A::take -> bool with false", "it shows nowhere"), [""; 0]);
    }

    #[test]
    fn a_mutant_of_something_else_is_found() {
        for (file, change, reason, wanted) in [
            ("a/src/b.rs", "delete ! in take", "x", "there is no a/src/b.rs"),
            ("a/src/lib.rs", "delete ! in other", "x", "has no function `other`"),
            ("a/src/lib.rs", "delete ! in take", " ", "has no reason"),
            ("a/src/lib.rs", "whatever", "x", "names no function"),
        ] {
            let found = with(file, change, reason);
            assert!(found.len() == 1 && found[0].contains(wanted), "{found:?}");
        }
        assert!(mutants(&Project::default())[0].contains("is missing"));
    }
}
