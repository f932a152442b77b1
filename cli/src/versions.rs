//! Folders of policy versions, and who is trusted.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, bail};
use clearance::{Digest, PolicyVersion};
use clearance_host::Engine;
use clearance_keeper::Versions;
use clearance_rollout::{History, Pin, Signed, StoredVersion, Trust, TrustError, TrustedKey, VersionStore, VersionStoreError};
use serde::Serialize;

use crate::{
    arguments::{Keys, Trusted},
    code_cache, input,
    report::print_warning,
};

/// How the name of a signature ends, after the name of the component.
pub(crate) const SIGNATURE: &str = ".minisig";

/// Whom an operator trusts.
pub(crate) fn trust(Trusted { keys, allow_unsigned }: &Trusted) -> anyhow::Result<Trust> {
    let known = self::keys(keys)?;
    Ok(if *allow_unsigned { Trust::unsigned(known) } else { Trust::keys(known) })
}

pub(crate) fn keys(Keys { trust }: &Keys) -> anyhow::Result<Vec<TrustedKey>> {
    trust.iter().map(|file| Ok(TrustedKey::parse(&input::read_text(file)?, &file.to_string_lossy())?)).collect()
}

/// Says that what is used is not what the operator trusts.
pub(crate) fn warn(signed: &Signed) {
    if let Signed::Unverified(error) = signed {
        print_warning(&format!("it is used all the same, because of `--allow-unsigned`: {error}"));
    }
}

/// The versions of a folder, for a server.
pub(crate) fn of_server(folder: &Path, trusted: &Trusted) -> anyhow::Result<Versions> {
    Ok(Versions::new(VersionStore::open(folder)?, trust(trusted)?, code_cache::engine()?))
}

/// The version that is to run by what a folder remembers: the one that was live, or the built-in one where none ever was.
pub(crate) fn live(folder: &Path, trusted: &Trusted) -> anyhow::Result<PolicyVersion> {
    let store = VersionStore::open(folder)?;
    let trust = trust(trusted)?;
    let stored =
        store.live(&code_cache::engine()?, &trust).context("the version that was live cannot run, and none is guessed")?;
    match stored {
        Some(StoredVersion { version, signed, .. }) => {
            warn(&signed);
            Ok(version)
        }
        None => input::policy(None),
    }
}

/// The signature beside a component. `None` means that the file does not exist.
pub(crate) fn signature_beside(component: &Path) -> anyhow::Result<Option<String>> {
    let mut file = component.as_os_str().to_owned();
    file.push(SIGNATURE);
    match fs::read(&file) {
        // The caller refuses what is not a signature, and so what is not text.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", input::name(Path::new(&file)))),
    }
}

/// A folder to look at: nothing in it is used, so nothing need be trusted.
pub(crate) struct Look {
    pub(crate) store: VersionStore,
    history: History,
    pins: Vec<Pin>,
    trust: Trust,
    engine: Engine,
}

impl Look {
    pub(crate) fn at(folder: &Path, known: &Keys) -> anyhow::Result<Self> {
        let store = VersionStore::open(folder)?;
        Ok(Self {
            history: store.history()?,
            pins: store.pins()?,
            store,
            trust: Trust::unsigned(keys(known)?),
            engine: code_cache::engine()?,
        })
    }

    pub(crate) fn version(&self, digest: Digest) -> Result<StoredVersion, VersionStoreError> {
        self.store.get(&self.engine, &self.trust, digest)
    }

    pub(crate) fn live(&self, digest: Digest) -> Live {
        live_in(&self.history, digest)
    }

    /// The organizations that a version answers for, whichever is live.
    pub(crate) fn pinned(&self, digest: Digest) -> Vec<String> {
        pinned_to(&self.pins, digest)
    }
}

/// The organizations that are pinned to a version.
pub(crate) fn pinned_to(pins: &[Pin], digest: Digest) -> Vec<String> {
    pins.iter().filter(|pin| pin.version == digest).map(|pin| pin.organization.clone()).collect()
}

/// Whether a version is live by a history.
pub(crate) fn live_in(history: &History, digest: Digest) -> Live {
    match history.live() {
        Some(live) if live.version.digest == digest => Live::Now,
        _ if history.had_live(digest) => Live::Before,
        _ => Live::Never,
    }
}

/// Whether a version is live.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Live {
    Now,
    Before,
    Never,
}

impl Live {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Now => "live",
            Self::Before => "was live",
            Self::Never => "",
        }
    }
}

/// What there is to say of a signature.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignatureFields {
    signature: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
}

impl From<&Signed> for SignatureFields {
    fn from(signed: &Signed) -> Self {
        let signature = match signed {
            Signed::By { key, .. } => return Self { signature: "trusted", signed_by: Some(key.clone()) },
            Signed::BuiltIn => "builtIn",
            Signed::Unverified(TrustError::Unsigned { .. }) => "unsigned",
            Signed::Unverified(TrustError::NoKeys { .. }) => "unchecked",
            Signed::Unverified(TrustError::Stranger { .. }) => "stranger",
            Signed::Unverified(_) => "wrong",
        };
        Self { signature, signed_by: None }
    }
}

impl SignatureFields {
    /// The same for people.
    pub(crate) fn words(&self) -> String {
        match (self.signature, &self.signed_by) {
            (_, Some(key)) => format!("by `{key}`"),
            ("builtIn", None) => "built in".into(),
            ("unchecked", None) => "not checked".into(),
            ("stranger", None) => "by an unknown key".into(),
            (word, None) => word.into(),
        }
    }
}

/// Trust that is given for nothing is a mistake.
pub(crate) fn without_folder(Trusted { keys, allow_unsigned }: &Trusted) -> anyhow::Result<()> {
    if *allow_unsigned || !keys.trust.is_empty() {
        bail!("`--trust` and `--allow-unsigned` are about the versions of a folder: name it with `--policies`");
    }
    Ok(())
}
