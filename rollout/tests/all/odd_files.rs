//! A folder of versions in which something else lies where a file should be.
#![cfg(unix)]

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use clearance::VersionLabel;
use clearance_policy::STRICT;
use clearance_rollout::{Exceptions, VersionStoreError};

use crate::version_store::{AT, Temporary, everything};

/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_secs(120);
const NONE: Exceptions = Exceptions { downgrade: false, other_name: false };

/// Something that is asked of a store, by its name.
type Deed = (&'static str, fn(&Temporary, &VersionLabel) -> Result<(), VersionStoreError>);

const READING: [Deed; 5] = [
    ("get", |temporary, version| temporary.store.get(&temporary.engine, &everything(), version.digest).map(drop)),
    ("history", |temporary, _| temporary.store.history().map(drop)),
    ("live", |temporary, _| temporary.store.live(&temporary.engine, &everything()).map(drop)),
    ("pins", |temporary, _| temporary.store.pins().map(drop)),
    ("bytes", |temporary, version| temporary.store.bytes(version.digest).map(drop)),
];
const CHANGING: [Deed; 4] = [
    ("record", |temporary, version| temporary.store.record(version, version, NONE, AT).map(drop)),
    ("pin", |temporary, version| temporary.store.pin("acme", version, version, NONE, AT)),
    ("unpin", |temporary, _| temporary.store.unpin("acme", AT).map(drop)),
    ("remove", |temporary, version| temporary.store.remove(version.digest)),
];

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A store with one version that is live, and one organization that is pinned to it.
fn store(name: &str) -> (Arc<Temporary>, VersionLabel) {
    let temporary = Temporary::new(name);
    let version = temporary.add(STRICT);
    temporary.store.record(&version, &version, NONE, AT).unwrap();
    temporary.store.pin("acme", &version, &version, NONE, AT).unwrap();
    (Arc::new(temporary), version)
}

/// What comes of a deed, which must come to an end.
fn outcome((name, deed): Deed, temporary: &Arc<Temporary>, version: &VersionLabel) -> Result<(), VersionStoreError> {
    let (sender, receiver) = mpsc::channel();
    let (temporary, version) = (Arc::clone(temporary), version.clone());
    thread::spawn(move || sender.send(deed(&temporary, &version)));
    receiver.recv_timeout(LONG).unwrap_or_else(|_| panic!("`{name}` waits for somebody who writes"))
}

fn check_refusal(deed: Deed, temporary: &Arc<Temporary>, version: &VersionLabel, path: &Path, what: &str) {
    let error = outcome(deed, temporary, version).expect_err(deed.0);
    let VersionStoreError::NotAFile { path: named, found } = &error else { panic!("{}: {error}", deed.0) };
    assert_eq!((&**named, *found), (path, what), "{}", deed.0);
    assert!(error.to_string().contains(what) && error.to_string().contains("take it away"), "{error}");
}

#[test]
fn nobody_waits_for_a_pipe_in_place_of_a_file() {
    for (index, (end, deeds)) in [
        ("history.json", vec![READING[1], READING[2], CHANGING[0], CHANGING[1], CHANGING[3]]),
        ("pins.json", vec![READING[3], CHANGING[1], CHANGING[2]]),
        (".lock", CHANGING.to_vec()),
        (".wasm", vec![READING[0], READING[2], READING[4], CHANGING[0], CHANGING[1]]),
        (".wasm.minisig", vec![READING[0], READING[2]]),
    ]
    .into_iter()
    .enumerate()
    {
        let (temporary, version) = store(&format!("pipe-{index}"));
        let path = if end.starts_with(".wasm") { temporary.file(version.digest, end) } else { temporary.folder.join(end) };
        pipe(&path);
        for deed in deeds {
            check_refusal(deed, &temporary, &version, &path, "a named pipe");
        }
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let (temporary, version) = store("folder");
    let path = temporary.folder.join("history.json");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    check_refusal(READING[1], &temporary, &version, &path, "a folder");
}

/// The sizes stand in `version_store.rs`. A file with a hole takes no room.
#[test]
fn a_file_that_is_too_large_is_not_read() {
    let (temporary, version) = store("large");
    for (end, size, deed) in [
        ("history.json", 16 << 20, READING[1]),
        ("pins.json", 16 << 20, READING[3]),
        (".wasm", 64 << 20, READING[0]),
        (".wasm.minisig", 64 << 10, READING[0]),
    ] {
        let path = if end.starts_with(".wasm") { temporary.file(version.digest, end) } else { temporary.folder.join(end) };
        let before = fs::read(&path).ok();
        File::create(&path).unwrap().set_len(size + 1).unwrap();
        let error = outcome(deed, &temporary, &version).unwrap_err();
        assert!(matches!(&error, VersionStoreError::TooLarge { path: named, .. } if *named == path), "{end}: {error}");
        match before {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    outcome(READING[2], &temporary, &version).unwrap();
}
