//! What it costs to verify a token, beside the HMAC that cannot be left out.
//!
//! `cargo bench -p clearance-store`. The ratios within one run count: verifying should cost little more than hashing.

use std::hint::black_box;

use clearance_directory::Document;
use clearance_directory::document::{Key, Sensitive};
use clearance_store::{Credentials, Mintable, Peppers, Secret, SqliteStore, Step, Store, Token, Write, mint};
use criterion::Criterion;

const PEPPER: &str = "a-pepper-for-a-benchmark";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let count = if std::env::args().any(|argument| argument == "--bench") { 100_000 } else { 100 };
    let peppers = Peppers::parse(PEPPER, "the bench").unwrap();
    let folder = tempfile::tempdir().unwrap();

    // Hashes of which nobody knows how they were made, as they come from a directory file.
    let (document, imported) = document(count, &peppers);
    let store = SqliteStore::create(
        folder.path().join("a.db"),
        &document,
        Peppers::parse(PEPPER, "the bench").unwrap(),
        &Write::default(),
    )
    .unwrap();
    criterion.bench_function("load", |bench| bench.iter(|| store.load().unwrap()));
    let somehow = store.load().unwrap().credentials;

    // Hashes that were made here.
    let empty = organization();
    let store =
        SqliteStore::create(folder.path().join("b.db"), &empty, Peppers::parse(PEPPER, "the bench").unwrap(), &Write::default())
            .unwrap();
    let minted: Vec<Token> = (0..count).map(|_| mint(Mintable::Key).unwrap()).collect();
    let steps = (0..).zip(&minted).map(|(number, token)| Step::AddKey { key: key(number), token: token.clone() });
    let _ = store.commit(&Write { steps: steps.collect(), ..Write::default() }).unwrap();
    let known = store.load().unwrap().credentials;

    let secret = "TqFGu0JqniZY6Cb6v91vQit2DxN7I5dvPrbMMWgWHFXfvsiE";
    criterion
        .bench_function("verify/HMAC alone, in hexadecimal", |bench| bench.iter(|| peppers.hash(Secret::new(black_box(secret)))));
    let stranger = mint(Mintable::IngestionKey).unwrap();
    for (name, credentials, tokens) in [("made here", &known, &minted), ("imported", &somehow, &imported)] {
        each(&mut criterion, &format!("verify/a key, {name}"), credentials, tokens);
        each(&mut criterion, &format!("verify/an unknown lookup id, {name}"), credentials, std::slice::from_ref(&stranger));
    }
    criterion.final_summary();
}

/// Verifies one token after the other: a few hundred keys that are in use, among all that there are.
fn each(criterion: &mut Criterion, name: &str, credentials: &Credentials, tokens: &[Token]) {
    let mut next = tokens.iter().take(300).cycle();
    criterion.bench_function(name, |bench| bench.iter(|| credentials.verify(black_box(next.next().unwrap())).is_some()));
}

fn organization() -> Document {
    Document::from_json(r#"{"organizations": [{"id": "acme"}]}"#).unwrap()
}

fn key(number: usize) -> Key {
    let row = format!(r#"{{"id": "k{number}", "organization": "acme", "name": "ci", "mode": "all"}}"#);
    serde_json::from_str(&row).unwrap()
}

fn document(count: usize, peppers: &Peppers) -> (Document, Vec<Token>) {
    let mut document = organization();
    let tokens: Vec<Token> = (0..count).map(|_| mint(Mintable::Key).unwrap()).collect();
    for (number, token) in (0..).zip(&tokens) {
        let (lookup_id, secret) = token.split().unwrap();
        let hashed_secret = Some(Sensitive::new(peppers.hash(secret)));
        document.keys.push(Key { lookup_id: Some(lookup_id.into()), hashed_secret, ..key(number) });
    }
    (document, tokens)
}
