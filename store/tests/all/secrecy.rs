//! Nothing of a secret can be printed.

use clearance_directory::document::Sensitive;
use clearance_store::{
    Batch, Mintable, NewOperator, Peppers, Purpose, Secret, Step, Store, Token, Verified, Write, inspect, mint, scan,
};

use super::credentials::key;
use super::database::{Database, PEPPER, at, entry, small};

#[test]
fn no_type_prints_a_secret() {
    let mut document = small();
    document.keys[0].lookup_id = Some("lookup".into());
    let plain = "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0";
    document.keys[0].hashed_secret = Some(Sensitive::new(plain));
    let mut database = Database::new(&document);
    let (token, project_key, operator) =
        (mint(Mintable::Key).unwrap(), Token::new("h1dden-project-key"), mint(Mintable::Operator).unwrap());
    let new = NewOperator { id: "op".into(), name: "op".into(), purposes: vec![Purpose::Check], created_at: at(1) };
    let write = Write {
        steps: vec![
            Step::AddKey { key: key("ci"), token: token.clone() },
            Step::RotateProjectKey { project: "shop".into(), token: project_key.clone() },
            Step::AddOperator { operator: new, token: operator.clone() },
        ],
        batch: Some(Batch::new("b", b"content")),
        audit: vec![entry("key.create", "ci")],
    };
    let mut printed = vec![format!("{write:?}")];
    printed.push(format!("{:?}", database.commit(&write).unwrap()));
    let mut database = database.reopened(&format!("new=another-pepper-h1dden\ndefault={PEPPER}")).unwrap();
    printed.push(format!("{:?}", database.store));
    printed.push(format!("{:?}", database.store.load().unwrap()));
    printed.push(format!("{:?}", database.credentials));
    printed.push(format!("{:?} {:?}", token, token.split()));
    printed.push(format!("{:?}", Secret::new("h1dden")));
    printed.push(format!("{:?}", Peppers::parse(PEPPER, "here").unwrap()));
    printed.push(format!("{:?}", database.store.project_key("shop").unwrap()));
    // It is not that nothing is shown.
    for part in ["CredentialUpdate(set key `ci`)", "SqliteStore { path: ", "[\"new\", \"default\"]"] {
        assert!(printed.iter().any(|printed| printed.contains(part)), "{part}: {printed:?}");
    }
    let text = format!("{} {}", token.expose(), operator.expose());
    printed.push(format!("{:?} {:?}", inspect(token.expose()), scan(text.as_bytes()).collect::<Vec<_>>()));
    printed.push(format!("{:?} {:?}", database.store.operators().unwrap(), database.store.audit_tail(9).unwrap()));
    let mut rewrites = Vec::new();
    for token in [&token, &project_key, &Token::new("pat-lw-lookup_s3cret")] {
        let verified = database.credentials.verify(token).unwrap();
        printed.push(format!("{verified:?}"));
        let (Verified::Key { rewrite, .. } | Verified::ProjectKey { rewrite, .. }) = verified;
        rewrites.push(Step::Rewrite(rewrite.unwrap()));
    }
    printed.push(format!("{:?}", database.credentials.verify_operator(&operator)));
    printed.push(format!("{rewrites:?}"));
    printed.push(format!("{:?}", database.commit(&super::database::write(rewrites)).unwrap()));

    let peppers = Peppers::parse(PEPPER, "here").unwrap();
    let hash_of = |token: &Token| token.split().map(|(_, secret)| peppers.hash(secret)).unwrap();
    let hashes = [hash_of(&token), hash_of(&operator), plain.into()];
    let secrets = [&token, &operator].map(|token| token.expose()[23..].to_owned());
    for text in &printed {
        for hidden in
            secrets.iter().map(String::as_str).chain(hashes.iter().map(|hash| &**hash)).chain(["h1dden", "s3cret", PEPPER])
        {
            assert!(!text.contains(hidden), "{text}");
        }
    }
    assert_eq!(printed.len(), 17);
}
