//! Nothing in the project belongs to one machine.

use super::Project;

/// Folders at the root of a file system under which people and machines keep their own.
const OWN: [&str; 6] = ["Users", "builds", "home", "mnt", "root", "work"];

/// Ends of host names that mean something inside of one network only.
const INSIDE: [&str; 6] = [".corp", ".home", ".internal", ".intranet", ".lan", ".local"];

/// No file names a folder of somebody's machine.
pub(super) fn folders(project: &Project) -> Vec<String> {
    each_line(project, |line| {
        let found = OWN.iter().map(|folder| format!("/{folder}/")).find(|folder| names_folder(line, folder))?;
        Some(format!("a folder of some machine (`{found}`): name it from the root of the project"))
    })
}

/// Whether the line holds the folder where an absolute path begins.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || "._-/~}>*".contains(before))
    })
}

/// No file sends anyone to a host that only one network knows.
pub(super) fn hosts(project: &Project) -> Vec<String> {
    each_line(project, |line| {
        let found = line.split("://").skip(1).map(host).find(|host| is_inside(host))?;
        Some(format!("a host that only one network knows (`{found}`): name the public one"))
    })
}

/// The host at the beginning of what follows `://`.
fn host(rest: &str) -> &str {
    let authority = rest.split(|mark: char| !(mark.is_ascii_alphanumeric() || "-._@:".contains(mark))).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().trim_end_matches('.')
}

/// Whether the host is none that the public knows. A machine may talk to itself.
fn is_inside(host: &str) -> bool {
    let number = host.split('.').all(|part| part.parse::<u8>().is_ok());
    let own = host.is_empty() || host == "localhost" || host == "127.0.0.1" || host == "0.0.0.0";
    let placeholder = host.bytes().all(|byte| byte.is_ascii_uppercase());
    !own && !placeholder && (number || !host.contains('.') || INSIDE.iter().any(|end| host.ends_with(end)))
}

fn each_line(project: &Project, find: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in project.tree.files() {
        for (number, line) in (1..).zip(text.lines()) {
            findings.extend(find(line).map(|found| format!("{path}:{number}: {found}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn with(text: &str) -> Project {
        Project { tree: Tree::from([("docs/a.md", text)]), ..Project::default() }
    }

    #[test]
    fn a_folder_of_some_machine_is_found() {
        // Put together here, so that this file passes too.
        let [root, home] = ["root", "home"].map(|folder| format!("/{folder}/"));
        let found = folders(&with(&format!("one\nsee {root}key")));
        assert_eq!(found, [format!("docs/a.md:2: a folder of some machine (`{root}`): name it from the root of the project")]);
        assert_eq!(folders(&with(&format!("\"{home}ana\""))).len(), 1);
        assert!(folders(&with(&format!("https://example.com{home}ana and a{root}b"))).is_empty());
    }

    #[test]
    fn a_host_of_one_network_is_found() {
        let url = |host: &str| format!("see https:{}{host}/x", "//");
        let found = hosts(&with(&url("mirror.corp")));
        assert_eq!(found, ["docs/a.md:1: a host that only one network knows (`mirror.corp`): name the public one"]);
        for inside in ["artifacts", "10.0.0.7:8080", "user@registry.internal", "proxy:3128"] {
            assert_eq!(hosts(&with(&url(inside))).len(), 1, "{inside}");
        }
        for public in ["crates.io", "example.com:80", "localhost:8080", "127.0.0.1", "{host}", "ADDRESS"] {
            assert!(hosts(&with(&url(public))).is_empty(), "{public}");
        }
    }
}
