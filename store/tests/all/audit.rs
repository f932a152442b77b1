//! The audit: what it keeps, and what it shows of those who change it.

use clearance_store::{
    Difference, Entry, Head, Mintable, NewOperator, Peppers, Purpose, SqliteStore, Step, Store, StoreError, Verdict, Who, Write,
    mint,
};
use rusqlite::Connection;
use serde_json::json;

use super::credentials::key;
use super::database::{Database, PEPPER, at, entry, path_in, peppers, small, write};

fn with_rows(count: usize) -> Database {
    let mut database = Database::new(&small());
    for number in 0..count {
        let audit = vec![Entry { after: Some(json!({"number": number})), ..entry("thing.make", &format!("k{number}")) }];
        database.commit(&Write { audit, ..Write::default() }).unwrap();
    }
    database
}

/// What a person with the file and without the pepper can do.
fn tampered(database: &Database, sql: &str) {
    let raw = Connection::open(database.path()).unwrap();
    raw.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
        DROP TRIGGER audit_is_not_edited; DROP TRIGGER audit_is_not_removed; DROP TRIGGER audit_has_no_gaps; {sql}"
    ))
    .unwrap();
}

#[test]
fn rows_come_back_as_they_were_told() {
    let mut database = Database::new(&small());
    let all =
        [Who::User("ana".into()), Who::Key("k".into()), Who::ProjectKey("shop".into()), Who::Operator("op".into()), Who::Command];
    let entries = all.map(|who| Entry {
        at: at(1_767_312_000_000),
        who,
        verb: "thing.edit".into(),
        subject: "ci".into(),
        before: Some(json!({"name": "a", "bindings": []})),
        after: Some(json!(null)),
        peer: Some("192.0.2.7:1234".into()),
        policy: Some("sha256:ab".into()),
    });
    database.commit(&Write { audit: entries.to_vec(), ..Write::default() }).unwrap();
    database.commit(&Write { audit: vec![entry("x", "y")], ..Write::default() }).unwrap();
    let rows = database.store.audit_tail(10).unwrap();
    assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(rows.iter().take(5).map(|row| row.entry.clone()).collect::<Vec<_>>(), entries);
    assert_eq!(database.store.audit_tail(2).unwrap(), rows[4..]);
    assert_eq!(database.store.audit_tail(0).unwrap(), []);
    let head = database.store.audit_head().unwrap();
    assert_eq!((head.count(), head.link()), (6, rows[5].link.clone()));
    assert_eq!(
        serde_json::to_value(&rows[5]).unwrap(),
        json!({"sequence": 6, "at": "1970-01-01T00:00:00.007Z", "who": {"kind": "operator", "id": "op"}, "verb": "x", "subject": "y",
            "pepper": "default", "link": head.link()})
    );
    assert_eq!(serde_json::to_value(&rows[4].entry.who).unwrap(), json!({"kind": "command"}));
}

#[test]
fn an_audit_that_nobody_touched_is_whole() {
    let database = Database::new(&small());
    assert_eq!(database.store.audit_head(), Ok(Head::EMPTY));
    assert_eq!(database.store.audit_verify(Some(&Head::EMPTY)), Ok(Verdict::Whole(Head::EMPTY)));
    let mut database = with_rows(5);
    let early = database.store.audit_head().unwrap();
    database.commit(&Write { audit: vec![entry("x", "y")], ..Write::default() }).unwrap();
    let head = database.store.audit_head().unwrap();
    for noted in [None, Some(&early), Some(&head), Some(&Head::EMPTY)] {
        assert_eq!(database.store.audit_verify(noted), Ok(Verdict::Whole(head)));
    }
    assert_eq!(head.to_string().parse::<Head>(), Ok(head));
}

#[test]
fn rows_are_neither_edited_nor_removed() {
    let database = with_rows(3);
    let raw = Connection::open(database.path()).unwrap();
    for sql in [
        "UPDATE audit SET verb = 'x' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 3",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT 9, at, who, who_id, verb, subject, before, after, peer, policy, pepper, link FROM audit LIMIT 1",
        "INSERT OR REPLACE INTO audit SELECT 2, at, who, who_id, verb, subject, before, after, peer, policy, pepper, link FROM audit LIMIT 1",
    ] {
        assert!(raw.execute_batch(sql).unwrap_err().to_string().contains("only added to"), "{sql}");
    }
    assert!(database.store.audit_verify(None).unwrap().is_whole());
}

#[test]
fn every_way_to_tamper_is_found_and_named() {
    let changed = |sequence| Verdict::Changed { sequence };
    for (sql, expected) in [
        ("UPDATE audit SET verb = 'thing.end' WHERE sequence = 3", changed(3)),
        ("UPDATE audit SET at = 8 WHERE sequence = 1", changed(1)),
        ("UPDATE audit SET who_id = 'eve' WHERE sequence = 5", changed(5)),
        ("UPDATE audit SET after = NULL WHERE sequence = 2", changed(2)),
        ("UPDATE audit SET peer = '' WHERE sequence = 2", changed(2)),
        ("UPDATE audit SET after = CAST(x'ff' AS TEXT) WHERE sequence = 2", changed(2)),
        ("UPDATE audit SET link = x'00' WHERE sequence = 4", changed(4)),
        ("UPDATE audit SET link = (SELECT link FROM audit WHERE sequence = 3) WHERE sequence = 4", changed(4)),
        ("DELETE FROM audit WHERE sequence = 3", Verdict::Missing { sequence: 3, next: 4 }),
        ("DELETE FROM audit WHERE sequence < 3", Verdict::Missing { sequence: 1, next: 3 }),
        (
            "DELETE FROM audit WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4;
             UPDATE audit SET sequence = 4 WHERE sequence = 5",
            changed(3),
        ),
        (
            "UPDATE audit SET sequence = -1 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3;
             UPDATE audit SET sequence = 3 WHERE sequence = -1",
            changed(2),
        ),
        (
            "INSERT INTO audit SELECT 0, at, who, who_id, verb, subject, before, after, peer, policy, pepper, link FROM audit LIMIT 1",
            changed(0),
        ),
        (
            "INSERT INTO audit SELECT 6, at, who, who_id, verb, subject, before, after, peer, policy, pepper, link FROM audit LIMIT 1",
            changed(6),
        ),
        ("UPDATE audit SET pepper = 'mine' WHERE sequence = 2", Verdict::UnknownPepper { sequence: 2, pepper: "mine".into() }),
    ] {
        let database = with_rows(5);
        let head = database.store.audit_head().unwrap();
        tampered(&database, sql);
        for noted in [None, Some(&head)] {
            assert_eq!(database.store.audit_verify(noted).unwrap(), expected, "{sql}");
        }
    }
}

#[test]
fn what_is_cut_off_shows_against_a_head() {
    let mut database = with_rows(5);
    let head = database.store.audit_head().unwrap();
    tampered(&database, "DELETE FROM audit WHERE sequence > 3");
    assert!(database.store.audit_verify(None).unwrap().is_whole(), "the chain alone does not show it");
    assert_eq!(database.store.audit_verify(Some(&head)).unwrap(), Verdict::CutOff { sequence: 4, noted: 5 });
    // What is written afterwards hides nothing.
    for _ in 0..3 {
        database.commit(&Write { audit: vec![entry("x", "y")], ..Write::default() }).unwrap();
    }
    assert_eq!(database.store.audit_verify(Some(&head)).unwrap(), Verdict::Other { sequence: 5 });
    tampered_again(&database, "DELETE FROM audit");
    assert_eq!(database.store.audit_verify(Some(&head)).unwrap(), Verdict::CutOff { sequence: 1, noted: 5 });
}

fn tampered_again(database: &Database, sql: &str) {
    Connection::open(database.path()).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn another_history_is_not_the_one_that_was_noted() {
    let head = with_rows(5).store.audit_head().unwrap();
    let mut other = Database::new(&small());
    for number in 0..6 {
        other.commit(&Write { audit: vec![entry("thing.end", &format!("k{number}"))], ..Write::default() }).unwrap();
    }
    assert!(other.store.audit_verify(None).unwrap().is_whole());
    assert_eq!(other.store.audit_verify(Some(&head)).unwrap(), Verdict::Other { sequence: 5 });
}

#[test]
fn rows_name_the_pepper_that_binds_them() {
    let mut database = with_rows(2).reopened(&format!("new=0123456789abcdef\ndefault={PEPPER}")).unwrap();
    database.commit(&Write { audit: vec![entry("x", "y")], ..Write::default() }).unwrap();
    let names: Vec<_> = database.store.audit_tail(9).unwrap().into_iter().map(|row| row.pepper).collect();
    assert_eq!(names, ["default".into(), "default".into(), "new".into()]);
    assert!(database.store.audit_verify(None).unwrap().is_whole());
    // No credential needs the old one: it may go, and then its rows cannot be verified.
    let database = database.reopened("new=0123456789abcdef").unwrap();
    let verdict = database.store.audit_verify(None).unwrap();
    assert_eq!(verdict, Verdict::UnknownPepper { sequence: 1, pepper: "default".into() });
    assert!(verdict.to_string().contains("add it to the peppers"));
}

#[test]
fn a_refused_write_is_not_in_the_audit() {
    let mut database = with_rows(1);
    let refused = Write {
        audit: vec![entry("thing.end", "none")],
        ..write([clearance_store::Step::Change(clearance_directory::Change::RemoveKey("none".into()))])
    };
    assert!(matches!(database.commit(&refused), Err(StoreError::Refused { .. })));
    assert_eq!(database.store.audit_head().unwrap().count(), 1);
}

#[test]
fn the_first_write_is_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let first = Write { audit: vec![entry("init", "clearance.db")], ..Write::default() };
    let given: Peppers = peppers(PEPPER);
    let store = SqliteStore::create(path_in(&folder), &small(), given, &first).unwrap();
    assert_eq!(store.audit_tail(1).unwrap()[0].entry.verb, "init".into());
}

/// A database whose audit says how it began, with two keys and two operators that were made and of which one each was revoked.
fn company() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let (token, first) = (|| mint(Mintable::Key).unwrap(), mint(Mintable::Operator).unwrap());
    let operator = |id: &str, token| Step::AddOperator {
        operator: NewOperator {
            id: id.into(),
            name: id.into(),
            purposes: vec![Purpose::Check, Purpose::Keys],
            created_at: at(1),
        },
        token,
    };
    let purposes = json!(["check", "keys"]);
    let init = json!({"keys": 1, "operator": "first", "purposes": purposes});
    let audit = vec![Entry { after: Some(init), ..entry("database.init", "first") }];
    let write = Write { steps: vec![operator("first", first)], audit, ..Write::default() };
    let store = SqliteStore::create(path_in(&folder), &small(), peppers(PEPPER), &write).unwrap();
    let told = |mode: &str| json!({"name": "k", "owner": "ana", "mode": mode, "expiresAt": "1970-01-01T00:00:09.000Z"});
    let key = |id: &str| clearance_directory::document::Key { owner: Some("ana".into()), expires_at: Some(at(9000)), ..key(id) };
    let made = |id: &str| Entry { after: Some(told("all")), ..entry("key.create", id) };
    let revoke = |key: &str| Step::Change(clearance_directory::Change::RevokeKey { key: key.into(), at: at(5) });
    let audit = vec![
        made("one"),
        made("two"),
        Entry { before: Some(told("all")), ..entry("key.revoke", "two") },
        Entry { after: Some(json!({"purposes": purposes})), ..entry("operator.create", "op") },
        entry("operator.revoke", "op"),
        // A key that the database began with is known from its first edit on.
        Entry { after: Some(json!({"owner": "ana", "mode": "all", "expiresAt": null})), ..entry("key.edit", "old") },
    ];
    let steps = vec![
        Step::AddKey { key: key("one"), token: token() },
        Step::AddKey { key: key("two"), token: token() },
        revoke("two"),
        operator("op", mint(Mintable::Operator).unwrap()),
        Step::RevokeOperator { operator: "op".into(), at: at(5) },
    ];
    let _ = store.commit(&Write { steps, audit, ..Write::default() }).unwrap();
    (folder, store)
}

/// What is stored of keys and operators is held against the audit, and each difference is named.
#[test]
fn what_is_stored_otherwise_than_the_audit_says_is_named() {
    let (folder, store) = company();
    assert!(store.audit_verify(None).unwrap().is_whole(), "{:?}", store.audit_verify(None));
    drop((folder, store));
    for (sql, named) in [
        (
            "UPDATE keys SET revoked_at = NULL WHERE id = 'two'",
            "the key `two` is not revoked, and the audit says in row 4 that it is",
        ),
        ("UPDATE keys SET revoked_at = 1 WHERE id = 'one'", "the key `one` is revoked, and the audit knows of no revocation"),
        (
            "UPDATE keys SET owner = 'eve' WHERE id = 'one'",
            "the owner of the key `one` is `eve`, and row 2 of the audit says `ana`",
        ),
        (
            "UPDATE keys SET owner = NULL WHERE id = 'old'",
            "the owner of the key `old` is nothing, and row 7 of the audit says `ana`",
        ),
        ("UPDATE keys SET mode = 'readonly' WHERE id = 'one'", "the mode of the key `one` is `readonly`"),
        (
            "UPDATE keys SET expires_at = NULL WHERE id = 'one'",
            "the expiry of the key `one` is nothing, and row 2 of the audit says `1970-01-01T00:00:09.000Z`",
        ),
        ("DELETE FROM keys WHERE id = 'one'", "the key `one` is not stored, and row 2 of the audit knows it"),
        (
            "INSERT INTO keys (id, organization, name, mode) VALUES ('mine', 'acme', 'k', 'all')",
            "does not say that the key `mine` was made, and the database began with 1 keys",
        ),
        (
            "INSERT INTO keys (id, organization, name, mode, lookup_id, hash) VALUES ('mine', 'acme', 'k', 'all', 'x', 'y')",
            "the credential of the key `mine` has no seal of this database",
        ),
        (
            "UPDATE operators SET revoked_at = NULL WHERE id = 'op'",
            "the operator `op` is not revoked, and the audit says in row 6",
        ),
        (
            "INSERT INTO operator_purposes VALUES ('first', 'policy')",
            "the operator `first` is for check, keys, policy, and row 1 of the audit says for check, keys",
        ),
        (
            "INSERT INTO operators SELECT 9, 'mine', name, 1, NULL, 'x', hash, pepper, seal FROM operators WHERE id = 'op'",
            "does not say that the operator `mine` was made",
        ),
        ("DELETE FROM operators WHERE id = 'op'", "the operator `op` is not stored"),
    ] {
        let (folder, store) = company();
        Connection::open(path_in(&folder)).unwrap().execute_batch(&format!("PRAGMA foreign_keys = ON; {sql}")).unwrap();
        let verdict = store.audit_verify(None).unwrap();
        let Verdict::Differs { differences, head } = &verdict else { panic!("{sql}: {verdict}") };
        let all: Vec<_> = differences.named().iter().map(Difference::to_string).collect();
        assert!(all.iter().any(|difference| difference.contains(named)), "{sql}: {all:?}");
        assert_eq!((head.count(), verdict.is_whole()), (7, false));
    }
}

/// A key that the database began with may have been revoked before there was an audit.
#[test]
fn what_the_database_began_with_may_be_revoked() {
    let (folder, store) = company();
    Connection::open(path_in(&folder)).unwrap().execute("UPDATE keys SET revoked_at = 1 WHERE id = 'old'", []).unwrap();
    assert!(store.audit_verify(None).unwrap().is_whole());
}

/// How many keys a database began with says its first row alone: a later one of the kind makes room for none.
#[test]
fn the_beginning_is_told_once() {
    let (folder, store) = company();
    let audit = vec![Entry { after: Some(json!({"keys": 9})), ..entry("database.init", "again") }];
    let _ = store.commit(&Write { audit, ..Write::default() }).unwrap();
    let sql = "INSERT INTO keys (id, organization, name, mode) VALUES ('mine', 'acme', 'k', 'all')";
    Connection::open(path_in(&folder)).unwrap().execute(sql, []).unwrap();
    let verdict = store.audit_verify(None).unwrap();
    assert!(verdict.to_string().contains("the database began with 1 keys"), "{verdict}");
}

#[test]
fn rows_are_handed_over_one_by_one() {
    let database = with_rows(5);
    let mut seen = Vec::new();
    let each = &mut |row: clearance_store::Row| {
        seen.push(row.sequence);
        if row.sequence < 4 { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(()) }
    };
    database.store.audit_rows(2, each).unwrap();
    assert_eq!(seen, [3, 4]);
}

/// Of each thing the last row, however many rows lie between.
#[test]
fn what_the_audit_says_last_of_the_policy_is_found() {
    let mut database = Database::new(&small());
    let verbs = [("policy.activate", "a"), ("policy.pin", "acme"), ("x.policy.pin", "acme"), ("policy.activate", "b")];
    for (verb, subject) in
        verbs.into_iter().chain([("policy.unpin", "acme"), ("policy.activate", "a"), ("policy", "a"), ("policz", "a")])
    {
        database.commit(&Write { audit: vec![entry(verb, subject)], ..Write::default() }).unwrap();
    }
    let rows = database.store.audit_of_policy().unwrap();
    assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [2, 4, 5, 6]);
}
