//! Files of a crate that import each other in a circle. Nobody can read one of them without the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Project,
    syntax::{self, Token},
};

/// The folders of the crates whose files make no circle. A crate that is rid of its circles is added.
pub(super) const CLEAN: [&str; 11] =
    ["catalog", "clearance", "cli", "directory", "host", "keeper", "policy", "question", "rollout", "server", "store"];

/// Where a module stands in its crate: no names for the root.
type Path = Vec<String>;

/// The files of the crates in [`CLEAN`] make no circle.
pub(super) fn circles(project: &Project) -> Vec<String> {
    CLEAN.iter().flat_map(|folder| in_crate(project, folder)).collect()
}

fn in_crate(project: &Project, folder: &str) -> Vec<String> {
    let sources = format!("{folder}/src/");
    let mut modules = BTreeMap::new();
    let mut findings = Vec::new();
    for (path, text) in project.tree.files() {
        let Some(name) = path.strip_prefix(&sources).and_then(|name| name.strip_suffix(".rs")) else { continue };
        match syntax::tokens(path, text) {
            Ok(tokens) => {
                modules.insert(module_path(name), Module::read(&syntax::without_tests(tokens)));
            }
            Err(finding) => findings.push(finding),
        }
    }
    let arrows: BTreeMap<&Path, BTreeSet<&Path>> = modules.keys().map(|path| (path, arrows(&modules, path))).collect();
    let mut known = BTreeSet::new();
    for path in modules.keys() {
        if let Some(circle) = circle(&arrows, path).filter(|_| !known.contains(path)) {
            let files: Vec<_> =
                circle.iter().map(|path| if path.is_empty() { "the root".into() } else { path.join("/") }).collect();
            findings.push(format!(
                "{folder}/src: files import each other in a circle: {}: move what two of them need into a file of its own",
                files.join(" -> ")
            ));
            known.extend(circle);
        }
    }
    findings
}

/// The path of the module in a file, such as `a/b` or `lib`.
fn module_path(name: &str) -> Path {
    let name = name.strip_suffix("/mod").unwrap_or(name);
    if ["lib", "main"].contains(&name) { Path::new() } else { name.split('/').map(str::to_owned).collect() }
}

/// What a file says of others.
#[derive(Debug, Default)]
struct Module {
    /// The modules in files of their own below it.
    children: BTreeSet<String>,
    /// The names that it passes on, and where each comes from.
    passed_on: BTreeMap<String, Path>,
    /// The modules of which it passes on everything.
    passed_on_whole: Vec<Path>,
    /// What it uses itself.
    used: BTreeSet<Path>,
    /// What it defines.
    defined: BTreeSet<String>,
}

impl Module {
    fn read(tokens: &[Token]) -> Self {
        const ITEMS: [&str; 9] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static", "mod"];
        let mut module = Self::default();
        let mut names = BTreeSet::new();
        let mut passed_on = Vec::new();
        let mut rest = tokens;
        let mut before = "";
        while let [token, next @ ..] = rest {
            let text = token.text.as_str();
            if let [name, ..] = next
                && ITEMS.contains(&text)
            {
                module.defined.insert(name.text.clone());
                if text == "mod" && next.get(1).is_some_and(|token| token.text == ";") {
                    module.children.insert(name.text.clone());
                }
            }
            // `use<'a>` in a type is something else.
            if text == "use" && next.first().is_none_or(|token| token.text != "<") {
                // `pub use` or `pub(crate) use`.
                let is_public = matches!(before, "pub" | ")");
                let end = next.iter().position(|token| token.text == ";").unwrap_or(next.len());
                for (path, name) in trees(&Path::new(), &next[..end]) {
                    match (is_public, name.as_str()) {
                        (true, "*") => module.passed_on_whole.push(path),
                        (true, _) => passed_on.push((name, path)),
                        (false, _) => {
                            module.used.insert(path);
                        }
                    }
                }
                rest = &next[end..];
                before = "";
                continue;
            }
            let path = path(rest);
            // What follows `::` or `.` belongs to what stands before it.
            if path.len() > 1 && ![":", "."].contains(&before) {
                module.used.insert(path);
            }
            names.insert(text);
            before = text;
            rest = next;
        }
        for (name, path) in passed_on {
            // What it passes on it need not use.
            if names.contains(name.as_str()) {
                module.used.insert(path.clone());
            }
            module.passed_on.insert(name, path);
        }
        module
    }
}

/// The names that these tokens begin with, as long as `::` stands between them.
fn path(tokens: &[Token]) -> Path {
    let is_name = |token: &&Token| token.text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    let mut path = Path::new();
    let mut rest = tokens;
    while let Some(name) = rest.first().filter(is_name) {
        path.push(name.text.clone());
        match &rest[1..] {
            [first, second, behind @ ..] if first.text == ":" && second.text == ":" => rest = behind,
            _ => break,
        }
    }
    path
}

/// The paths of a tree of imports, each with the name that it gets.
fn trees(within: &Path, tokens: &[Token]) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let of_branch = |branch: &[Token], found: &mut Vec<_>| {
        let own = path(branch);
        let whole: Path = within.iter().chain(&own).cloned().collect();
        match branch.iter().position(|token| token.text == "{") {
            Some(open) => found.extend(trees(&whole, &branch[open + 1..branch.len() - 1])),
            None if branch.last().is_some_and(|token| token.text == "*") => found.push((whole, "*".to_owned())),
            None => {
                let alias = branch.iter().position(|token| token.text == "as").and_then(|at| branch.get(at + 1));
                let name = alias.map(|token| token.text.clone()).or_else(|| own.last().cloned());
                found.extend(name.map(|name| (whole, name)));
            }
        }
    };
    for branch in tokens.split(|token| {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && token.text == ","
    }) {
        of_branch(branch, &mut found);
    }
    found
}

/// The files that a file uses.
fn arrows<'a>(modules: &'a BTreeMap<Path, Module>, from: &Path) -> BTreeSet<&'a Path> {
    let used = modules[from].used.iter();
    used.filter_map(|path| target(modules, from, path, 0)).filter(|to| *to != from).collect()
}

/// The file that a path leads to. `None` for what is in no file of the crate.
fn target<'a>(modules: &'a BTreeMap<Path, Module>, from: &Path, path: &[String], depth: usize) -> Option<&'a Path> {
    /// The most times that one name is passed on.
    const MAX_DEPTH: usize = 16;
    let (first, mut rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Path::new(),
        "self" => from.clone(),
        "super" => from.split_last()?.1.to_vec(),
        name if modules[from].children.contains(name) => {
            rest = path;
            from.clone()
        }
        _ => return None,
    };
    while let [name, behind @ ..] = rest {
        if name == "super" {
            at.pop();
        } else {
            let below: Path = at.iter().chain([name]).cloned().collect();
            if !modules.contains_key(&below) {
                break;
            }
            at = below;
        }
        rest = behind;
    }
    let (place, module) = modules.get_key_value(&at)?;
    let Some(name) = rest.first().filter(|_| depth < MAX_DEPTH) else { return Some(place) };
    let passed_on = module.passed_on.get(name).and_then(|path| target(modules, place, path, depth + 1));
    let whole = || {
        let mut whole = module.passed_on_whole.iter().filter_map(|path| target(modules, place, path, depth + 1));
        whole.find(|place| !module.defined.contains(name) && modules[*place].defined.contains(name))
    };
    passed_on.or_else(whole).or(Some(place))
}

/// The shortest way from a file back to itself.
fn circle<'a>(arrows: &BTreeMap<&'a Path, BTreeSet<&'a Path>>, from: &'a Path) -> Option<Vec<&'a Path>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        for &next in &arrows[at] {
            if next == from {
                let mut circle = vec![from];
                let mut back = at;
                while back != from {
                    circle.push(back);
                    back = came_from[back];
                }
                circle.push(from);
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn found<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        in_crate(&Project { tree: Tree::from(files), ..Project::default() }, "c")
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        for (a, b) in [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use super::b::{B, C as D};", "fn f() { crate::a::f() }"),
            ("fn f() { super::b::f() }", "use crate::{a::{self}, b};"),
            ("use crate::B;", "use crate::a;"),
            ("use crate::Glob;", "#[x(path = crate::a::A)] struct Glob;"),
        ] {
            let root = "mod a; mod b; pub use b::B; pub(crate) use self::b::*;";
            let found = found([("c/src/lib.rs", root), ("c/src/a.rs", a), ("c/src/b.rs", b)]);
            assert_eq!(found.len(), 1, "{a} {b} {found:?}");
            assert!(found[0].contains("c/src: files import each other in a circle: a -> b -> a: "), "{found:?}");
        }
        let child = found([("c/src/main.rs", "mod a;"), ("c/src/a.rs", "mod b; use b::B;"), ("c/src/a/b.rs", "use super::A;")]);
        assert!(child[0].contains("a -> a/b -> a"), "{child:?}");
        let root = found([("c/src/lib.rs", "mod a; fn f() { a::f() }"), ("c/src/a.rs", "use crate::Other;")]);
        assert!(root[0].contains("the root -> a -> the root"), "{root:?}");
        let long = [("c/src/a.rs", "use crate::b;"), ("c/src/b.rs", "use crate::d;"), ("c/src/d.rs", "use crate::a;")];
        assert!(found(long)[0].contains("a -> b -> d -> a"));
    }

    #[test]
    fn what_is_no_circle_passes() {
        let files = [
            // It lists its children and passes on what they have, and uses none of it.
            ("c/src/lib.rs", "//! [`A`] mod a; mod b; pub use a::A; pub use b::{B as C};"),
            ("c/src/a.rs", "mod below; use crate::C; use super::b; // crate::a::below::X"),
            (
                "c/src/a/below.rs",
                "use crate::b::B; use std::a; fn f(x: X) { x.a::<B>(); d::a::f() } #[cfg(test)] mod tests { use super::super::A; }",
            ),
            ("c/src/b.rs", "pub(crate) fn f() -> impl X + use<'a> {} #[cfg(test)] mod tests { use crate::a; }"),
            ("other/src/b.rs", "use crate::a; fn f("),
        ];
        assert_eq!(found(files), [""; 0]);
    }
}
