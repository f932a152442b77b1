//! A folder of versions, and what it remembers.

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clearance::{Digest, VersionLabel};
use clearance_host::{Engine, Limits, LoadError};
use clearance_policy::{LANGWATCH, STRICT};
use clearance_rollout::{
    ActivationError, Exceptions, Pin, Signed, StoredVersion, Trust, TrustError, Unpinned, VersionStore, VersionStoreError,
};

use crate::trust::{COMPONENT, SIGNATURE, signer, stranger};

pub(crate) const AT: u64 = 1_800_000_000_000;

/// The limits that hold unless a test is about them: a machine that is busy with other tests is not the fault of the guest.
pub(crate) fn patient() -> Limits {
    Limits { deadline: Duration::from_secs(20), timeout: Duration::MAX, ..Limits::default() }
}

/// A store in a folder of its own, which ends with the test.
pub(crate) struct Temporary {
    pub(crate) store: VersionStore,
    pub(crate) folder: PathBuf,
    pub(crate) engine: Engine,
}

impl Temporary {
    pub(crate) fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("clearance-versions-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self { store: VersionStore::create(&folder).unwrap(), folder, engine: Engine::new(patient()).unwrap() }
    }

    pub(crate) fn add(&self, component: &[u8]) -> VersionLabel {
        self.store.add(&self.engine, &everything(), component, None).unwrap().version.label()
    }

    pub(crate) fn file(&self, digest: Digest, end: &str) -> PathBuf {
        self.folder.join(format!("{}{end}", digest.to_string().trim_start_matches("sha256:")))
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn everything() -> Trust {
    Trust::unsigned(vec![])
}

fn ours() -> Trust {
    Trust::keys(vec![signer()])
}

const NONE: Exceptions = Exceptions { downgrade: false, other_name: false };
const ALL: Exceptions = Exceptions { downgrade: true, other_name: true };

#[test]
fn what_is_added_is_there_with_its_signature() {
    let temporary = Temporary::new("added");
    let Temporary { store, engine, .. } = &temporary;
    let digest = Digest::of(COMPONENT);
    let StoredVersion { version, signed, .. } = store.add(engine, &ours(), COMPONENT, Some(SIGNATURE)).unwrap();
    let by_signer = Signed::By { key: "signer".into(), comment: "a comment that is signed".into() };
    assert_eq!((version.digest(), &signed), (digest, &by_signer));
    let second = temporary.add(STRICT);
    let mut all = vec![digest, second.digest];
    all.sort_unstable();
    assert_eq!(store.list().unwrap(), all);

    let got = store.get(engine, &ours(), digest).unwrap();
    assert_eq!((got.version.description(), got.signed), (version.description(), by_signer));
    assert_eq!(store.bytes(digest).unwrap(), COMPONENT);
    assert_eq!(store.signature(digest).unwrap().as_deref(), Some(SIGNATURE));
    assert_eq!(store.signature(second.digest).unwrap(), None);
    // Adding it again without a signature takes none away.
    temporary.add(COMPONENT);
    assert!(store.get(engine, &ours(), digest).is_ok());
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let temporary = Temporary::new("refused");
    let Temporary { store, engine, .. } = &temporary;
    let add = |trust: Trust, bytes: &[u8], signature| store.add(engine, &trust, bytes, signature).unwrap_err();
    for (error, reason) in [
        (add(ours(), COMPONENT, None), "is not signed"),
        (add(Trust::keys(vec![stranger()]), COMPONENT, Some(SIGNATURE)), "a key that is not trusted"),
        (add(Trust::keys(vec![]), COMPONENT, Some(SIGNATURE)), "no key is trusted"),
        (add(ours(), STRICT, Some(SIGNATURE)), "is wrong"),
    ] {
        assert!(matches!(error, VersionStoreError::Untrusted(_)) && error.to_string().contains(reason), "{error}");
        assert!(error.to_string().contains("sha256:"), "{error}");
    }
    let error = add(everything(), b"no policy", None);
    assert!(matches!(error, VersionStoreError::Load { error: LoadError::NotAComponent { .. }, .. }), "{error}");
    assert_eq!(temporary.names(), Vec::<String>::new());
}

#[test]
fn what_is_read_is_checked_each_time() {
    let temporary = Temporary::new("checked");
    let Temporary { store, engine, .. } = &temporary;
    let digest = Digest::of(COMPONENT);
    store.add(engine, &ours(), COMPONENT, Some(SIGNATURE)).unwrap();
    let get = |trust: &Trust| store.get(engine, trust, digest).map(|_| ());
    assert!(matches!(get(&Trust::keys(vec![stranger()])), Err(VersionStoreError::Untrusted(TrustError::Stranger { .. }))));

    let signature = temporary.file(digest, ".wasm.minisig");
    fs::write(&signature, b"\xff").unwrap();
    assert!(matches!(get(&ours()), Err(VersionStoreError::Untrusted(TrustError::Malformed { .. }))));
    fs::remove_file(&signature).unwrap();
    assert!(matches!(get(&ours()), Err(VersionStoreError::Untrusted(TrustError::Unsigned { .. }))));
    assert!(get(&everything()).is_ok());

    fs::write(temporary.file(digest, ".wasm"), STRICT).unwrap();
    let error = get(&everything()).unwrap_err();
    assert!(matches!(error, VersionStoreError::Damaged { found, .. } if found == Digest::of(STRICT)), "{error}");
    fs::remove_file(temporary.file(digest, ".wasm")).unwrap();
    assert!(matches!(get(&everything()), Err(VersionStoreError::Missing { .. })));
}

#[test]
fn a_version_is_found_by_how_its_digest_begins() {
    let temporary = Temporary::new("found");
    let store = &temporary.store;
    let digest = temporary.add(STRICT).digest;
    let whole = digest.to_string();
    let digits = whole.trim_start_matches("sha256:");
    for wanted in [&*whole, digits, &whole[..11], &digits[..4], &digits[..63]] {
        assert_eq!(store.find(wanted).unwrap(), digest, "{wanted}");
    }
    for wanted in ["", "sha256:", &digits[..3], "DEADBEEF", "../../x", &format!("{digits}0"), &whole[1..]] {
        assert!(matches!(store.find(wanted), Err(VersionStoreError::NoDigest { .. })), "{wanted}");
    }
    let other: String = digits.chars().map(|digit| if digit == 'f' { '0' } else { 'f' }).collect();
    assert!(matches!(store.find(&other[..8]), Err(VersionStoreError::Missing { .. })));
    // A name is enough to be in doubt.
    fs::write(temporary.folder.join(format!("{}{}.wasm", &digits[..8], &other[8..])), "x").unwrap();
    assert!(matches!(store.find(&digits[..8]), Err(VersionStoreError::Ambiguous { count: 2, .. })));
    assert_eq!(store.find(&digits[..9]).unwrap(), digest);
}

#[test]
fn what_is_live_survives_and_stays() {
    let temporary = Temporary::new("live");
    let Temporary { store, engine, folder, .. } = &temporary;
    assert!(store.live(engine, &everything()).unwrap().is_none());
    let (first, second) = (temporary.add(STRICT), temporary.add(COMPONENT));
    store.record(&first, &first, NONE, AT).unwrap();
    store.record(&second, &first, ALL, AT + 1).unwrap();

    // As another process finds it.
    let store = VersionStore::open(folder).unwrap();
    assert_eq!(store.live(engine, &everything()).unwrap().unwrap().version.label(), second);
    assert_eq!(store.history().unwrap().activations().len(), 2);
    assert!(matches!(store.remove(second.digest), Err(VersionStoreError::Live { .. })));
    // Neither is a live version trusted for that, nor is one guessed when it is gone.
    assert!(matches!(store.live(engine, &ours()), Err(VersionStoreError::Untrusted(_))));
    fs::remove_file(temporary.file(second.digest, ".wasm")).unwrap();
    assert!(matches!(store.live(engine, &everything()), Err(VersionStoreError::Missing { .. })));

    assert_eq!(store.record(&first, &second, ALL, AT + 2).unwrap().live().unwrap().version, first);
}

#[test]
fn what_is_not_permitted_or_not_there_is_not_recorded() {
    let temporary = Temporary::new("recorded");
    let store = &temporary.store;
    let live = temporary.add(STRICT);
    let other = VersionLabel { name: "other".into(), ..live.clone() };
    let missing = VersionLabel { digest: Digest::of(b"missing"), ..live.clone() };
    let refused = store.record(&other, &live, NONE, AT);
    assert!(matches!(refused, Err(VersionStoreError::Refused(ActivationError::OtherName { .. }))), "{refused:?}");
    assert!(matches!(store.record(&missing, &live, NONE, AT), Err(VersionStoreError::Missing { .. })));
    assert_eq!(temporary.names().len(), 1);

    store.record(&live, &live, NONE, AT).unwrap();
    let before = fs::read(temporary.folder.join("history.json")).unwrap();
    assert!(store.record(&other, &live, NONE, AT).is_err());
    assert_eq!(fs::read(temporary.folder.join("history.json")).unwrap(), before);
}

#[test]
fn a_damaged_history_is_an_error_and_not_an_empty_one() {
    let temporary = Temporary::new("history");
    let Temporary { store, engine, folder } = &temporary;
    let live = temporary.add(STRICT);
    for text in ["", "{}", "{\"format\":1,\"activations\":[{}]}"] {
        fs::write(folder.join("history.json"), text).unwrap();
        assert!(matches!(store.history(), Err(VersionStoreError::History { .. })), "{text}");
        assert!(matches!(store.live(engine, &everything()), Err(VersionStoreError::History { .. })), "{text}");
        assert!(matches!(store.record(&live, &live, ALL, AT), Err(VersionStoreError::History { .. })), "{text}");
        assert!(matches!(store.remove(live.digest), Err(VersionStoreError::History { .. })), "{text}");
        assert_eq!(fs::read_to_string(folder.join("history.json")).unwrap(), text);
    }
}

#[test]
fn a_version_is_removed_whole() {
    let temporary = Temporary::new("removed");
    let Temporary { store, engine, .. } = &temporary;
    store.add(engine, &ours(), COMPONENT, Some(SIGNATURE)).unwrap();
    store.remove(Digest::of(COMPONENT)).unwrap();
    assert_eq!(temporary.names(), Vec::<String>::new());
    assert!(matches!(store.remove(Digest::of(COMPONENT)), Err(VersionStoreError::Missing { .. })));
}

#[test]
fn activations_at_the_same_time_are_all_kept() {
    let temporary = Temporary::new("turns");
    let live = temporary.add(STRICT);
    thread::scope(|threads| {
        for thread in 0..4 {
            let (temporary, live) = (&temporary, &live);
            threads.spawn(move || {
                let store = VersionStore::open(&temporary.folder).unwrap();
                (0..4).for_each(|n| drop(store.record(live, live, NONE, AT + thread * 100 + n).unwrap()));
            });
        }
    });
    assert_eq!(temporary.store.history().unwrap().activations().len(), 16);
    assert_eq!(temporary.names().len(), 2);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let nowhere = env::temp_dir().join("clearance-versions-nowhere");
    let error = VersionStore::open(&nowhere).unwrap_err().to_string();
    assert!(error.contains("clearance-versions-nowhere"), "{error}");
    assert!(!Path::new(&nowhere).exists());
}

/// The version that ran before anything was made live here was live, though nobody recorded it then.
#[test]
fn what_ran_before_the_first_activation_may_come_back() {
    let temporary = Temporary::new("first");
    let store = &temporary.store;
    let built_in = VersionLabel { digest: Digest::of(LANGWATCH), name: "langwatch".into(), semver: "1.0.0".parse().unwrap() };
    let next = VersionLabel { name: "langwatch".into(), semver: "1.1.0".parse().unwrap(), ..temporary.add(STRICT) };
    store.record(&next, &built_in, NONE, AT).unwrap();
    let history = store.history().unwrap();
    assert_eq!((history.live().map(|live| &live.version), history.activations().len()), (Some(&next), 2));
    let back = store.record(&built_in, &next, NONE, AT + 1).unwrap();
    assert_eq!(back.live().unwrap().version, built_in);
}

#[test]
fn what_is_pinned_survives_and_stays() {
    let temporary = Temporary::new("pinned");
    let Temporary { store, folder, .. } = &temporary;
    let (live, other) = (temporary.add(STRICT), temporary.add(COMPONENT));
    let built_in = VersionLabel { digest: Digest::of(LANGWATCH), ..live.clone() };
    assert_eq!(store.pins().unwrap(), []);
    store.pin("globex", &other, &live, ALL, AT).unwrap();
    store.pin("acme", &other, &live, ALL, AT + 1).unwrap();
    store.pin("globex", &built_in, &live, ALL, AT + 2).unwrap();

    // As another process finds it.
    let store = VersionStore::open(folder).unwrap();
    let pin = |organization: &str, version, at| Pin { organization: organization.into(), version, at };
    assert_eq!(store.pins().unwrap(), [pin("acme", other.digest, AT + 1), pin("globex", built_in.digest, AT + 2)]);
    assert_eq!(store.history().unwrap().activations(), [], "it is live nowhere");
    let refused = store.remove(other.digest);
    assert!(matches!(&refused, Err(VersionStoreError::Pinned { organization, .. }) if organization == "acme"), "{refused:?}");

    assert_eq!(store.unpin("acme", AT + 3).unwrap(), other.digest);
    assert!(matches!(store.unpin("acme", AT + 3), Err(VersionStoreError::NotPinned { .. })));
    assert_eq!(store.pins().unwrap().len(), 1);
    store.remove(other.digest).unwrap();
}

/// A pin that somebody ended is told from one that is lost.
#[test]
fn an_ended_pin_is_remembered_until_the_next_one() {
    let temporary = Temporary::new("ended");
    let Temporary { store, folder, .. } = &temporary;
    let (live, other) = (temporary.add(STRICT), temporary.add(COMPONENT));
    store.pin("acme", &other, &live, ALL, AT).unwrap();
    let file = || std::fs::read_to_string(folder.join("pins.json")).unwrap();
    assert!(!file().contains("unpinned"), "as it was before the list came to be");
    store.unpin("acme", AT + 1).unwrap();
    let ended = |organization: &str, at| Unpinned { organization: organization.into(), at };
    assert_eq!((store.pins().unwrap(), store.unpinned().unwrap()), (vec![], vec![ended("acme", AT + 1)]));
    store.pin("acme", &other, &live, ALL, AT + 2).unwrap();
    assert_eq!((store.pins().unwrap().len(), store.unpinned().unwrap()), (1, vec![]));
    let twice = file().replace("\n}", ",\n  \"unpinned\": [{\"organization\": \"acme\", \"at\": \"2027-01-01T00:00:00Z\"}]\n}");
    std::fs::write(folder.join("pins.json"), twice).unwrap();
    assert!(matches!(store.unpinned(), Err(VersionStoreError::Pins { problem, .. }) if problem.contains("`unpinned[0]`")));
}

/// What was noted and did not happen is taken back, and nothing else is.
#[test]
fn what_did_not_happen_is_taken_back() {
    let temporary = Temporary::new("withdrawn");
    let store = &temporary.store;
    let (one, two) = (temporary.add(STRICT), temporary.add(COMPONENT));
    store.record(&one, &one, ALL, AT).unwrap();
    let recorded = store.record(&two, &one, ALL, AT + 1).unwrap();
    store.withdraw(&recorded).unwrap();
    assert_eq!(store.history().unwrap().live().unwrap().version, one);
    assert!(!store.history().unwrap().had_live(two.digest), "it never was live");
    let recorded = store.record(&two, &one, ALL, AT + 2).unwrap();
    store.record(&one, &two, ALL, AT + 3).unwrap();
    store.withdraw(&recorded).unwrap();
    assert_eq!(store.history().unwrap().activations().len(), 3, "somebody else has added to it");
}

#[test]
fn what_is_not_permitted_or_not_there_is_not_pinned() {
    let temporary = Temporary::new("unpinned");
    let store = &temporary.store;
    let live = temporary.add(STRICT);
    store.record(&live, &live, NONE, AT).unwrap();
    let other = VersionLabel { name: "other".into(), ..live.clone() };
    let lower = VersionLabel { semver: "0.1.0".parse().unwrap(), digest: Digest::of(LANGWATCH), ..live.clone() };
    let missing = VersionLabel { digest: Digest::of(b"missing"), ..live.clone() };
    let refused = store.pin("acme", &other, &live, NONE, AT);
    assert!(matches!(refused, Err(VersionStoreError::Refused(ActivationError::OtherName { .. }))), "{refused:?}");
    let refused = store.pin("acme", &lower, &live, NONE, AT);
    assert!(matches!(refused, Err(VersionStoreError::Refused(ActivationError::Downgrade { .. }))), "{refused:?}");
    assert!(matches!(store.pin("acme", &missing, &live, NONE, AT), Err(VersionStoreError::Missing { .. })));
    assert!(!temporary.folder.join("pins.json").exists());
}

#[test]
fn damaged_pins_are_an_error_and_not_none() {
    let temporary = Temporary::new("pins");
    let Temporary { store, folder, .. } = &temporary;
    let version = temporary.add(STRICT);
    let row = |digest: &str| format!(r#"{{"organization":"acme","digest":"{digest}","at":"2026-01-02T00:00:00.000Z"}}"#);
    let (sound, digits) = (row(&version.digest.to_string()), row("sha256:12"));
    let twice = format!(r#"{{"format":1,"pins":[{sound},{sound}]}}"#);
    for (text, problem) in [
        ("", "EOF while parsing"),
        (r#"{"format":2,"pins":[]}"#, "`format` is 2"),
        (r#"{"format":1,"pins":[{}]}"#, "missing field `organization`"),
        (&*format!(r#"{{"format":1,"pins":[{digits}]}}"#), "`pins[0]`: `digest` is `sha256:12`"),
        (&*twice, "`pins[1]`: `organization` is `acme`, which is pinned already"),
        (&*twice.replace("2026", "soon"), "`pins[0]`: `at` is `soon-01-02T00:00:00.000Z`"),
    ] {
        fs::write(folder.join("pins.json"), text).unwrap();
        let error = store.pins().unwrap_err();
        assert!(matches!(error, VersionStoreError::Pins { .. }) && error.to_string().contains(problem), "{error}");
        assert!(matches!(store.pin("b", &version, &version, ALL, AT), Err(VersionStoreError::Pins { .. })), "{text}");
        assert!(matches!(store.unpin("acme", AT), Err(VersionStoreError::Pins { .. })), "{text}");
        assert!(matches!(store.remove(version.digest), Err(VersionStoreError::Pins { .. })), "{text}");
        assert_eq!(fs::read_to_string(folder.join("pins.json")).unwrap(), text);
    }
}
