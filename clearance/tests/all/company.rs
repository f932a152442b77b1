//! The data of these tests.

use std::{sync::LazyLock, time::Duration};

use clearance::{
    Authorizer, Directory,
    PlaceId::{self, Organization, Project, Team},
    PolicyVersion,
    PrincipalId::{self, Key, ProjectKey, User},
    document::Timestamp,
};
use clearance_host::{Engine, Limits};

/// Longer than anything takes that a test waits for, on however busy a machine.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// A moment at which the example company's keys are alive or not as their rows say.
pub(crate) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) static VERSION: LazyLock<PolicyVersion> = LazyLock::new(|| load(clearance_policy::LANGWATCH));

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Limits::default()).unwrap());
    &ENGINE
}

pub(crate) fn load(component: &[u8]) -> PolicyVersion {
    engine().load(component).unwrap()
}

/// The default policy with another name for `prompts:view`, which so becomes unknown: another version with other answers.
pub(crate) fn other() -> PolicyVersion {
    let (name, renamed) = (b"prompts:view", b"prompts:look");
    let mut bytes = clearance_policy::LANGWATCH.to_vec();
    let at: Vec<usize> = bytes.windows(name.len()).enumerate().filter(|(_, at)| at == name).map(|(at, _)| at).collect();
    assert!(!at.is_empty(), "the catalog has no such name");
    for at in at {
        bytes[at..at + name.len()].copy_from_slice(renamed);
    }
    load(&bytes)
}

pub(crate) fn directory() -> Directory {
    Directory::from_json(include_str!("../../../examples/company/directory.json")).unwrap()
}

pub(crate) fn cached() -> Authorizer {
    Authorizer::new(VERSION.clone(), directory()).unwrap()
}

pub(crate) fn uncached() -> Authorizer {
    Authorizer::builder(VERSION.clone(), directory()).cached_questions(0).build().unwrap()
}

pub(crate) const PRINCIPALS: [PrincipalId<'static>; 16] = [
    User("ana"),
    User("ben"),
    User("cleo"),
    User("dan"),
    User("eve"),
    User("newcomer"),
    Key("ci"),
    Key("ingest"),
    Key("deploy"),
    Key("labels"),
    Key("laptop"),
    Key("trial"),
    Key("orphan"),
    Key("retired"),
    Key("fresh"),
    ProjectKey("shop"),
];

pub(crate) const PLACES: [PlaceId<'static>; 9] = [
    Organization("acme"),
    Organization("elsewhere"),
    Team("web"),
    Team("data"),
    Team("ben-personal"),
    Project("shop"),
    Project("blog"),
    Project("lake"),
    Project("attic"),
];

/// Everything that one authorizer answers, as text: all decisions of all principals at all places.
pub(crate) fn all_answers(authorizer: &Authorizer) -> Vec<String> {
    let names: Vec<String> = VERSION.description().permissions.iter().map(|permission| permission.name.clone()).collect();
    let mut answers = Vec::new();
    for principal in PRINCIPALS {
        for place in PLACES {
            let effective = authorizer.view_at(now()).effective(principal, place).unwrap();
            let decisions = names.iter().map(|name| {
                let decision = effective.decision(name).unwrap();
                format!("{:?}/{}", decision.reason, decision.binding.as_deref().unwrap_or("-"))
            });
            let decisions: Vec<String> = decisions.collect();
            answers.push(format!("{principal:?} {place:?} {:?} {}", effective.validity(), decisions.join(" ")));
        }
    }
    answers
}
