//! What the keeper does not know.

use std::path::Path;

#[test]
fn it_knows_no_http() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let below = std::fs::read_dir(source.join("keeper")).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = below.chain([source.join("keeper.rs")]).collect();
    assert!(files.len() > 5);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in ["axum", "hyper", "http::", "StatusCode", "crate::server", "crate::error", "tokio"] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}
