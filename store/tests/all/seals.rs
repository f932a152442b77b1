//! What somebody can do who has the file and not the pepper: no token comes of it.

use clearance_directory::document::Sensitive;
use clearance_store::{Step, Store, Token, Verified, mint_project_key};
use rusqlite::Connection;

use super::credentials::key;
use super::database::{Database, PEPPER, at, small, write};
use clearance_store::{Mintable, NewOperator, Purpose, mint};

/// SHA-256 of `s3cret`.
const PLAIN: &str = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";

fn sql(database: &Database, sql: &str) {
    Connection::open(database.path()).unwrap().execute_batch(sql).unwrap();
}

/// The names of what the next start lets nobody in by.
fn refused(database: &Database) -> Vec<String> {
    let credentials = database.store.load().unwrap().credentials;
    let (named, count) = credentials.unsealed();
    assert_eq!(usize::try_from(count).unwrap(), named.len());
    named.iter().map(|unsealed| format!("{} {}", unsealed.what, unsealed.id)).collect()
}

#[test]
fn a_plain_hash_that_somebody_else_wrote_lets_nobody_in() {
    let mut document = small();
    document.keys[0].lookup_id = Some("lookup".into());
    document.keys[0].hashed_secret = Some(Sensitive::new(PLAIN));
    let id = document.keys[0].id.clone();
    let database = Database::new(&document);
    let token = Token::new("pat-lw-lookup_s3cret");
    // The one that came with the directory file is known.
    assert!(matches!(database.store.load().unwrap().credentials.verify(&token), Some(Verified::Key { key, .. }) if *key == *id));
    assert!(refused(&database).is_empty());

    let forged = [
        format!(
            "INSERT INTO keys (id, organization, name, mode, lookup_id, hash) VALUES ('mine', 'acme', 'k', 'all', 'other', '{PLAIN}')"
        ),
        // As the row of another key, with its seal.
        format!(
            "INSERT INTO keys (id, organization, name, mode, lookup_id, hash, seal, sealed_with)
            SELECT 'mine', 'acme', 'k', 'all', 'other', hash, seal, sealed_with FROM keys WHERE id = '{id}'"
        ),
    ];
    for forged in forged {
        let database = Database::new(&document);
        sql(&database, &forged);
        let credentials = database.store.load().unwrap().credentials;
        assert_eq!(credentials.verify(&Token::new("pat-lw-other_s3cret")), None, "{forged}");
        assert!(credentials.verify(&token).is_some(), "{forged}");
        assert_eq!(refused(&database), ["key mine"], "{forged}");
        // Opening the database anew makes it no better.
        let database = database.reopened(PEPPER).unwrap();
        assert_eq!(database.credentials.verify(&Token::new("pat-lw-other_s3cret")), None, "{forged}");
    }
}

#[test]
fn a_known_token_opens_no_other_row() {
    let mut database = Database::new(&small());
    let (mine, other) = (mint(Mintable::Key).unwrap(), mint(Mintable::Key).unwrap());
    let (mine_too, first) = (mint(Mintable::Operator).unwrap(), mint(Mintable::Operator).unwrap());
    let operator = |id: &str, purpose| NewOperator { id: id.into(), name: id.into(), purposes: vec![purpose], created_at: at(1) };
    database
        .commit(&write([
            Step::AddKey { key: key("mine"), token: mine.clone() },
            Step::AddKey { key: key("other"), token: other },
            Step::AddOperator { operator: operator("mine", Purpose::Check), token: mine_too.clone() },
            Step::AddOperator { operator: operator("first", Purpose::Keys), token: first },
        ]))
        .unwrap();
    assert!(refused(&database).is_empty());
    let swap = |table: &str, columns: &str, victim: &str| {
        let set: Vec<_> = columns.split(' ').map(|column| format!("{column} = (SELECT {column} FROM was)")).collect();
        format!(
            "CREATE TEMP TABLE was AS SELECT * FROM {table} WHERE id = 'mine'; DELETE FROM {table} WHERE id = 'mine';
            UPDATE {table} SET {} WHERE id = '{victim}'; DROP TABLE was",
            set.join(", ")
        )
    };
    sql(&database, &swap("keys", "lookup_id hash pepper seal", "other"));
    sql(&database, &swap("operators", "lookup_id hash pepper seal", "first"));
    let credentials = database.store.load().unwrap().credentials;
    assert_eq!(credentials.verify(&mine), None);
    assert!(credentials.verify_operator(&mine_too).is_none());
    assert_eq!(refused(&database), ["key other", "operator first"]);
}

#[test]
fn a_project_key_opens_no_other_project() {
    let mut database = Database::new(&small());
    let projects: Vec<_> = small().projects.into_iter().map(|project| project.id).take(2).collect();
    let tokens = [mint_project_key().unwrap(), mint_project_key().unwrap()];
    for (project, token) in projects.iter().zip(&tokens) {
        database.commit(&write([Step::RotateProjectKey { project: project.clone(), token: token.clone() }])).unwrap();
    }
    assert!(refused(&database).is_empty());
    let [mine, other] = [&projects[0], &projects[1]];
    sql(
        &database,
        &format!(
            "CREATE TEMP TABLE was AS SELECT * FROM project_keys WHERE project = '{mine}'; DELETE FROM project_keys WHERE project = '{mine}';
            UPDATE project_keys SET (digest, seal) = (SELECT digest, seal FROM was) WHERE project = '{other}'"
        ),
    );
    let credentials = database.store.load().unwrap().credentials;
    assert_eq!(credentials.verify_project_key(&tokens[0]), None);
    assert_eq!(refused(&database), [format!("project key {other}")]);
}

/// What was forged under a running server is not made right by what the server writes when it has time.
#[test]
fn a_rewrite_seals_nothing_that_was_forged() {
    let mut document = small();
    document.keys[0].lookup_id = Some("lookup".into());
    document.keys[0].hashed_secret = Some(Sensitive::new(PLAIN));
    let id = document.keys[0].id.clone();
    let mut database = Database::new(&document);
    let token = Token::new("pat-lw-lookup_s3cret");
    let Some(Verified::Key { rewrite: Some(rewrite), .. }) = database.credentials.verify(&token) else {
        panic!("it is to be rewritten")
    };
    sql(&database, &format!("UPDATE keys SET lookup_id = 'mine' WHERE id = '{id}'"));
    database.commit(&write([Step::Rewrite(rewrite)])).unwrap();
    assert_eq!(refused(&database), [format!("key {id}")]);
}

#[test]
fn nor_is_a_forged_operator_made_right() {
    for (forged, expected) in [(false, &[][..]), (true, &["operator op"])] {
        let mut database = Database::new(&small());
        let token = mint(Mintable::Operator).unwrap();
        let operator = NewOperator { id: "op".into(), name: "n".into(), purposes: vec![Purpose::Check], created_at: at(1) };
        database.commit(&write([Step::AddOperator { operator, token: token.clone() }])).unwrap();
        let mut database = database.reopened(&format!("2026=another-pepper-that-is-new\ndefault={PEPPER}")).unwrap();
        let rewrite = database.credentials.verify_operator(&token).unwrap().1.unwrap();
        if forged {
            sql(&database, "UPDATE operators SET lookup_id = 'mine'");
        }
        database.commit(&write([Step::Rewrite(rewrite)])).unwrap();
        assert_eq!(refused(&database), expected);
    }
}
