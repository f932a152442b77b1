//! A directory file becomes a database and comes back.

use clearance_directory::Directory;
use clearance_directory::document::{Document, Sensitive};
use clearance_store::{SqliteStore, Store, Write};
use proptest::prelude::*;

use super::database::{PEPPER, path_in, peppers};
use super::random::Bytes;

/// What is left of a document in memory.
fn without_secrets(mut document: Document) -> Document {
    document.keys.iter_mut().for_each(|key| key.hashed_secret = None);
    for project in &mut document.projects {
        project.project_key = project.project_key.as_ref().map(|_| Sensitive::new(""));
    }
    document
}

fn comes_back(document: &Document) {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    let store = SqliteStore::create(&path, document, peppers(PEPPER), &Write::default()).unwrap();
    let expected = without_secrets(document.clone());
    assert_eq!(store.load().unwrap().document, expected);
    assert_eq!(SqliteStore::read(&path).unwrap(), expected, "also while another one writes, and without a pepper");
    drop(store);

    let store = SqliteStore::open_read_only(&path, peppers(PEPPER)).unwrap();
    assert_eq!(store.load().unwrap().document, expected);
    let exported = store.export().unwrap();
    let mut without_keys = expected.clone();
    without_keys.projects.iter_mut().for_each(|project| project.project_key = None);
    assert_eq!(exported, without_keys);
    // What was exported can become a database again.
    let again = folder.path().join("again.db");
    let store = SqliteStore::create(&again, &exported, peppers(PEPPER), &Write::default()).unwrap();
    assert_eq!(store.export().unwrap(), exported);
}

#[test]
fn the_given_directories_come_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/random");
    let mut directories = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/management/directory.json").into()];
    directories.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("directory.json")).take(6));
    for path in directories {
        comes_back(&Document::from_json(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_directory_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..1500)) {
        let mut directory = Directory::default();
        let mut bytes = Bytes(&bytes);
        while !bytes.0.is_empty() {
            let _ = directory.apply(bytes.change());
        }
        let mut document = directory.document();
        for (index, key) in document.keys.iter_mut().enumerate() {
            key.lookup_id = (index % 3 > 0).then(|| format!("lookup{index}").into());
            key.hashed_secret = (index % 2 > 0).then(|| Sensitive::new("5678"));
        }
        for (index, project) in document.projects.iter_mut().enumerate() {
            project.project_key = (index % 2 > 0).then(|| Sensitive::new(format!("p{index}")));
        }
        comes_back(&document);
    }
}
