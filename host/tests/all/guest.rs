//! Components that are made for a test.

use std::{fmt::Write as _, time::Duration};

use clearance_host::{Engine, EvalError, Limits, LoadError, PolicyVersion};
use clearance_policy::{types::*, wire::Words};

use crate::facts::member;

const SHELL: &str = include_str!("../shell.wat");

/// What a component is made from.
pub(crate) struct Guest {
    pub(crate) text: String,
    pub(crate) description: Description,
    /// What the guest does where it misbehaves by what the test wants.
    pub(crate) word: u64,
    pub(crate) answer: Vec<u8>,
    pub(crate) limits: Limits,
}

/// A guest of the folder `guests`.
pub(crate) fn guest(name: &str) -> Guest {
    let path = format!("{}/tests/guests/{name}.wat", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the guest exists");
    Guest { text, description: description(), word: 0, answer: vec![], limits: patient() }
}

/// The limits that hold unless a test is about them: a machine that is busy with other tests is not the fault of the guest.
pub(crate) fn patient() -> Limits {
    Limits { deadline: Duration::from_secs(20), timeout: Duration::MAX, ..Limits::default() }
}

impl Guest {
    /// The bytes of the component, or of whatever else the guest is.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes_with(str::to_owned)
    }

    /// The same after a change to the text around the guest.
    pub(crate) fn bytes_with(&self, change: impl FnOnce(&str) -> String) -> Vec<u8> {
        if !self.text.contains("(core module $guest") {
            return wat::parse_str(&self.text).unwrap();
        }
        let all = PermissionSet::first(self.description.permissions.len() as u32);
        let mut description = vec![0; 8];
        self.description.put(&mut description);
        let has = |export: &str| self.text.contains(&format!("(export \"{export}\""));
        let text = change(SHELL)
            .replace("<guest>", &self.text)
            .replace("<realloc>", if has("realloc") { "guest" } else { "honest" })
            .replace("<post-return>", if has("post-return") { "(post-return (core func $guest \"post-return\"))" } else { "" })
            .replace("<exports>", "")
            .replace("<description>", &escaped(&description))
            .replace("<description-len>", &description.len().to_string())
            .replace("<count>", &self.description.permissions.len().to_string())
            .replace("<w0>", &all.w0.to_string())
            .replace("<w1>", &all.w1.to_string())
            .replace("<w2>", &all.w2.to_string())
            .replace("<w3>", &all.w3.to_string())
            .replace("<word>", &self.word.to_string())
            .replace("<answer>", &escaped(&self.answer))
            .replace("<answer-len>", &self.answer.len().to_string());
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn load(&self) -> Result<PolicyVersion, LoadError> {
        load(self.limits, &self.bytes())
    }

    /// Loads the guest, makes it fail once and checks that it then goes on as before.
    pub(crate) fn fails<T: std::fmt::Debug>(&self, ask: impl FnOnce(&PolicyVersion) -> Result<T, EvalError>) -> EvalError {
        let policy = self.load().expect("it behaves until it is asked the wrong question");
        assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
        let error = ask(&policy).expect_err("it misbehaves");
        assert_eq!(error.policy(), policy.digest());
        assert!(error.to_string().contains(&policy.digest().to_string()), "{error}");
        for _ in 0..3 {
            assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
            assert_eq!(policy.effective(&member()).map(|set| set.permissions), Ok(PermissionSet::EMPTY));
        }
        error
    }
}

pub(crate) fn load(limits: Limits, bytes: &[u8]) -> Result<PolicyVersion, LoadError> {
    Engine::new(limits).unwrap().load(bytes)
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").unwrap();
        text
    })
}

/// What an honest guest answers where nothing is unknown.
pub(crate) const LACKS: Decision = Decision { allow: false, reason: Reason::Lacks, binding: None };

/// The catalog of the guests.
pub(crate) fn description() -> Description {
    let permission = |name: &str| Permission { name: name.into(), tier: ResourceTier::Any };
    let list = |name: &str, permissions| PermissionList { name: name.into(), permissions };
    let category = |key: &str, read, write| Category { key: key.into(), label: key.to_uppercase(), read, write };
    Description {
        policy: "guest".into(),
        version: "1.2.3-rc.1+build".into(),
        permissions: ["door:view", "door:open", "door:lock"].map(permission).into(),
        implications: vec![Implication { action: "open".into(), implies: vec!["view".into()] }],
        lists: vec![list("none", PermissionSet::EMPTY), list("viewer", PermissionSet::only(0))],
        categories: vec![
            category("doors", PermissionSet::only(0), all()),
            category("locks", PermissionSet::EMPTY, PermissionSet::only(2)),
        ],
        view_project: Some(0),
    }
}

/// The permissions of that catalog.
pub(crate) fn all() -> PermissionSet {
    PermissionSet::first(3)
}
