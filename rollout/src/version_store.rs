//! The policy versions of a host, in a folder.

mod error;

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use clearance::{Digest, PolicyVersion, VersionLabel};
use clearance_host::{
    Engine, LANGWATCH,
    stored_file::{self, ReadError},
};
use clearance_policy::types::Timestamp;

use self::error::MIN_DIGEST_DIGITS;
pub use self::error::VersionStoreError;
use crate::{
    Exceptions, History, Pin, Signed, Trust, Unpinned,
    folder_lock::FolderLock,
    pins::{self, Pins},
};

/// How the name of a component ends, after the digits of its digest.
const COMPONENT: &str = ".wasm";
/// What the name of its signature has at the end besides.
const SIGNATURE: &str = ".minisig";
const HISTORY: &str = "history.json";
const PINS: &str = "pins.json";
/// A process that changes the folder locks this file, which has no content.
const LOCK: &str = ".lock";
/// How long a change waits for its turn, unless the program says otherwise. A turn writes two files at the most.
const DEFAULT_LOCK_WAIT: Duration = Duration::from_secs(30);
/// A component of the project has 50 KiB; 64 MiB is what an instance may use by default.
const MAX_COMPONENT_BYTES: usize = 64 << 20;
/// Minisign writes less than a thousandth, and comments of 8 KiB at the most.
const MAX_SIGNATURE_BYTES: usize = 64 << 10;
/// Enough for some 80,000 activations or pins.
const MAX_RECORD_BYTES: usize = 16 << 20;

/// A folder with policy versions, each named by its digest with its signature beside it, the [`History`] of what was live, and each
/// [`Pin`].
///
/// Every file is written whole or not at all. Several processes may use the folder: each waits for its turn to change it, at most
/// half a minute unless [`with_lock_wait`](VersionStore::with_lock_wait) says otherwise. Each time a version is read, it is
/// checked that it is a regular file that is not too large, that it has the digest of its name, that it is trusted, and that it
/// is a policy.
#[derive(Clone, Debug)]
pub struct VersionStore {
    folder: PathBuf,
    lock_wait: Duration,
}

/// A version from a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredVersion {
    /// The version, loaded.
    pub version: PolicyVersion,
    /// Who signed the version.
    pub signed: Signed,
}

impl VersionStore {
    /// Opens an existing folder.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Io`] where the path does not exist or is not a folder.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, VersionStoreError> {
        let folder = folder.into();
        match fs::metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => Ok(Self { folder, lock_wait: DEFAULT_LOCK_WAIT }),
            Ok(_) => Err(VersionStoreError::io(folder, ErrorKind::NotADirectory.into())),
            Err(problem) => Err(VersionStoreError::io(folder, problem)),
        }
    }

    /// Opens a folder, and makes it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Io`] where it cannot be made.
    pub fn create(folder: impl Into<PathBuf>) -> Result<Self, VersionStoreError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|problem| VersionStoreError::io(&folder, problem))?;
        Self::open(folder)
    }

    /// The same folder, where a change waits for its turn at most this long. Use it where other work waits for the change.
    #[must_use]
    pub fn with_lock_wait(self, lock_wait: Duration) -> Self {
        Self { lock_wait, ..self }
    }

    /// Adds a component with its signature, if it is trusted and a policy. A signature takes the place of an earlier one of the
    /// same component. A version in the store is not live yet: [`activate`](crate::activate()) and
    /// [`record`](Self::record) do that.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Untrusted`] or [`VersionStoreError::Load`]; any other error means that it cannot be written.
    pub fn add(
        &self,
        engine: &Engine,
        trust: &Trust,
        component: &[u8],
        signature: Option<&str>,
    ) -> Result<StoredVersion, VersionStoreError> {
        let signed = trust.verify(component, signature)?;
        let digest = Digest::of(component);
        let version = engine.load(component).map_err(|error| VersionStoreError::Load { digest, error })?;
        let _lock = self.lock()?;
        let path = self.component(digest);
        check_size(&path, component.len(), MAX_COMPONENT_BYTES)?;
        // The signature first: where it ends after one of the two, there is no version that was signed and now is not.
        if let Some(signature) = signature {
            write(&signature_of(&path), signature.as_bytes(), MAX_SIGNATURE_BYTES)?;
        }
        write(&path, component, MAX_COMPONENT_BYTES)?;
        Ok(StoredVersion { version, signed })
    }

    /// The digests of all versions, sorted.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Io`] where the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Digest>, VersionStoreError> {
        let failed = |problem| VersionStoreError::io(&self.folder, problem);
        let mut digests = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let digits = name.to_str().and_then(|name| name.strip_suffix(COMPONENT));
            digests.extend(digits.and_then(|digits| format!("sha256:{digits}").parse::<Digest>().ok()));
        }
        digests.sort_unstable();
        Ok(digests)
    }

    /// The digest of the one version, in the store or built in, whose digest begins with this text: `sha256:` and digits, or
    /// digits alone, at least four of them.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::NoDigest`], [`VersionStoreError::Missing`] and [`VersionStoreError::Ambiguous`].
    pub fn find(&self, wanted: &str) -> Result<Digest, VersionStoreError> {
        let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !(MIN_DIGEST_DIGITS..=64).contains(&digits.len()) || !digits.bytes().all(is_digit) {
            return Err(VersionStoreError::NoDigest { wanted: wanted.into() });
        }
        let mut found = self.list()?;
        let built_in = Digest::of(LANGWATCH);
        if !found.contains(&built_in) {
            found.push(built_in);
        }
        found.retain(|digest| digest.hex().starts_with(digits));
        match *found {
            [digest] => Ok(digest),
            [] => Err(VersionStoreError::Missing { folder: self.folder.clone(), wanted: wanted.into() }),
            _ => Err(VersionStoreError::Ambiguous { wanted: wanted.into(), count: found.len() }),
        }
    }

    /// Loads a version. The built-in one is always there.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Missing`], [`VersionStoreError::Damaged`], [`VersionStoreError::Untrusted`] and
    /// [`VersionStoreError::Load`], in this order.
    pub fn get(&self, engine: &Engine, trust: &Trust, digest: Digest) -> Result<StoredVersion, VersionStoreError> {
        let load = |bytes: &[u8]| engine.load(bytes).map_err(|error| VersionStoreError::Load { digest, error });
        if digest == Digest::of(LANGWATCH) {
            return Ok(StoredVersion { version: load(LANGWATCH)?, signed: Signed::BuiltIn });
        }
        let component = self.bytes(digest)?;
        let signature = self.signature(digest)?;
        let signed = trust.verify(&component, signature.as_deref())?;
        Ok(StoredVersion { version: load(&component)?, signed })
    }

    /// The bytes of the component with this digest. The digest is checked, and the signature is not.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Missing`] or [`VersionStoreError::Damaged`]; any other error means that it cannot be read.
    pub fn bytes(&self, digest: Digest) -> Result<Vec<u8>, VersionStoreError> {
        let path = self.component(digest);
        let missing = || VersionStoreError::Missing { folder: self.folder.clone(), wanted: digest.to_string() };
        let bytes = read(&path, MAX_COMPONENT_BYTES)?.ok_or_else(missing)?;
        match Digest::of(&bytes) {
            found if found == digest => Ok(bytes),
            found => Err(VersionStoreError::Damaged { path, found }),
        }
    }

    /// The text of the signature of a version. `None` means that there is no such file.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError`] where the file exists and cannot be read.
    pub fn signature(&self, digest: Digest) -> Result<Option<String>, VersionStoreError> {
        let bytes = read(&signature_of(&self.component(digest)), MAX_SIGNATURE_BYTES)?;
        // Bytes that are not a text are a signature that cannot be read.
        Ok(bytes.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
    }

    /// Removes a version with its signature, also a damaged one.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Live`], [`VersionStoreError::Pinned`] or [`VersionStoreError::Missing`]; any other error means that
    /// it cannot be removed.
    pub fn remove(&self, digest: Digest) -> Result<(), VersionStoreError> {
        let _lock = self.lock()?;
        if self.history()?.live().is_some_and(|live| live.version.digest == digest) {
            return Err(VersionStoreError::Live { digest });
        }
        if let Some(Pin { organization, .. }) = self.pins()?.into_iter().find(|pin| pin.version == digest) {
            return Err(VersionStoreError::Pinned { digest, organization });
        }
        let path = self.component(digest);
        stored_file::remove(&path).map_err(|problem| match problem.kind() {
            ErrorKind::NotFound => VersionStoreError::Missing { folder: self.folder.clone(), wanted: digest.to_string() },
            _ => VersionStoreError::io(&path, problem),
        })?;
        let path = signature_of(&path);
        match stored_file::remove(&path) {
            Err(problem) if problem.kind() != ErrorKind::NotFound => Err(VersionStoreError::io(path, problem)),
            _ => Ok(()),
        }
    }

    /// The versions that were live so far. The history is empty if no version ever was.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::History`]: then nobody knows what is live, and nothing should be guessed.
    pub fn history(&self) -> Result<History, VersionStoreError> {
        let path = self.folder.join(HISTORY);
        match read(&path, MAX_RECORD_BYTES)? {
            Some(bytes) => {
                text(bytes).and_then(|text| History::parse(&text)).map_err(|problem| VersionStoreError::History { path, problem })
            }
            None => Ok(History::default()),
        }
    }

    /// Loads the version that is live by the history. `None` means that no version ever was.
    ///
    /// # Errors
    ///
    /// As for [`history`](Self::history) and [`get`](Self::get).
    pub fn live(&self, engine: &Engine, trust: &Trust) -> Result<Option<StoredVersion>, VersionStoreError> {
        let history = self.history()?;
        history.live().map(|live| self.get(engine, trust, live.version.digest)).transpose()
    }

    /// Stores that a version became live in place of another, if the history permits it, and returns the new history. The version
    /// must be built in, or in the store, so that the next start finds it.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Refused`], [`VersionStoreError::Missing`], [`VersionStoreError::Damaged`], or it cannot be written.
    pub fn record(
        &self,
        version: &VersionLabel,
        running: &VersionLabel,
        exceptions: Exceptions,
        at: Timestamp,
    ) -> Result<History, VersionStoreError> {
        let _lock = self.lock()?;
        let mut history = self.history()?;
        history.permits(version, running, exceptions)?;
        if version.digest != Digest::of(LANGWATCH) {
            self.bytes(version.digest)?;
        }
        // What ran before anything was made live was live as well, and may come back.
        if history.live().is_none() && running.digest != version.digest {
            history.record(running.clone(), at);
        }
        history.record(version.clone(), at);
        self.write_history(&history)?;
        Ok(history)
    }

    /// Takes back the last [`record`](Self::record), because the version did not become live after all. `recorded` is the history
    /// that `record` returned. If another process has added to the history since, nothing is taken back.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::History`]; any other error means that it cannot be written. The history then still says that the
    /// version is live.
    pub fn withdraw(&self, recorded: &History) -> Result<(), VersionStoreError> {
        let _lock = self.lock()?;
        let mut history = self.history()?;
        if history == *recorded {
            history.withdraw();
            self.write_history(&history)?;
        }
        Ok(())
    }

    fn write_history(&self, history: &History) -> Result<(), VersionStoreError> {
        let path = self.folder.join(HISTORY);
        let text = history.text().map_err(|error| VersionStoreError::io(&path, error.into()))?;
        write(&path, text.as_bytes(), MAX_RECORD_BYTES)
    }

    /// The organizations that are pinned to a version, sorted by id. The list is empty if none is.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Pins`]: then nobody knows which version answers, and nothing should be guessed.
    pub fn pins(&self) -> Result<Vec<Pin>, VersionStoreError> {
        self.read_pins().map(|pins| pins.pins)
    }

    /// The organizations whose pin was ended and that were not pinned again, sorted by id. If an organization was pinned once,
    /// and is in neither list, its pin was lost.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::Pins`]: then nobody knows which version answers, and nothing should be guessed.
    pub fn unpinned(&self) -> Result<Vec<Unpinned>, VersionStoreError> {
        self.read_pins().map(|pins| pins.unpinned)
    }

    /// The lists of [`pins`](Self::pins) and [`unpinned`](Self::unpinned), both from the same moment.
    ///
    /// # Errors
    ///
    /// As for [`pins`](Self::pins).
    pub fn pins_and_unpinned(&self) -> Result<(Vec<Pin>, Vec<Unpinned>), VersionStoreError> {
        self.read_pins().map(|Pins { pins, unpinned }| (pins, unpinned))
    }

    fn read_pins(&self) -> Result<Pins, VersionStoreError> {
        let path = self.folder.join(PINS);
        match read(&path, MAX_RECORD_BYTES)? {
            Some(bytes) => {
                text(bytes).and_then(|text| pins::parse(&text)).map_err(|problem| VersionStoreError::Pins { path, problem })
            }
            None => Ok(Pins::default()),
        }
    }

    /// Stores that a version answers for an organization from now on, if the history permits it. The version must be built in, or
    /// in the store.
    ///
    /// # Errors
    ///
    /// As for [`record`](Self::record), and [`VersionStoreError::Pins`].
    pub fn pin(
        &self,
        organization: &str,
        version: &VersionLabel,
        running: &VersionLabel,
        exceptions: Exceptions,
        at: Timestamp,
    ) -> Result<(), VersionStoreError> {
        let _lock = self.lock()?;
        self.history()?.permits(version, running, exceptions)?;
        if version.digest != Digest::of(LANGWATCH) {
            self.bytes(version.digest)?;
        }
        let mut pins = self.read_pins()?;
        pins.pin(Pin { organization: organization.to_owned(), version: version.digest, at });
        self.write_pins(&pins)
    }

    /// Stores that the live version answers for an organization again. Returns the digest of the version that it was pinned to.
    ///
    /// # Errors
    ///
    /// [`VersionStoreError::NotPinned`] or [`VersionStoreError::Pins`]; any other error means that it cannot be written.
    pub fn unpin(&self, organization: &str, at: Timestamp) -> Result<Digest, VersionStoreError> {
        let _lock = self.lock()?;
        let mut pins = self.read_pins()?;
        let Some(version) = pins.unpin(organization, at) else {
            return Err(VersionStoreError::NotPinned { organization: organization.to_owned() });
        };
        self.write_pins(&pins)?;
        Ok(version)
    }

    fn write_pins(&self, pins: &Pins) -> Result<(), VersionStoreError> {
        let path = self.folder.join(PINS);
        let text = pins::text(pins).map_err(|error| VersionStoreError::io(&path, error.into()))?;
        write(&path, text.as_bytes(), MAX_RECORD_BYTES)
    }

    fn component(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.hex() + COMPONENT)
    }

    /// Waits for a while until nobody else changes the folder. The operating system gives the lock back, however this process ends.
    fn lock(&self) -> Result<FolderLock, VersionStoreError> {
        let path = self.folder.join(LOCK);
        FolderLock::take(&path, self.lock_wait).map_err(|error| VersionStoreError::lock(path, error))
    }
}

/// The content of a file. `None` if there is no such file.
fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, VersionStoreError> {
    match stored_file::read(path, most) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Io(problem)) if problem.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VersionStoreError::read(path, error)),
    }
}

/// Writes a file, unless it is one that would not be read again.
fn write(path: &Path, bytes: &[u8], most: usize) -> Result<(), VersionStoreError> {
    check_size(path, bytes.len(), most)?;
    stored_file::write(path, bytes).map_err(|problem| VersionStoreError::io(path, problem))
}

fn check_size(path: &Path, found: usize, most: usize) -> Result<(), VersionStoreError> {
    if found > most { Err(VersionStoreError::TooLarge { path: path.into(), most }) } else { Ok(()) }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
}

fn signature_of(component: &Path) -> PathBuf {
    let mut path = component.as_os_str().to_owned();
    path.push(SIGNATURE);
    path.into()
}
