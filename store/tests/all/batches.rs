//! Memory and the database say the same of the same batch: what is accepted, and of what is refused the change, the field and the text.

use std::cell::RefCell;
use std::collections::BTreeSet;

use clearance_directory::document::Document;
use clearance_directory::{BatchError, Change, Directory, Refusal};
use clearance_store::{Step, StepProblem, Store as _, StoreError};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::database::{Database, document, sorted, write};
use super::random::Bytes;

/// Gives a batch to both. Answers why both refuse it.
fn judged(database: &mut Database, memory: &mut Directory, batch: &[Change]) -> Option<BatchError> {
    let stored = database.commit(&write(batch.iter().cloned().map(Step::Change)));
    match (stored, memory.apply_all(batch.to_vec())) {
        (Ok(committed), Ok(applied)) => {
            assert_eq!((committed.changes.len(), applied.len()), (batch.len(), batch.len()));
            None
        }
        (Err(StoreError::Refused { step, field, problem }), Err(refused)) => {
            let StepProblem::Row(refusal) = problem else { panic!("{batch:?}: {problem:?} and {refused:?}") };
            let said = (step, &*field, &refusal, refusal.to_string());
            let BatchError { index, error, .. } = &refused;
            assert_eq!(said, (*index, error.field(), error.refusal(), error.refusal().to_string()), "{batch:?}");
            Some(refused)
        }
        (stored, memory) => panic!("{batch:?}: {stored:?} and {memory:?}"),
    }
}

fn name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::BadId { .. } => "bad id",
        Refusal::DuplicateId { .. } => "duplicate id",
        Refusal::DuplicatePair { .. } => "duplicate pair",
        Refusal::NotFound { .. } => "not found",
        Refusal::PairNotFound { .. } => "pair not found",
        Refusal::CustomRoleUnused { .. } => "custom role unused",
        Refusal::CustomRoleAbsent => "custom role absent",
        Refusal::HasChildren { .. } => "has children",
        Refusal::TooManyNames { .. } => "too many names",
        Refusal::LongName { .. } => "long name",
        Refusal::Full => "full",
        other => panic!("{other:?} has no name here"),
    }
}

/// One of each kind, so that many changes find what they need.
fn start() -> Document {
    document(
        r#"{
            "organizations": [{"id": "o0"}], "users": [{"id": "u0"}], "members": [{"organization": "o0", "user": "u0", "role": "MEMBER"}],
            "teams": [{"id": "t0", "organization": "o0"}, {"id": "t1", "organization": "o0"}],
            "teamMemberships": [{"team": "t0", "user": "u0", "role": "MEMBER"}],
            "projects": [{"id": "p1", "team": "t0"}, {"id": "p0", "team": "t0"}],
            "groups": [{"id": "g0", "organization": "o0", "members": ["u0"]}],
            "roles": [{"id": "r0", "organization": "o0", "kind": "custom", "name": "", "permissions": []}],
            "keys": [{"id": "k0", "organization": "o0", "name": "", "mode": "all"}],
            "bindings": [{"id": "b0", "organization": "o0", "user": "u0", "role": "ADMIN", "scope": {"team": "t0"}}]
        }"#,
    )
}

#[test]
fn memory_and_the_store_say_the_same_of_every_batch() {
    let seen = RefCell::new(BTreeSet::new());
    let accepted = RefCell::new(0);
    let config = ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() };
    let given = TestRunner::new(config).run(&proptest::collection::vec(any::<u8>(), 0..3000), |bytes| {
        let mut database = Database::new(&start());
        let mut memory = Directory::from_document(start()).unwrap();
        let mut bytes = Bytes(&bytes);
        while !bytes.0.is_empty() {
            let length = 1 + bytes.next() % 5;
            let batch: Vec<Change> = (0..length).map(|_| bytes.change()).collect();
            match judged(&mut database, &mut memory, &batch) {
                Some(refused) => drop(seen.borrow_mut().insert(name(refused.error.refusal()))),
                None => *accepted.borrow_mut() += 1,
            }
        }
        assert_eq!(sorted(database.store.load().unwrap().document), sorted(memory.document()));
        database.check();
        Ok(())
    });
    given.unwrap();
    // A directory is full at four billion rows, and nobody waits for that.
    let all = [
        "bad id",
        "custom role absent",
        "custom role unused",
        "duplicate id",
        "duplicate pair",
        "has children",
        "long name",
        "not found",
        "pair not found",
        "too many names",
    ];
    assert_eq!(seen.into_inner(), BTreeSet::from(all));
    assert!(accepted.into_inner() > 100);
}

/// What is said, word for word. Each batch is judged by what the changes before it in the batch left.
#[test]
fn what_is_refused_is_named_by_its_change_its_field_and_its_value() {
    let long = "x".repeat(256);
    let many = format!("[{}]", vec!["\"a\""; 1_001].join(","));
    let cases = [
        (
            r#"[{"addUser": {"id": "new"}}, {"addUser": {"id": "new"}}]"#.to_owned(),
            "change 1: id: there is a user `new` already, write another id or keep only one of the two",
        ),
        (
            r#"[{"removeUser": "u0"}, {"editUser": {"id": "u0"}}]"#.to_owned(),
            "change 1: id: there is no user `u0`, add it first or name one that exists",
        ),
        (
            r#"[{"addUser": {"id": "a b"}}]"#.to_owned(),
            "change 0: id: `a b` is not an id, write 1 to 255 visible ASCII characters",
        ),
        (
            r#"[{"addProject": {"id": "p", "team": "none"}}]"#.to_owned(),
            "change 0: team: there is no team `none`, add it first or name one that exists",
        ),
        (
            r#"[{"removeOrganization": "o0"}]"#.to_owned(),
            "change 0: id: the organization `o0` still has teams, such as `t0`: remove or move them first",
        ),
        (
            r#"[{"addProject": {"id": "a", "team": "t1"}}, {"removeTeam": "t1"}]"#.to_owned(),
            "change 1: id: the team `t1` still has projects, such as `a`: remove or move them first",
        ),
        (
            r#"[{"removeTeam": "t0"}]"#.to_owned(),
            "change 0: id: the team `t0` still has projects, such as `p0`: remove or move them first",
        ),
        (
            r#"[{"addMember": {"organization": "o0", "user": "u0", "role": "ADMIN"}}]"#.to_owned(),
            "change 0: user: the user `u0` is in the organization `o0` already, keep only one of the two",
        ),
        (
            r#"[{"removeGroupMember": {"group": "g0", "user": "u0"}}, {"removeGroupMember": {"group": "g0", "user": "u0"}}]"#
                .to_owned(),
            "change 1: user: the user `u0` is not in the group `g0`, name one who is",
        ),
        (
            r#"[{"addGroup": {"id": "g", "organization": "o0", "members": ["u0", "u1", "u0"]}}]"#.to_owned(),
            "change 0: members[2]: the user `u0` is in the group `g` already, keep only one of the two",
        ),
        (
            r#"[{"editTeamMembership": {"team": "t0", "user": "u0", "role": "ADMIN", "customRole": "r0"}}]"#.to_owned(),
            "change 0: customRole: the custom role `r0` is named but the role is not `CUSTOM`, leave `customRole` out or make the role `CUSTOM`",
        ),
        (
            r#"[{"editBinding": {"id": "b0", "organization": "o0", "user": "u0", "role": "CUSTOM", "scope": {"team": "t0"}}}]"#
                .to_owned(),
            "change 0: customRole: the role is `CUSTOM` but no custom role is named, add `customRole` or write `ADMIN`, `MEMBER` or `VIEWER`",
        ),
        (
            r#"[{"addBinding": {"id": "b", "organization": "o0", "user": "u0", "role": "ADMIN", "scope": {"project": ""}}}]"#
                .to_owned(),
            "change 0: scope.project: `` is not an id, write 1 to 255 visible ASCII characters",
        ),
        (
            r#"[{"addKey": {"id": "k", "organization": "o0", "name": "", "mode": "all", "createdBy": "\u001b"}}]"#.to_owned(),
            "change 0: createdBy: `\\u{1b}` is not an id, write 1 to 255 visible ASCII characters",
        ),
        (
            format!(
                r#"[{{"editRole": {{"id": "r0", "organization": "o0", "kind": "custom", "name": "", "permissions": {many}}}}}]"#
            ),
            "change 0: permissions: the list holds 1001 names, write at most 1000",
        ),
        (
            format!(
                r#"[{{"addRole": {{"id": "r0", "organization": "", "kind": "custom", "name": "", "permissions": ["a", "{long}"]}}}}]"#
            ),
            "change 0: permissions[1]: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` has 256 bytes, write a name of at most 255",
        ),
    ];
    let mut database = Database::new(&start());
    for (batch, said) in cases {
        let mut memory = Directory::from_document(start()).unwrap();
        let batch: Vec<Change> = serde_json::from_str(&batch).unwrap();
        let refused = judged(&mut database, &mut memory, &batch).expect("it is refused");
        assert_eq!(refused.to_string(), said);
        assert_eq!(sorted(memory.document()), sorted(start()), "{said}");
        database.check();
    }
}
