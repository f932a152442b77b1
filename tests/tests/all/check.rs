//! The one check that every case goes through, on every implementation.

use clearance_directory::document::Timestamp;
use clearance_tests::case::{DecisionCase, EffectiveCase, NOW, Projects, ProjectsCase, World};
use clearance_tests::evaluator::{Component, Native};
use clearance_tests::facade::Facade;
use clearance_tests::implementation::{Implementation, Naive};
use clearance_tests::question::Visible;

/// All that must agree, the oracle first.
pub(crate) fn implementations() -> [&'static dyn Implementation; 4] {
    [&Naive, &Native, Component::get(), &Facade]
}

/// How many lines were checked.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) worlds: usize,
    pub(crate) decisions: usize,
    /// Those that also fix the reason.
    pub(crate) reasons: usize,
    /// Those of them that are this project's own.
    pub(crate) own: usize,
    pub(crate) effective: usize,
    pub(crate) projects: usize,
}

/// Checks every line of every world on every implementation, and panics with all that differ.
pub(crate) fn check(worlds: &[World]) -> Counts {
    let mut failures = Vec::new();
    for implementation in implementations() {
        for world in worlds {
            failures.extend(check_world(implementation, world));
        }
    }
    assert!(failures.is_empty(), "{} answers differ:\n{}", failures.len(), failures.join("\n"));

    let decisions = || worlds.iter().flat_map(|world| &world.decisions);
    Counts {
        worlds: worlds.len(),
        decisions: decisions().count(),
        reasons: decisions().filter(|(_, case)| case.reason.is_some()).count(),
        own: decisions().filter(|(_, case)| case.own).count(),
        effective: worlds.iter().map(|world| world.effective.len()).sum(),
        projects: worlds.iter().map(|world| world.projects.len()).sum(),
    }
}

fn check_world(implementation: &dyn Implementation, world: &World) -> Vec<String> {
    let judge = implementation.load(&world.document);
    let name = implementation.name();
    let mut failures = Vec::new();
    for (source, case) in &world.decisions {
        let DecisionCase { permission, allow, reason, binding, because, .. } = case;
        let situation = case.situation();
        let got = judge.decide(&situation, permission);
        let reason_fits = reason.as_ref().is_none_or(|wanted| wanted == got.reason.as_str());
        let binding_fits = binding.is_none() || *binding == got.binding;
        if got.allow != *allow || !reason_fits || !binding_fits {
            let wanted = format!("allow {allow} {} {}", reason.as_deref().unwrap_or("?"), binding.as_deref().unwrap_or(""));
            failures.push(format!("{source}: {name}: `{permission}` for {situation}: expected {wanted}, got {got:?}: {because}"));
        }
    }
    for (source, case) in &world.effective {
        let EffectiveCase { permissions, since, until, because, .. } = case;
        let situation = case.situation();
        let got = judge.effective(&situation);
        if got.permissions != *permissions {
            failures
                .push(format!("{source}: {name}: {situation}: expected {permissions:?}, got {:?}: {because}", got.permissions));
        }
        let since_fits = since.is_none_or(|since| since.millis() == got.since);
        let until_fits = until.is_none_or(|until| until.millis() == got.until);
        if !since_fits || !until_fits {
            let moment = |millis| Timestamp::from_millis(millis).map_or_else(|| millis.to_string(), |moment| moment.to_string());
            let got = (moment(got.since), moment(got.until));
            failures.push(format!("{source}: {name}: {situation}: expected {since:?} to {until:?}, got {got:?}: {because}"));
        }
    }
    for (source, case) in &world.projects {
        let ProjectsCase { key, projects, because, .. } = case;
        let wanted = match projects {
            Projects::All(word) => {
                assert_eq!(word, "all", "{source}");
                Visible::All
            }
            Projects::These(ids) => {
                let mut ids = ids.clone();
                ids.sort();
                Visible::These(ids)
            }
        };
        let got = judge.visible_projects(&world.document, key, NOW);
        if got != wanted {
            failures.push(format!("{source}: {name}: key `{key}`: expected {wanted:?}, got {got:?}: {because}"));
        }
    }
    failures
}
