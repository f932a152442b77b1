//! Who may know whom.

use super::{Project, crates::Crate};

/// What each crate may know of the others, in its tests and benches too.
pub(super) const ARROWS: [(&str, &[&str]); 22] = [
    ("clearance-policy", &[]),
    ("clearance-policy-component", &["clearance-policy"]),
    ("clearance-catalog", &["clearance-policy"]),
    ("clearance-question", &["clearance-policy"]),
    ("clearance-host", &["clearance-policy", "clearance-question"]),
    ("clearance-directory", &["clearance-policy"]),
    ("clearance", &["clearance-policy", "clearance-question", "clearance-directory"]),
    ("clearance-rollout", &["clearance", "clearance-policy", "clearance-directory", "clearance-host"]),
    ("clearance-store", &["clearance-directory"]),
    ("clearance-keeper", &["clearance", "clearance-host", "clearance-rollout", "clearance-store"]),
    ("clearance-server", &["clearance", "clearance-host", "clearance-keeper", "clearance-rollout", "clearance-store"]),
    (
        "clearance-cli",
        &[
            "clearance",
            "clearance-catalog",
            "clearance-host",
            "clearance-keeper",
            "clearance-rollout",
            "clearance-server",
            "clearance-store",
        ],
    ),
    (
        "clearance-tests",
        &[
            "clearance",
            "clearance-catalog",
            "clearance-directory",
            "clearance-embed",
            "clearance-host",
            "clearance-keeper",
            "clearance-policy",
            "clearance-question",
            "clearance-rollout",
            "clearance-server",
            "clearance-store",
        ],
    ),
    ("clearance-committed", &[]),
    ("clearance-fuzz", &["clearance-tests"]),
    ("clearance-bench", &["clearance", "clearance-policy"]),
    ("clearance-probe", &["clearance", "clearance-question"]),
    ("clearance-embed", &["clearance", "clearance-policy", "clearance-question"]),
    ("clearance-native", &["clearance", "clearance-embed", "clearance-host", "clearance-question"]),
    ("clearance-c", &["clearance-native"]),
    ("clearance-python", &["clearance-native"]),
    ("xtask", &["clearance", "clearance-catalog", "clearance-host", "clearance-probe"]),
];

/// What the tests and benches of a crate may know besides: something has to run a policy there, or to write a committed file.
const IN_TESTS: [(&str, &str); 10] = [
    ("clearance", "clearance-host"),
    ("clearance-c", "clearance-committed"),
    ("clearance-cli", "clearance-committed"),
    ("clearance-embed", "clearance-host"),
    ("clearance-embed", "clearance-policy"),
    ("clearance-directory", "clearance-committed"),
    ("clearance-host", "clearance-committed"),
    ("clearance-rollout", "clearance-committed"),
    ("clearance-server", "clearance-committed"),
    ("clearance-tests", "clearance-committed"),
];

/// Libraries that are somebody's business and nobody else's. A name stands for the crates that begin with it and `-`, too.
const LIBRARIES: [(&str, &[&str], &str); 10] = [
    (
        "wasmtime",
        &["clearance-catalog", "clearance-host", "clearance-tests", "xtask"],
        "only the host runs components, and catalog one function",
    ),
    ("axum", &["clearance-server"], "only the server knows HTTP"),
    ("hyper", &["clearance-server"], "only the server knows HTTP"),
    ("http", &["clearance-server"], "only the server knows HTTP"),
    ("tower", &["clearance-server"], "only the server knows HTTP"),
    ("utoipa", &["clearance-server"], "only the server knows HTTP"),
    ("tokio", &["clearance-server", "clearance-tests"], "only the server waits for several things at once"),
    ("rusqlite", &["clearance-store"], "only the store keeps secrets"),
    // The package for Python names it for its features alone.
    ("anyhow", &["clearance-cli", "clearance-python", "clearance-tests", "xtask"], "a library names its errors"),
    ("eyre", &[], "a library names its errors, and a binary uses anyhow"),
];

/// The package with the rules and the feature that makes them visible.
const RULES: (&str, &str) = ("clearance-policy", "rules");

/// Who may decide without asking a component.
const NATIVE: [&str; 3] = ["clearance-policy-component", "clearance-tests", "clearance-bench"];

/// Crates know only the crates that the table says.
pub(super) fn arrows(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for own in &project.crates {
        let name = own.name.as_str();
        let Some((_, known)) = ARROWS.iter().find(|(crate_name, _)| *crate_name == name) else {
            findings.push(format!(
                "`{name}` is not in the table of who may know whom: add it to `ARROWS` in xtask/src/tidy/imports.rs"
            ));
            continue;
        };
        let in_tests = |sibling: &str| IN_TESTS.contains(&(name, sibling));
        let siblings = own.dependencies.iter().filter(|known| !(known.in_tests && in_tests(&known.name)));
        let siblings = siblings.map(|dependency| dependency.name.as_str());
        let siblings = siblings.filter(|name| ARROWS.iter().any(|(sibling, _)| sibling == name));
        let unknown = siblings.filter(|sibling| *sibling != name && !known.contains(sibling));
        findings.extend(unknown.map(|sibling| format!("`{name}` must not know `{sibling}`: take the dependency away")));
    }
    findings
}

/// Some libraries are the business of one crate.
pub(super) fn libraries(project: &Project) -> Vec<String> {
    let mut findings = Vec::new();
    for own in &project.crates {
        for dependency in &own.dependencies {
            let is = |library: &str| {
                dependency.name.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            let rule = LIBRARIES.iter().find(|(library, users, _)| is(library) && !users.contains(&own.name.as_str()));
            if let Some((_, _, reason)) = rule {
                findings.push(format!("`{}` must not depend on `{}`: {reason}", own.name, dependency.name));
            }
        }
    }
    findings
}

/// Nobody decides natively by accident.
pub(super) fn rules_feature(project: &Project) -> Vec<String> {
    let (package, feature) = RULES;
    let mut findings = Vec::new();
    for own in &project.crates {
        if own.name == package {
            if own.features.get("default").is_some_and(|default| default.iter().any(|on| on == feature)) {
                findings.push(format!("`{package}` turns `{feature}` on by default: take it out of `default`"));
            }
        } else if !NATIVE.contains(&own.name.as_str()) && turns_rules_on(own) {
            findings.push(format!("`{}` turns on `{package}/{feature}`: it must ask a component instead", own.name));
        }
    }
    findings
}

fn turns_rules_on(own: &Crate) -> bool {
    let (package, feature) = RULES;
    let asks = own.dependencies.iter().any(|other| other.name == package && other.features.iter().any(|on| on == feature));
    let forwards = [format!("{package}/{feature}"), format!("{package}?/{feature}")];
    asks || own.features.values().flatten().any(|on| forwards.contains(on))
}

#[cfg(test)]
mod tests {
    use super::{super::crates::Dependency, *};

    fn project(name: &str, depends_on: &str, features: &[&str]) -> Project {
        let features = features.iter().map(ToString::to_string).collect();
        let dependency = Dependency { name: depends_on.into(), features, in_tests: false };
        Project {
            crates: vec![Crate { name: name.into(), dependencies: vec![dependency], ..Crate::default() }],
            ..Project::default()
        }
    }

    #[test]
    fn an_arrow_the_wrong_way_is_found() {
        let found = arrows(&project("clearance-host", "clearance-directory", &[]));
        assert_eq!(found, ["`clearance-host` must not know `clearance-directory`: take the dependency away"]);
        assert_eq!(arrows(&project("clearance-cli", "clearance-question", &[])).len(), 1);
        assert_eq!(arrows(&project("clearance-policy", "clearance", &[])).len(), 1);
        assert_eq!(arrows(&project("clearance-store", "clearance-policy", &[])).len(), 1);
        assert_eq!(arrows(&project("clearance", "clearance-store", &[])).len(), 1);
        assert_eq!(arrows(&project("clearance-keeper", "clearance-server", &[])).len(), 1);
        for (own, known) in [
            ("clearance-store", "clearance-directory"),
            ("clearance-keeper", "clearance-store"),
            ("clearance-server", "clearance-keeper"),
            ("clearance-server", "clearance-store"),
            ("clearance-cli", "clearance-store"),
        ] {
            assert!(arrows(&project(own, known, &[])).is_empty(), "{own} {known}");
        }
        assert!(arrows(&project("clearance", "clearance-question", &[])).is_empty());
        assert!(arrows(&project("clearance", "serde", &[])).is_empty());
        assert!(arrows(&project("clearance-new", "serde", &[]))[0].contains("`clearance-new` is not in the table"));
    }

    #[test]
    fn what_tests_alone_may_know_is_not_for_the_crate_itself() {
        let mut runs = project("clearance", "clearance-host", &[]);
        assert_eq!(arrows(&runs), ["`clearance` must not know `clearance-host`: take the dependency away"]);
        runs.crates[0].dependencies[0].in_tests = true;
        assert!(arrows(&runs).is_empty());
        runs.crates[0].dependencies[0].name = "clearance-rollout".into();
        assert_eq!(arrows(&runs).len(), 1);
    }

    #[test]
    fn a_library_in_the_wrong_crate_is_found() {
        let found = libraries(&project("clearance", "wasmtime", &[]));
        assert_eq!(found, ["`clearance` must not depend on `wasmtime`: only the host runs components, and catalog one function"]);
        for (own, library) in [
            ("clearance-cli", "axum"),
            ("clearance-host", "hyper-util"),
            ("clearance", "anyhow"),
            ("clearance-directory", "wasmtime-wasi"),
            ("clearance-cli", "rusqlite"),
            ("clearance-keeper", "axum"),
            ("clearance-keeper", "rusqlite"),
            ("clearance-keeper", "tokio"),
            ("clearance-keeper", "tower-http"),
            ("clearance-keeper", "utoipa"),
        ] {
            assert_eq!(libraries(&project(own, library, &[])).len(), 1, "{own} {library}");
        }
        for (own, library) in
            [("clearance-host", "wasmtime"), ("xtask", "anyhow"), ("clearance", "httpdate"), ("clearance-tests", "wasmtime")]
        {
            assert!(libraries(&project(own, library, &[])).is_empty(), "{own} {library}");
        }
    }

    #[test]
    fn rules_outside_of_a_component_are_found() {
        let found = rules_feature(&project("clearance", "clearance-policy", &["rules"]));
        assert_eq!(found, ["`clearance` turns on `clearance-policy/rules`: it must ask a component instead"]);
        assert!(rules_feature(&project("clearance", "clearance-policy", &[])).is_empty());
        assert!(rules_feature(&project("clearance-tests", "clearance-policy", &["rules"])).is_empty());

        let mut forwards = project("clearance-host", "clearance-policy", &[]);
        forwards.crates[0].features.insert("native".into(), vec!["clearance-policy/rules".into()]);
        assert_eq!(rules_feature(&forwards).len(), 1);

        let mut policy = project("clearance-policy", "serde", &[]);
        policy.crates[0].features.insert("default".into(), vec!["rules".into()]);
        assert_eq!(rules_feature(&policy).len(), 1);
    }
}
