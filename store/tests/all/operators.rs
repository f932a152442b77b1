//! Machines that manage.

use std::collections::BTreeSet;

use clearance_store::{Mintable, NewOperator, Operator, Purpose, Step, Store, StoreError, Token, Verified, mint};

use super::database::{Database, PEPPER, at, small, write};

fn new(id: &str, purposes: &[Purpose]) -> NewOperator {
    NewOperator { id: id.into(), name: "Pipeline".into(), purposes: purposes.to_vec(), created_at: at(5) }
}

fn add(id: &str, purposes: &[Purpose], token: &Token) -> Step {
    Step::AddOperator { operator: new(id, purposes), token: token.clone() }
}

#[test]
fn an_operator_is_added_known_listed_and_revoked() {
    let mut database = Database::new(&small());
    let (token, other) = (mint(Mintable::Operator).unwrap(), mint(Mintable::Operator).unwrap());
    let purposes = [Purpose::Keys, Purpose::Check, Purpose::Keys];
    database.commit(&write([add("ci", &purposes, &token), add("z", &[Purpose::Policy], &other)])).unwrap();
    let expected = Operator {
        id: "ci".into(),
        name: "Pipeline".into(),
        purposes: BTreeSet::from([Purpose::Check, Purpose::Keys]),
        created_at: at(5),
        revoked_at: None,
        shown: token.expose()[6..11].into(),
    };
    assert_eq!(database.credentials.verify_operator(&token).unwrap().0, &expected);
    assert_eq!(database.credentials.verify(&token), None, "an operator is not a key");
    assert_eq!(database.credentials.operator("ci"), Some(&expected));
    assert_eq!(database.credentials.operator("nobody"), None);
    assert_eq!(database.store.operators().unwrap()[0], expected);
    database.check();

    let mut database = database.reopened(PEPPER).unwrap();
    assert_eq!(database.credentials.verify_operator(&token).unwrap().0, &expected);
    let revoke = |at| write([Step::RevokeOperator { operator: "ci".into(), at }]);
    database.commit(&revoke(at(6))).unwrap();
    assert!(database.credentials.verify_operator(&token).is_none());
    assert!(database.credentials.verify_operator(&other).is_some());
    database.commit(&revoke(at(7))).unwrap();
    let listed = database.store.operators().unwrap();
    assert_eq!((listed.len(), listed[0].revoked_at), (2, Some(at(6))));
    database.check();
    let database = database.reopened(PEPPER).unwrap();
    assert!(database.credentials.verify_operator(&token).is_none(), "for good");
}

#[test]
fn what_is_no_operator_is_refused() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Operator).unwrap();
    let check = [Purpose::Check];
    database.commit(&write([add("ci", &check, &token)])).unwrap();
    let fresh = mint(Mintable::Operator).unwrap();
    for (step, expected) in [
        (add("ci", &check, &fresh), "id: there is an operator `ci` already, write another id"),
        (add("no id", &check, &fresh), "id: `no id` is not an id, write 1 to 255 visible ASCII characters"),
        (
            add("b", &[], &fresh),
            "purposes: the operator is for nothing, write at least one of `check`, `directory`, `policy`, `keys` and `operators`",
        ),
        (add("b", &check, &token), "token: another key or operator has this lookup id: mint another token"),
        (add("b", &check, &mint(Mintable::Key).unwrap()), "token: the token is not one that was minted for this: mint one"),
        (
            Step::RevokeOperator { operator: "none".into(), at: at(1) },
            "operator: there is no operator `none`, name one that exists",
        ),
    ] {
        let error = database.commit(&write([step])).unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }));
        assert_eq!(error.to_string(), format!("step 0, {expected}"));
    }
    database.check();
}

#[test]
fn a_wrong_secret_is_nobodys() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Operator).unwrap();
    database.commit(&write([add("ci", &[Purpose::Check], &token)])).unwrap();
    let with = |from: usize, text: &str| {
        let mut wrong = token.expose().to_owned();
        wrong.replace_range(from..from + text.len(), text);
        Token::new(wrong)
    };
    for wrong in [with(0, "sk-lw-"), with(0, "OP"), with(22, "-"), Token::new(&token.expose()[..70]), Token::new("op-cl-")] {
        assert!(database.credentials.verify_operator(&wrong).is_none());
        assert!(database.credentials.verify(&wrong).is_none());
    }
}

#[test]
fn an_operator_follows_a_new_pepper() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Operator).unwrap();
    database.commit(&write([add("ci", &[Purpose::Check], &token)])).unwrap();
    let mut database = database.reopened(&format!("b=another-pepper-that-is-new\ndefault={PEPPER}")).unwrap();
    let rewrite = database.credentials.verify_operator(&token).unwrap().1.unwrap();
    database.commit(&write([Step::Rewrite(rewrite)])).unwrap();
    assert_eq!(database.credentials.verify_operator(&token).unwrap().1, None);
    let database = database.reopened("b=another-pepper-that-is-new").unwrap();
    assert!(database.credentials.verify_operator(&token).is_some());
}

/// Both have a lookup id and a secret, and the prefix says whose they are.
#[test]
fn the_token_of_a_key_with_the_prefix_of_an_operator_lets_nobody_in() {
    let mut database = Database::new(&small());
    let [key, operator] = [Mintable::Key, Mintable::Operator].map(|kind| mint(kind).unwrap());
    let row = super::credentials::key("ci");
    database.commit(&write([Step::AddKey { key: row, token: key.clone() }])).unwrap();
    assert!(matches!(database.credentials.verify(&key), Some(Verified::Key { key: "ci", .. })));
    let mixed = Token::new(format!("{}{}", &operator.expose()[..6], &key.expose()[6..]));
    assert!(mixed.split().is_some());
    assert_eq!(database.credentials.verify(&mixed), None);
    assert!(database.credentials.verify_operator(&mixed).is_none());
}
