//! What a store does that has nothing but what it must have.

use std::ops::ControlFlow;

use clearance_directory::document::{Document, Timestamp};
use clearance_store::{Committed, Entry, Head, Loaded, Operator, Row, SqliteStore, Store, StoreError, Token, Verdict, Write};

use super::database::{Database, PEPPER, entry, peppers, small};

/// The store of a database, without what it does in a shorter way.
struct Plain(SqliteStore);

impl Store for Plain {
    fn load(&self) -> Result<Loaded, StoreError> {
        self.0.load()
    }

    fn commit(&self, write: &Write) -> Result<Committed, StoreError> {
        self.0.commit(write)
    }

    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError> {
        self.0.touch(uses)
    }

    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError> {
        self.0.project_key(project)
    }

    fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.0.operators()
    }

    fn export(&self) -> Result<Document, StoreError> {
        self.0.export()
    }

    fn audit_head(&self) -> Result<Head, StoreError> {
        self.0.audit_head()
    }

    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError> {
        self.0.audit_tail(count)
    }

    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError> {
        self.0.audit_verify(noted)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.0.ready()
    }
}

fn rows(store: &dyn Store, after: u64, most: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut each = |row| {
        rows.push(row);
        if rows.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    store.audit_rows(after, &mut each).unwrap();
    rows
}

#[test]
fn what_a_store_need_not_have_answers_as_the_shorter_way_does() {
    let mut database = Database::new(&small());
    let told =
        [("thing.make", "k"), ("policy.activate", "a"), ("policy.pin", "acme"), ("thing.edit", "k"), ("policy.activate", "a")];
    let audit: Vec<Entry> = told.iter().map(|(verb, subject)| entry(verb, subject)).collect();
    database.commit(&Write { audit, ..Write::default() }).unwrap();
    let plain = Plain(SqliteStore::open_read_only(database.path(), peppers(PEPPER)).unwrap());
    for after in 0..=6 {
        for most in [1, 2, 10] {
            assert_eq!(rows(&plain, after, most), rows(&database.store, after, most), "{after} {most}");
        }
    }
    let of_policy = plain.audit_of_policy().unwrap();
    assert_eq!(of_policy.iter().map(|row| row.sequence).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(of_policy, database.store.audit_of_policy().unwrap());
    let head = database.store.audit_head().unwrap();
    let other: Head = format!("{}:{}", head.count(), "0".repeat(64)).parse().unwrap();
    for noted in [head, other, Head::EMPTY] {
        assert_eq!(plain.audit_holds(&noted).unwrap().is_whole(), database.store.audit_holds(&noted).unwrap().is_whole());
    }
    assert_eq!(plain.note_head(), Ok(()));
}
