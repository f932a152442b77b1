//! Older hashes are written again, and no secret reaches the database, the audit or an export.

use std::sync::Arc;

use clearance::Document;
use clearance_keeper::Keeper;
use clearance_store::{Peppers, SqliteStore, Store as _, Token, Verified, Write};
use sha2::{Digest as _, Sha256};

use crate::running::{PEPPER, Running, peppers, policy, token, vector};

/// Whether the hash of this token is to be made again.
fn is_old(database: &std::path::Path, peppers: Peppers, token: &str) -> bool {
    let loaded = SqliteStore::open_read_only(database, peppers).unwrap().load().unwrap();
    match loaded.credentials.verify(&Token::new(token)).unwrap() {
        Verified::Key { rewrite, .. } | Verified::ProjectKey { rewrite, .. } => rewrite.is_some(),
    }
}

#[test]
fn a_plain_hash_is_made_again_after_use() {
    let token = token("tMember");
    let (_, secret) = token.rsplit_once('_').unwrap();
    let plain: String = Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut document: Document = Document::from_json(&vector("management/directory.json")).unwrap();
    let key = document.keys.iter_mut().find(|key| &*key.id == "tMember").unwrap();
    key.hashed_secret = Some(clearance::document::Sensitive::new(plain));
    let mut running = Running::start(&serde_json::to_string(&document).unwrap());
    assert!(is_old(&running.database, peppers(), &token));
    assert_eq!(running.client().get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &token)]).status, 200);
    running.stop().unwrap();
    assert!(!is_old(&running.database, peppers(), &token));
    assert!(is_old(&running.database, peppers(), &crate::running::token("tSvc")), "it was not used");
}

#[test]
fn what_was_stored_with_an_older_pepper_is_stored_again_after_use() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("db");
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let old = Peppers::parse(&format!("old={PEPPER}"), "the test").unwrap();
    drop(SqliteStore::create(&database, &document, old, &Write::default()).unwrap());
    let both = || Peppers::parse(&format!("new=another-pepper-not-a-secret\nold={PEPPER}"), "the test").unwrap();
    let store = SqliteStore::open(&database, both()).unwrap();
    let mut running = Running::of(Keeper::open(Arc::new(store), policy()).unwrap());
    let tokens = [token("tMember"), "sk-lw-legacyP1".to_owned()];
    for token in &tokens {
        assert!(is_old(&database, both(), token));
        assert_eq!(running.client().get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", token)]).status, 200);
    }
    running.keeper.tend().unwrap();
    for token in &tokens {
        assert!(!is_old(&database, both(), token));
        assert_eq!(running.client().get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", token)]).status, 200);
    }
    running.stop().unwrap();
}

#[test]
fn nothing_that_is_kept_holds_a_token() {
    let mut running = Running::company();
    let client = &mut running.client();
    let admin = format!("Bearer {}", token("kAdmin"));
    let operator = running.operator(&[clearance_store::Purpose::Check]);
    let reply = client.send("POST", "/api/projects/p1/regenerate-api-key", &[("Authorization", &admin)], b"");
    let project_key = reply.json()["apiKey"].as_str().unwrap().to_owned();
    let secrets = [token("kAdmin"), operator["Bearer ".len()..].to_owned(), project_key, "sk-lw-legacyP2".to_owned()];
    running.keeper.flush().unwrap();
    let audit = serde_json::to_string(&running.keeper.store().audit_tail(100).unwrap()).unwrap();
    let export = serde_json::to_string(&running.keeper.store().export().unwrap()).unwrap();
    running.stop().unwrap();
    let mut files = Vec::new();
    for file in std::fs::read_dir(running.database.parent().unwrap()).unwrap() {
        files.push(std::fs::read(file.unwrap().path()).unwrap());
    }
    for secret in &secrets {
        let half = secret.rsplit('_').next().unwrap();
        assert!(!audit.contains(half) && !export.contains(half));
        let holds = |file: &Vec<u8>| file.windows(half.len()).any(|window| window == half.as_bytes());
        assert!(!files.iter().any(holds), "{half}");
    }
    assert!(SqliteStore::read(&running.database).is_ok());
}
