//! Texts that people write: directories, changes, catalogs.

use std::{
    str,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use clearance_catalog::Catalog;
use clearance_directory::{Change, Directory, document::Document, lint};

use super::file;

/// Loads a directory. One that loads is what is stored of it, and can be looked through.
pub(super) fn directory(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match Directory::from_json(text) {
        Ok(directory) => {
            assert_same(&directory);
            let _ = lint(&directory.document());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Directories of the example, the vectors and the cases.
pub(super) fn directories() -> Vec<Vec<u8>> {
    let cases = ["custom-roles", "expiry", "external-members", "project-keys", "team-memberships", "unknown-things"];
    let cases = cases.map(|name| file(&format!("tests/cases/{name}/directory.json")));
    let mut seeds = vec![file("examples/company/directory.json"), file("examples/printshop/directory.json")];
    seeds.extend(cases);
    seeds
}

static COMPANY: LazyLock<Document> = LazyLock::new(|| {
    let text = String::from_utf8(file("examples/company/directory.json")).expect("it is text");
    Document::from_json(&text).expect("it is a document")
});

/// Makes changes to the example company, all or none. What comes of them loads again.
pub(super) fn changes(bytes: &[u8]) {
    let Ok(changes) = serde_json::from_slice::<Vec<Change>>(bytes) else { return };
    let mut directory = Directory::from_document(COMPANY.clone()).expect("it loads");
    match directory.apply_all(changes) {
        Ok(_) => assert_same(&directory),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(directory.document(), COMPANY.clone(), "a batch that is refused changes nothing");
        }
    }
}

/// Changes of most kinds.
pub(super) fn change_lists() -> Vec<Vec<u8>> {
    const LISTS: [&str; 7] = [
        r#"[{"addUser":{"id":"fay","name":"Fay","email":"fay@acme.example"}},
            {"addMember":{"organization":"acme","user":"fay","role":"MEMBER"}},
            {"addTeamMembership":{"team":"web","user":"fay","role":"VIEWER"}}]"#,
        r#"[{"addRole":{"id":"r","organization":"acme","kind":"custom","name":"R","permissions":["traces:view",":"]}},
            {"addBinding":{"id":"b","organization":"acme","user":"ben","role":"CUSTOM","customRole":"r","scope":{"team":"web"}}},
            {"removeRole":"r"}]"#,
        r#"[{"deactivateUser":{"user":"ben","at":"2026-07-01T00:00:00Z"}},{"deactivateUser":{"user":"eve","at":"2026-07-01T00:00:00+02:00"}},
            {"removeMember":{"organization":"acme","user":"cleo"}}]"#,
        r#"[{"addTeam":{"id":"ops","organization":"acme","name":"Ops"}},{"addProject":{"id":"disk","team":"ops","name":"Disk"}},
            {"archiveProject":{"project":"disk","at":"2026-07-01T00:00:00.123Z"}},{"removeProject":"disk"},{"removeTeam":"ops"}]"#,
        r#"[{"addGroup":{"id":"g","organization":"acme","name":"G","members":["ana","ben"]}},
            {"addGroupMember":{"group":"g","user":"cleo"}},{"removeGroupMember":{"group":"g","user":"ana"}},{"removeGroup":"g"}]"#,
        r#"[{"revokeKey":{"key":"ci","at":"2026-07-01T00:00:00Z"}},{"removeKey":"ci"},{"removeBinding":"b04"}]"#,
        r#"[{"editOrganization":{"id":"acme","name":"Acme again"}},{"addOrganization":{"id":"acme"}}]"#,
    ];
    LISTS.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// What is stored of a directory is the directory.
fn assert_same(directory: &Directory) {
    let document = directory.document();
    let text = serde_json::to_string(&document).expect("a document can be written");
    let again = Directory::from_json(&text).unwrap_or_else(|error| panic!("what is stored does not load: {error}"));
    assert_eq!(again.document(), document, "what is stored is something else");
}

/// How many catalogs are held against what a component takes.
const MAX_KEPT: u32 = 20_000;

/// Reads a catalog. One that is read has the form in which a component takes it; every mistake has a line.
pub(super) fn catalog(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match Catalog::parse(text) {
        Ok(catalog) => {
            let bytes = catalog.to_bytes();
            // A component keeps them for ever, and so does this; that is for at most this many.
            static KEPT: AtomicU32 = AtomicU32::new(0);
            if KEPT.fetch_add(1, Ordering::Relaxed) < MAX_KEPT {
                let read = clearance_policy::catalog::Catalog::from_bytes(bytes.leak());
                assert!(read.is_some(), "a component does not take what the reader made");
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "a catalog is refused without a reason");
            problems.iter().for_each(|problem| assert!(!problem.to_string().is_empty()));
        }
    }
}

/// The catalogs of the project.
pub(super) fn catalogs() -> Vec<Vec<u8>> {
    vec![file("policy/catalog.toml"), file("examples/printshop/catalog.toml")]
}
