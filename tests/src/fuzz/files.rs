//! Files beside a policy: the cases that it carries, and what a folder of versions remembers.

use std::{fs, str};

use clearance::Document;
use clearance_rollout::{CarriedCases, Case, VersionStore};

use super::file;

/// Reads cases with their directory, as a component carries them. What is put into a component is found in it.
pub(super) fn read_carried(bytes: &[u8]) {
    /// The beginning of a component, and nothing else.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (directory, cases) = text.split_once('\n').unwrap_or((text, ""));
    let read = Case::read_all(cases);
    let Ok(document) = Document::from_json(directory) else { return };
    match CarriedCases::put(COMPONENT, document, cases) {
        Ok(component) => {
            assert!(read.is_ok(), "cases are carried that cannot be read");
            assert!(component.starts_with(COMPONENT) && component.len() > COMPONENT.len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A directory in the first line, and cases about it.
pub(super) fn carried_texts() -> Vec<Vec<u8>> {
    const CASES: &str = concat!(
        r#"{"id":"sees","key":"ci","permission":"prompts:view","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","allow":true}"#,
        "\n",
        r#"{"id":"no","user":"ben","permission":"project:delete","at":{"team":"web"},"now":"2026-06-01T12:00:00Z","reason":"lacks"}"#,
        "\n",
        r#"{"id":"all","projectKey":"shop","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","permissions":["traces:view"]}"#,
    );
    let line = |path: &str| {
        let text = String::from_utf8(file(path)).expect("it is text");
        text.lines().map(str::trim).collect::<Vec<_>>().concat()
    };
    let small = r#"{"organizations":[{"id":"acme"}],"users":[{"id":"ben"}]}"#;
    vec![format!("{}\n{CASES}", line("examples/company/directory.json")).into(), format!("{small}\n{CASES}").into()]
}

/// Reads what a folder remembers: the first bytes, up to a zero, are its history, and the others its pins.
pub(super) fn folder_of_versions(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = VersionStore::create(folder.path()).expect("it is made");
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    for name in ["history.json", "pins.json"] {
        fs::write(folder.path().join(name), parts.next().unwrap_or_default()).expect("it can be written");
    }
    match store.history() {
        Ok(history) => assert_eq!(history.live(), history.activations().last()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(pins) = store.pins() {
        let mut organizations: Vec<_> = pins.iter().map(|pin| &pin.organization).collect();
        organizations.sort();
        organizations.dedup();
        assert_eq!(organizations.len(), pins.len(), "an organization is pinned twice");
    }
}

/// Histories and pins.
pub(super) fn folders_of_versions() -> Vec<Vec<u8>> {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let row = format!(r#"{{"at":"2026-01-02T00:00:00.000Z","digest":"{digest}","name":"strict","version":"1.0.0-rc.1+b"}}"#);
    let history = format!(r#"{{"format":1,"activations":[{row},{row}]}}"#);
    let pin = format!(r#"{{"organization":"acme","digest":"{digest}","at":"2026-01-02T00:00:00.000Z"}}"#);
    let pins = format!(r#"{{"format":1,"pins":[{pin}]}}"#);
    vec![format!("{history}\0{pins}").into_bytes(), b"{\"format\":1,\"activations\":[]}\0{\"format\":1,\"pins\":[]}".to_vec()]
}
