//! What it costs to verify a token and decide, beside the HMAC that cannot be left out.
//!
//! `cargo bench -p clearance-server`. The budget is a ratio within one run: at most 4 times the HMAC alone.

use std::hint::black_box;
use std::sync::Arc;

use clearance::Document;
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::{Keeper, Target};
use clearance_store::{Peppers, SqliteStore, Token, Write};
use criterion::Criterion;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/management");

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(format!("{VECTORS}/{name}")).unwrap();
    let secrets: serde_json::Value = serde_json::from_str(&read("secrets.json")).unwrap();
    let pepper = secrets["pepper"].as_str().unwrap();
    let document = Document::from_json(&read("directory.json")).unwrap();
    let peppers = || Peppers::parse(pepper, "the bench").unwrap();
    let store = SqliteStore::create(folder.path().join("clearance.db"), &document, peppers(), &Write::default()).unwrap();
    let policy = Engine::new(Limits::default()).unwrap().load(LANGWATCH).unwrap();
    let keeper = Keeper::open(Arc::new(store), policy).unwrap();
    let token = |key: &str| Token::new(secrets["tokens"][key].as_str().unwrap());
    // Hashes come from a file, and nobody knows how they were made, until they are used and stored again.
    for key in ["kAdmin", "tMember"] {
        keeper.resolve(&token(key), Target::Project(Some("p1"))).unwrap();
    }
    let every: Vec<String> = secrets["tokens"].as_object().unwrap().keys().cloned().collect();
    for key in &every {
        let _ = keeper.resolve(&token(key), Target::Organization);
    }
    keeper.tend().unwrap();

    let ready = Hmac::<Sha256>::new_from_slice(pepper.as_bytes()).unwrap();
    let secret = secrets["tokens"]["kAdmin"].as_str().unwrap().rsplit_once('_').unwrap().1;
    criterion.bench_function("the HMAC alone", |bench| {
        bench.iter(|| {
            let mut hmac = ready.clone();
            hmac.update(black_box(secret).as_bytes());
            hmac.finalize().into_bytes()
        });
    });
    for (name, key, project) in [
        ("verify and decide: a project is named", "kAdmin", Some("p1")),
        ("verify and decide: the one project of the key", "tMember", None),
    ] {
        let token = token(key);
        criterion.bench_function(name, |bench| {
            bench.iter(|| {
                keeper.authorize(black_box(&token), Target::Project(project), black_box("traces:view")).unwrap().1.allow
            });
        });
    }
    criterion.final_summary();
}
