//! Whose token it is, before and after writes.

use clearance_directory::Change;
use clearance_directory::document::{Document, Key, Mode};
use clearance_store::{
    Credentials, Loaded, Mintable, Rewrite, SqliteStore, Step, Store, StoreError, Token, Verified, Write, mint, mint_project_key,
};
use serde_json::Value;

use super::database::{Database, PEPPER, at, path_in, peppers, small, write};

pub(crate) fn key(id: &str) -> Key {
    Key {
        id: id.into(),
        organization: "acme".into(),
        name: id.into(),
        description: None,
        mode: Mode::All,
        owner: None,
        created_by: None,
        created_at: Some(at(1)),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        ingestion_source: None,
        lookup_id: None,
        hashed_secret: None,
    }
}

fn rewrite_of(credentials: &Credentials, token: &Token) -> Option<Rewrite> {
    let (Verified::Key { rewrite, .. } | Verified::ProjectKey { rewrite, .. }) = credentials.verify(token)?;
    rewrite
}

fn key_of<'a>(credentials: &'a Credentials, token: &Token) -> Option<&'a str> {
    match credentials.verify(token)? {
        Verified::Key { key, .. } => Some(key),
        Verified::ProjectKey { .. } => None,
    }
}

fn project_of<'a>(credentials: &'a Credentials, token: &Token) -> Option<&'a str> {
    match credentials.verify(token)? {
        Verified::ProjectKey { project, .. } => Some(project),
        Verified::Key { .. } => None,
    }
}

fn given(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../tests/vectors/management/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_token_of_the_given_directory_is_known() {
    let document = Document::from_json(&given("directory.json")).unwrap();
    let secrets: Value = serde_json::from_str(&given("secrets.json")).unwrap();
    assert_eq!(secrets["pepper"], PEPPER);
    let mut database = Database::new(&document);
    let tokens = secrets["tokens"].as_object().unwrap();
    assert_eq!(tokens.len(), 17);
    for (key, token) in tokens {
        let token = Token::new(token.as_str().unwrap());
        assert_eq!(key_of(&database.credentials, &token), Some(&**key));
        // The row does not say how its hash was made: it is written once, and does not ask again.
        let rewrite = rewrite_of(&database.credentials, &token).unwrap();
        database.commit(&write([Step::Rewrite(rewrite)])).unwrap();
        assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key, rewrite: None }));
    }
    for project in &document.projects {
        let project_key = Token::new(project.project_key.as_ref().unwrap().expose());
        let expected = Some(Verified::ProjectKey { project: &project.id, rewrite: None });
        assert_eq!(database.credentials.verify(&project_key), expected);
        assert_eq!(database.store.project_key(&project.id).unwrap().unwrap().expose(), project_key.expose());
    }
    database.check();
    let database = database.reopened(PEPPER).unwrap();
    for (key, token) in tokens {
        let token = Token::new(token.as_str().unwrap());
        assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key, rewrite: None }));
    }
}

#[test]
fn a_plain_hash_verifies_and_is_rewritten() {
    let mut document = small();
    // SHA-256 of `s3cret`.
    document.keys[0].lookup_id = Some("lookup".into());
    let plain = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";
    document.keys[0].hashed_secret = Some(clearance_directory::document::Sensitive::new(plain));
    let mut database = Database::new(&document);
    let token = Token::new("pat-lw-lookup_s3cret");
    assert_eq!(key_of(&database.credentials, &Token::new("pat-lw-lookup_s3cret ")), None);
    let rewrite = rewrite_of(&database.credentials, &token).unwrap();
    assert_eq!(rewrite.of(), ("key", "old"));
    database.commit(&write([Step::Rewrite(rewrite.clone())])).unwrap();
    assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key: "old", rewrite: None }));
    let raw = rusqlite::Connection::open(database.path()).unwrap();
    let stored: (String, String) =
        raw.query_row("SELECT hash, pepper FROM keys", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(stored, (peppers(PEPPER).hash(clearance_store::Secret::new("s3cret")).into(), "default".to_owned()));
    // A second one, from a check at the same time, finds nothing left to do.
    assert!(database.commit(&write([Step::Rewrite(rewrite)])).unwrap().credentials.is_empty());
    assert_eq!(key_of(&database.credentials, &token), Some("old"));
}

#[test]
fn a_new_key_is_known_at_once_and_after_a_restart() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Key).unwrap();
    assert_eq!(database.credentials.verify(&token), None);
    let step = Step::AddKey { key: key("ci"), token: token.clone() };
    let committed = database.commit(&write([step.clone()])).unwrap();
    let Change::AddKey(row) = &committed.changes[0] else { panic!("{committed:?}") };
    assert_eq!(row.lookup_id.as_deref(), token.split().map(|(lookup_id, _)| lookup_id));
    assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key: "ci", rewrite: None }));
    database.check();

    // The same lookup id again is another key's.
    let step = Step::AddKey { key: key("ci2"), token: token.clone() };
    assert!(matches!(database.commit(&write([step])), Err(StoreError::Refused { step: 0, .. })));

    let mut database = database.reopened(PEPPER).unwrap();
    assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key: "ci", rewrite: None }));
    let wrong = Token::new(format!("{}0", token.expose().get(..70).unwrap()));
    assert!(wrong.expose() == token.expose() || database.credentials.verify(&wrong).is_none());

    // An edit keeps the token, and cannot bring another one.
    let mut edited = database.directory.key("ci").unwrap();
    edited.name = "renamed".into();
    edited.lookup_id = None;
    database.change(Change::EditKey(edited)).unwrap();
    assert_eq!(key_of(&database.credentials, &token), Some("ci"));
    database.check();

    database.change(Change::RemoveKey("ci".into())).unwrap();
    assert_eq!(database.credentials.verify(&token), None);
    database.check();
}

#[test]
fn a_project_key_is_found_shown_and_rotated() {
    let mut database = Database::new(&small());
    let (first, second) = (mint_project_key().unwrap(), Token::new("any text, ä even"));
    assert!(database.store.project_key("shop").unwrap().is_none());
    let rotate = |token: &Token| write([Step::RotateProjectKey { project: "shop".into(), token: token.clone() }]);
    let committed = database.commit(&rotate(&first)).unwrap();
    assert_eq!(committed.changes.len(), 1, "the project has a project key now");
    assert_eq!(project_of(&database.credentials, &first), Some("shop"));
    assert_eq!(database.store.project_key("shop").unwrap().unwrap().expose(), first.expose());
    database.check();

    assert!(database.commit(&rotate(&second)).unwrap().changes.is_empty());
    assert_eq!(database.credentials.verify(&first), None, "the old one dies at once");
    assert_eq!(project_of(&database.credentials, &second), Some("shop"));
    database.check();

    let other = write([Step::RotateProjectKey { project: "blog".into(), token: second.clone() }]);
    let refused = database.commit(&other).unwrap_err();
    assert_eq!(refused.to_string(), "step 0, token: another project has this project key: give each project its own");
    // An edit keeps it, and cannot bring another one.
    let mut shop = database.directory.project("shop").unwrap();
    shop.name = Some("Shop".into());
    shop.project_key = None;
    database.change(Change::EditProject(shop)).unwrap();
    database.check();
    let mut database = database.reopened(PEPPER).unwrap();
    assert_eq!(project_of(&database.credentials, &second), Some("shop"));
    assert_eq!(database.store.project_key("shop").unwrap().unwrap().expose(), second.expose());

    database.change(Change::RemoveProject("shop".into())).unwrap();
    assert_eq!(database.credentials.verify(&second), None);
    assert!(database.store.project_key("shop").unwrap().is_none());
    database.check();
}

#[test]
fn a_token_that_fails_as_a_key_is_tried_as_a_project_key() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Key).unwrap();
    database.commit(&write([Step::RotateProjectKey { project: "shop".into(), token: token.clone() }])).unwrap();
    assert_eq!(project_of(&database.credentials, &token), Some("shop"));
    database.commit(&write([Step::AddKey { key: key("ci"), token: token.clone() }])).unwrap();
    assert_eq!(key_of(&database.credentials, &token), Some("ci"));
    let as_project_key = database.credentials.verify_project_key(&token);
    assert_eq!(as_project_key, Some(Verified::ProjectKey { project: "shop", rewrite: None }));
    // The other prefixes are tried as keys alone.
    for text in ["pat-lw-a_b", "ik-lw-a_b", "ik-lw-"] {
        let token = Token::new(text);
        database.commit(&write([Step::RotateProjectKey { project: "shop".into(), token: token.clone() }])).unwrap();
        assert_eq!(database.credentials.verify(&token), None, "{text}");
    }
    assert_eq!(database.credentials.verify(&Token::new("")), None);
}

#[test]
fn peppers_are_rotated() {
    let mut database = Database::new(&small());
    let (token, project_key) = (mint(Mintable::IngestionKey).unwrap(), mint_project_key().unwrap());
    let steps = [
        Step::AddKey { key: key("ci"), token: token.clone() },
        Step::RotateProjectKey { project: "shop".into(), token: project_key.clone() },
    ];
    database.commit(&write(steps)).unwrap();

    let both = format!("2026=another-pepper-that-is-new\ndefault={PEPPER}");
    let mut database = database.reopened(&both).unwrap();
    let mut rewrites = Vec::new();
    for (token, of) in [(&token, ("key", "ci")), (&project_key, ("project key", "shop"))] {
        let rewrite = rewrite_of(&database.credentials, token).unwrap();
        assert_eq!(rewrite.of(), of);
        rewrites.push(Step::Rewrite(rewrite));
    }
    assert_eq!(database.store.project_key("shop").unwrap().unwrap().expose(), project_key.expose());
    database.commit(&write(rewrites)).unwrap();
    let known = |database: &Database| {
        assert_eq!(database.credentials.verify(&token), Some(Verified::Key { key: "ci", rewrite: None }));
        assert_eq!(database.credentials.verify(&project_key), Some(Verified::ProjectKey { project: "shop", rewrite: None }));
        assert_eq!(database.store.project_key("shop").unwrap().unwrap().expose(), project_key.expose());
    };
    known(&database);
    database.check();
    // Nothing needs the old one any more.
    known(&database.reopened("2026=another-pepper-that-is-new").unwrap());
}

/// The token with another last character: the same lookup id, and another secret.
fn with_a_wrong_secret(token: &Token) -> Token {
    let mut text = token.expose().to_owned();
    let last = text.pop();
    text.push(if last == Some('0') { '1' } else { '0' });
    Token::new(text)
}

#[test]
fn each_older_pepper_lets_in_its_own_keys_and_no_others() {
    const NEWER: &str = "2026=another-pepper-that-is-new";
    const NEWEST: &str = "2027=a-third-pepper-that-is-newer";
    let mut document = small();
    // Made with a pepper by somebody who did not write down which.
    document.keys[0].lookup_id = Some("lookup".into());
    let hash: String = peppers(PEPPER).hash(clearance_store::Secret::new("s3cret")).into();
    document.keys[0].hashed_secret = Some(clearance_directory::document::Sensitive::new(hash));
    let imported = Token::new("pat-lw-lookup_s3cret");
    let mut database = Database::new(&document).reopened(&format!("{NEWER}\ndefault={PEPPER}")).unwrap();
    assert_eq!(key_of(&database.credentials, &imported), Some("old"), "nothing else was made with that pepper");

    let newer = mint(Mintable::Key).unwrap();
    database.commit(&write([Step::AddKey { key: key("newer"), token: newer.clone() }])).unwrap();
    let mut database = database.reopened(&format!("default={PEPPER}\n{NEWER}")).unwrap();
    let default = mint(Mintable::Key).unwrap();
    database.commit(&write([Step::AddKey { key: key("default"), token: default.clone() }])).unwrap();
    let database = database.reopened(&format!("{NEWEST}\ndefault={PEPPER}\n{NEWER}")).unwrap();
    let keys = [(&imported, "old"), (&default, "default"), (&newer, "newer")];
    for (token, key) in keys {
        assert_eq!(key_of(&database.credentials, token), Some(key));
        assert_eq!(database.credentials.verify(&with_a_wrong_secret(token)), None, "{key}");
    }
    // Two are told to be the same exactly where they rewrite the same thing.
    let [old, default, newer] = keys.map(|(token, _)| rewrite_of(&database.credentials, token).unwrap());
    assert!(Some(&old) == rewrite_of(&database.credentials, &imported).as_ref() && old != default && default != newer);
    let shown = format!("{:?} {old:?}", database.credentials);
    assert_eq!(shown, "Credentials(3 keys, 0 operators, 0 project keys) Rewrite(key `old`)");
}

/// What a directory file brought is sealed again under a new pepper, unless somebody else wrote it since.
#[test]
fn a_new_pepper_makes_no_stranger_s_row_right() {
    let mut document = small();
    document.keys[0].lookup_id = Some("lookup".into());
    // SHA-256 of `s3cret`.
    let plain = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";
    document.keys[0].hashed_secret = Some(clearance_directory::document::Sensitive::new("0".repeat(64)));
    let token = Token::new("pat-lw-lookup_s3cret");
    for (written, expected) in [(false, 0), (true, 1)] {
        let database = Database::new(&document);
        if written {
            let raw = rusqlite::Connection::open(database.path()).unwrap();
            raw.execute("UPDATE keys SET hash = ?1 WHERE id = 'old'", [plain]).unwrap();
        }
        let database = database.reopened(&format!("2026=another-pepper-that-is-new\ndefault={PEPPER}")).unwrap();
        assert_eq!(database.credentials.unsealed().1, expected);
        assert_eq!(database.credentials.verify(&token), None);
    }
}

#[test]
fn a_rewrite_does_not_bring_back_what_was_replaced() {
    let mut database = Database::new(&small());
    let old = mint_project_key().unwrap();
    database.commit(&write([Step::RotateProjectKey { project: "shop".into(), token: old.clone() }])).unwrap();
    let mut database = database.reopened(&format!("2026=another-pepper-that-is-new\ndefault={PEPPER}")).unwrap();
    let rewrite = rewrite_of(&database.credentials, &old).unwrap();
    let new = mint_project_key().unwrap();
    database.commit(&write([Step::RotateProjectKey { project: "shop".into(), token: new.clone() }])).unwrap();
    database.commit(&write([Step::Rewrite(rewrite)])).unwrap();
    assert_eq!((database.credentials.verify(&old), project_of(&database.credentials, &new)), (None, Some("shop")));
    database.check();
}

#[test]
fn a_sealed_project_key_opens_for_its_project_alone() {
    let mut database = Database::new(&small());
    let rotate = |project: &str| Step::RotateProjectKey { project: project.into(), token: mint_project_key().unwrap() };
    database.commit(&write([rotate("shop"), rotate("blog")])).unwrap();
    let raw = rusqlite::Connection::open(database.path()).unwrap();
    let swap = "UPDATE project_keys SET sealed = (SELECT sealed FROM project_keys WHERE project = 'blog') WHERE project = 'shop'";
    raw.execute(swap, []).unwrap();
    assert!(matches!(database.store.project_key("shop"), Err(StoreError::Corrupt { .. })));
    assert!(database.store.project_key("blog").unwrap().is_some());
}

#[test]
fn no_secret_is_on_the_disk() {
    let mut document = small();
    document.projects[0].project_key = Some(clearance_directory::document::Sensitive::new("sk-lw-shop-h1dden"));
    let folder = tempfile::tempdir().unwrap();
    let token = mint(Mintable::Key).unwrap();
    let project_key = Token::new("sk-lw-blog-h1dden");
    let steps = [
        Step::AddKey { key: key("ci"), token: token.clone() },
        Step::RotateProjectKey { project: "blog".into(), token: project_key },
    ];
    let write = Write { audit: vec![super::database::entry("key.create", token.expose())], ..write(steps) };
    let store = SqliteStore::create(path_in(&folder), &document, peppers(PEPPER), &write).unwrap();
    let Loaded { document, .. } = store.load().unwrap();
    assert!(!serde_json::to_string(&document).unwrap().contains("h1dden"));
    let secret = token.expose().rsplit('_').next().unwrap().to_owned();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for hidden in ["h1dden", &secret, PEPPER] {
            assert!(!bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes()), "{hidden}");
        }
    }
}
