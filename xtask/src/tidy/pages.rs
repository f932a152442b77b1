//! Pages of documentation: a reader finds each from the index, and no link of theirs leads nowhere.

use std::collections::BTreeSet;

use super::Project;

/// The page from which every other page of its folder is found.
const INDEX: &str = "docs/README.md";

/// Every page in `docs/` is linked from the index.
pub(super) fn index(project: &Project) -> Vec<String> {
    let Some(index) = project.tree.get(INDEX) else { return vec![format!("{INDEX} is missing: write it")] };
    let linked: BTreeSet<String> =
        links(index).into_iter().filter_map(|(_, target)| resolve(INDEX, path_and_anchor(target).0)).collect();
    let pages = project.tree.under("docs").map(|(path, _)| path).filter(|path| is_page(path) && *path != INDEX);
    pages
        .filter(|path| !linked.contains(*path))
        .map(|path| format!("{path} is not linked from {INDEX}: add it where a reader needs it"))
        .collect()
}

/// Relative links lead to files, and to headings, that exist.
pub(super) fn links_resolve(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for (page, text) in project.tree.files().filter(|(path, _)| is_page(path)) {
        for (line, target) in links(text) {
            let (path, anchor) = path_and_anchor(target);
            if is_absolute(path) {
                continue;
            }
            let at = format!("{page}:{line}");
            let found = if path.is_empty() { Some(page.to_owned()) } else { resolve(page, path) };
            let Some(found) = found.filter(|found| exists(project, found)) else {
                findings.push(format!("{at}: `{target}` leads to no file of the project: name one that exists"));
                continue;
            };
            let heading = anchor.filter(|_| is_page(&found));
            let headings = project.tree.get(&found).map(headings).unwrap_or_default();
            if let Some(anchor) = heading.filter(|anchor| !headings.contains(*anchor)) {
                findings.push(format!("{at}: {found} has no heading `#{anchor}`: name one that exists"));
            }
        }
    }
    findings
}

/// What a registry shows of a crate has no link that leads out of the crate.
pub(super) fn crate_links(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for own in project.crates.iter().filter(|own| own.published) {
        let page = format!("{}/README.md", own.folder);
        let Some(text) = project.tree.get(&page) else {
            findings.push(format!("{page} is missing: run `cargo xtask golden`"));
            continue;
        };
        for (line, target) in links(text) {
            let (path, _) = path_and_anchor(target);
            if !is_absolute(path) && !path.is_empty() {
                findings.push(format!("{page}:{line}: `{target}` breaks where the crate is shown alone: take the link away"));
            }
        }
    }
    findings
}

fn is_page(path: &str) -> bool {
    path.ends_with(".md")
}

/// Whether a link leaves the project.
fn is_absolute(path: &str) -> bool {
    path.contains("://") || path.starts_with("mailto:")
}

fn exists(project: &Project, path: &str) -> bool {
    project.tree.get(path).is_some() || project.tree.has_other(path) || project.tree.under(path).next().is_some()
}

fn path_and_anchor(target: &str) -> (&str, Option<&str>) {
    target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)))
}

/// The path from the root of the project that a link on a page leads to. `None` where it leads out of the project.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The targets of the links and pictures of a page, each with its line. Code is left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for (mark, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            let targets = line.match_indices(mark).filter(|(at, _)| !is_code(line, *at));
            found.extend(targets.filter_map(|(at, _)| {
                let target = line.get(at + mark.len()..)?.split(end).next()?;
                // A title may stand behind the target.
                Some((number, target.split_whitespace().next().unwrap_or_default()))
            }));
        }
    }
    found
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// Whether a place in a line is between backticks.
fn is_code(line: &str, at: usize) -> bool {
    line.bytes().take(at).filter(|byte| *byte == b'`').count() % 2 == 1
}

/// The anchors of a page, as GitHub makes them of its headings.
fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, line) in prose(text).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let anchor: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        // The second of two equal headings gets a number.
        let anchors = std::iter::once(anchor.clone()).chain((1..).map(|number: usize| format!("{anchor}-{number}")));
        let free = anchors.into_iter().find(|anchor| !found.contains(anchor));
        found.extend(free);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::crates::Crate, *};
    use crate::tree::Tree;

    fn project<const N: usize>(files: [(&str, &str); N]) -> Project {
        Project { tree: Tree::from(files), ..Project::default() }
    }

    #[test]
    fn a_page_that_the_index_leaves_out_is_found() {
        let pages = [(INDEX, "[a](a.md#there)"), ("docs/a.md", ""), ("docs/b.md", ""), ("docs/c.json", "")];
        assert_eq!(index(&project(pages)), ["docs/b.md is not linked from docs/README.md: add it where a reader needs it"]);
        assert!(index(&project([("README.md", "")]))[0].contains("is missing"));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let found =
            |text: &str| links_resolve(&project([("docs/a.md", text), ("wit/types.wit", ""), ("README.md", "# The *x*-`y` z")]));
        for good in [
            "[a](https://example.com/x) [b](a.md) [c](../wit) [d](../wit/types.wit#L1) [e](../README.md#the-x-y-z)",
            "# Here\n[a](#here)",
            "`[a](none.md)`\n```\n[a](none.md)\n```\n<img src=\"../wit/types.wit\">",
            "# A\n# A\n[x](#a-1)",
        ] {
            assert_eq!(found(good), [""; 0], "{good}");
        }
        assert_eq!(found("one\n[a](b.md)"), ["docs/a.md:2: `b.md` leads to no file of the project: name one that exists"]);
        assert_eq!(found("[a](../README.md#x)"), ["docs/a.md:1: README.md has no heading `#x`: name one that exists"]);
        for bad in ["[a](../../x)", "[`a`](b.md)", "<img src=\"c.svg\">", "[a](#none)", "![x](d.svg \"title\")"] {
            assert_eq!(found(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_link_out_of_a_published_crate_is_found() {
        let found = |published, text| {
            let own = Crate { published, folder: "host".into(), ..Crate::default() };
            crate_links(&Project { crates: vec![own], ..project([("host/README.md", text)]) })
        };
        assert_eq!(
            found(true, "[a](../docs/a.md)"),
            ["host/README.md:1: `../docs/a.md` breaks where the crate is shown alone: take the link away"]
        );
        assert!(found(true, "[a](https://example.com)").is_empty());
        assert!(found(false, "[a](../docs/a.md)").is_empty());
        let alone = Crate { published: true, folder: "host".into(), ..Crate::default() };
        assert!(crate_links(&Project { crates: vec![alone], ..Project::default() })[0].contains("is missing"));
    }
}
