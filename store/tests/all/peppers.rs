//! A pepper that is not the right one stops the start.

use clearance_store::{Mintable, NewOperator, Purpose, Step, StoreError, mint, mint_project_key};

use super::credentials::key;
use super::database::{Database, PEPPER, at, small, write};

fn refused(opened: Result<Database, StoreError>) -> StoreError {
    opened.err().unwrap()
}

fn with_a_key() -> Database {
    let mut database = Database::new(&small());
    database.commit(&write([Step::AddKey { key: key("ci"), token: mint(Mintable::Key).unwrap() }])).unwrap();
    database
}

#[test]
fn a_wrong_pepper_is_refused() {
    let error = refused(with_a_key().reopened("oracle-pepper-not-a-secret?"));
    assert_eq!(error, StoreError::WrongPepper { name: "default".into() });
    assert!(!error.to_string().contains("oracle"));
    // Also when nothing depends on it yet.
    let error = refused(Database::new(&small()).reopened("something-else-entirely"));
    assert_eq!(error, StoreError::WrongPepper { name: "default".into() });
}

#[test]
fn a_wrong_older_pepper_is_refused() {
    let error = refused(
        with_a_key()
            .reopened(&format!("default={PEPPER}\nold=0123456789abcdef"))
            .and_then(|database| database.reopened(&format!("default={PEPPER}\nold=fedcba9876543210"))),
    );
    assert_eq!(error, StoreError::WrongPepper { name: "old".into() });
}

#[test]
fn a_pepper_that_rows_need_is_missed_by_name() {
    let database = with_a_key().reopened(&format!("new=0123456789abcdef\ndefault={PEPPER}")).unwrap();
    let error = refused(database.reopened("new=0123456789abcdef"));
    assert_eq!(error, StoreError::MissingPepper { name: "default".into(), rows: 1 });
    assert!(!error.is_refusal(), "nothing was asked that could be asked otherwise");
    assert_eq!(
        error.to_string(),
        "1 credentials were stored with the pepper `default`, which is not given: add `default=…` to the peppers"
    );
}

/// Each kind of credential by itself needs the pepper that it was stored with.
#[test]
fn a_pepper_is_missed_whatever_needs_it() {
    let token = |kind| mint(kind).unwrap();
    let operator = NewOperator { id: "op".into(), name: "o".into(), purposes: vec![Purpose::Check], created_at: at(1) };
    for step in [
        Step::AddKey { key: key("ci"), token: token(Mintable::Key) },
        Step::AddOperator { operator, token: token(Mintable::Operator) },
        Step::RotateProjectKey { project: "shop".into(), token: mint_project_key().unwrap() },
    ] {
        let what = format!("{step:?}");
        let mut database = Database::new(&small());
        database.commit(&write([step])).unwrap();
        let database = database.reopened(&format!("new=0123456789abcdef\ndefault={PEPPER}")).unwrap();
        let error = refused(database.reopened("new=0123456789abcdef"));
        assert_eq!(error, StoreError::MissingPepper { name: "default".into(), rows: 1 }, "{what}");
    }
}

#[test]
fn an_unknown_or_renamed_pepper_is_refused() {
    assert_eq!(refused(Database::new(&small()).reopened("new=0123456789abcdef")), StoreError::UnknownPepper);
    let error = refused(with_a_key().reopened(&format!("new={PEPPER}")));
    assert_eq!(error, StoreError::RenamedPepper { name: "new".into(), known: "default".into() });
}
