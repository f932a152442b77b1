//! Compiled code that is kept from one process to the next.

use std::{
    fs::{self, File},
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{Digest, stored_file};

/// How a file begins: what it is, and how it goes on. Then come the sum and the code.
const MAGIC: &[u8] = b"clearance compiled code 1\n";
/// The bytes of a SHA-256.
const SUM_BYTES: usize = 32;
/// The bits of a mode that let others than the owner write.
#[cfg(unix)]
const OTHERS_WRITE_BITS: u32 = 0o022;
/// The bit of a folder's mode that keeps everybody from moving or removing what belongs to somebody else.
#[cfg(unix)]
const STICKY_BIT: u32 = 0o1000;
/// The number of the user who can change everything anyway.
#[cfg(unix)]
const ROOT_USER: u32 = 0;
/// The most bytes of a file: code has some ten times the bytes of its component.
const MAX_CODE_BYTES: usize = 1 << 30;

/// A folder with compiled code, for an [`Engine`](crate::Engine) to start from.
///
/// Compiled code runs as it is: a user who can write a file of this folder can do everything that this user can do. So the folder is
/// used only while it belongs to this user and nobody else can write it, nor put another folder in its place: each folder above it
/// belongs to this user or to root, and nobody else can write it or it is sticky, as `/tmp` is. A file is used only where it belongs
/// to this user, nobody else can write it and its content adds up, and what was compiled from other bytes or for another engine is
/// not used at all. If something is wrong with a file, the component is compiled as if the file did not exist, and the file is
/// written anew.
///
/// This crate never removes a file. You may delete the whole folder at any time.
#[derive(Debug)]
pub struct CodeCache {
    folder: PathBuf,
    /// This user, as files are owned.
    user: u32,
}

/// Why a folder is not used for compiled code.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodeCacheError {
    /// This system is not Unix, so nobody can tell which users may write the folder.
    #[error("compiled code is kept on Unix only")]
    Unsupported,
    /// The folder cannot be made, read or written.
    #[error("`{}` cannot hold compiled code", folder.display())]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        problem: io::Error,
    },
    /// The folder belongs to another user.
    #[error("`{}` cannot hold compiled code: it belongs to user {owner}, and this is user {user}: name a folder of your own", folder.display())]
    Owner {
        /// The folder.
        folder: PathBuf,
        /// The number of the user whose folder it is.
        owner: u32,
        /// The number of this user.
        user: u32,
    },
    /// A folder above it belongs to another user, who can put another folder in its place.
    #[error(
        "`{}` cannot hold compiled code: `{}` above it belongs to user {owner}, and this is user {user}: name a folder that lies in folders of your own or of root",
        folder.display(),
        parent.display()
    )]
    ParentOwner {
        /// The folder.
        folder: PathBuf,
        /// The folder above it.
        parent: PathBuf,
        /// The number of the user whose folder that is.
        owner: u32,
        /// The number of this user.
        user: u32,
    },
    /// Others can write a folder above it, and so put another one in its place.
    #[error(
        "`{}` cannot hold compiled code: others can write `{}` above it (mode {mode:03o}): `chmod go-w` that",
        folder.display(),
        parent.display()
    )]
    ParentOthersWrite {
        /// The folder.
        folder: PathBuf,
        /// The folder above it.
        parent: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others can write the folder.
    #[error("`{}` cannot hold compiled code: others can write it (mode {mode:03o}): `chmod go-w` it", folder.display())]
    OthersWrite {
        /// The folder.
        folder: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl CodeCache {
    /// Opens a folder. If it does not exist, makes it so that only this user can read and write it.
    ///
    /// # Errors
    ///
    /// [`CodeCacheError`] says why the folder is not used. [`Engine::new`](crate::Engine::new) needs no folder.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, CodeCacheError> {
        let folder = folder.as_ref();
        let cache = Self::make(folder).map_err(|problem| match problem.kind() {
            io::ErrorKind::Unsupported => CodeCacheError::Unsupported,
            _ => CodeCacheError::Unusable { folder: folder.into(), problem },
        })?;
        cache.check()?;
        Ok(cache)
    }

    #[cfg(unix)]
    fn make(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // A link is followed once, now.
        let folder = folder.canonicalize()?;
        // A file that this user makes shows who this user is.
        let (file, path) = stored_file::create_beside(&folder.join("user"))?;
        let user = file.metadata().map(|metadata| metadata.uid());
        fs::remove_file(path)?;
        Ok(Self { folder, user: user? })
    }

    #[cfg(not(unix))]
    fn make(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(unix)]
    fn check(&self) -> Result<(), CodeCacheError> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        let Self { folder, user } = self;
        let unusable = |problem| CodeCacheError::Unusable { folder: folder.clone(), problem };
        let look = |path: &Path| {
            let metadata = fs::symlink_metadata(path).map_err(unusable)?;
            Ok((metadata.uid(), metadata.permissions().mode() & (STICKY_BIT | 0o777)))
        };
        let (folder, user) = (folder.clone(), *user);
        // The path has no links, so what is above is what is found on the way.
        for parent in self.folder.ancestors().skip(1) {
            let (owner, mode) = look(parent)?;
            let parent = parent.to_path_buf();
            if owner != user && owner != ROOT_USER {
                return Err(CodeCacheError::ParentOwner { folder, parent, owner, user });
            }
            if mode & OTHERS_WRITE_BITS != 0 && mode & STICKY_BIT == 0 {
                return Err(CodeCacheError::ParentOthersWrite { folder, parent, mode });
            }
        }
        match look(&folder)? {
            (owner, _) if owner != user => Err(CodeCacheError::Owner { folder, owner, user }),
            (_, mode) if mode & OTHERS_WRITE_BITS != 0 => Err(CodeCacheError::OthersWrite { folder, mode: mode & 0o777 }),
            _ => Ok(()),
        }
    }

    #[cfg(not(unix))]
    fn check(&self) -> Result<(), CodeCacheError> {
        Err(CodeCacheError::Unsupported)
    }

    /// The code of a component for an engine, if it is there and as it was written.
    pub(crate) fn get(&self, component: Digest, engine: &Fingerprint) -> Option<Vec<u8>> {
        self.check().ok()?;
        let file = stored_file::open(&self.path(component, engine), File::options().read(true)).ok()?;
        // The open file counts: the name may stand for another one by now.
        self.is_own(&file.metadata().ok()?).then_some(())?;
        let mut content = stored_file::read_from(&file, MAX_CODE_BYTES).ok()?;
        let (magic, rest) = content.split_at_checked(MAGIC.len())?;
        let (found, code) = rest.split_at_checked(SUM_BYTES)?;
        if magic != MAGIC || found != sum(component, engine, code) {
            return None;
        }
        content.drain(..MAGIC.len() + SUM_BYTES);
        Some(content)
    }

    /// Keeps the code of a component for an engine. Where that cannot be done, nothing is kept: the next start compiles again.
    pub(crate) fn put(&self, component: Digest, engine: &Fingerprint, code: &[u8]) {
        if self.check().is_ok() {
            let content = [MAGIC, &sum(component, engine, code), code].concat();
            let _ = stored_file::write(&self.path(component, engine), &content);
        }
    }

    fn path(&self, component: Digest, engine: &Fingerprint) -> PathBuf {
        let engine: String = engine.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{}-{engine}.code", component.hex()))
    }

    #[cfg(unix)]
    fn is_own(&self, file: &fs::Metadata) -> bool {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        file.is_file() && file.uid() == self.user && file.permissions().mode() & OTHERS_WRITE_BITS == 0
    }

    #[cfg(not(unix))]
    fn is_own(&self, _: &fs::Metadata) -> bool {
        false
    }
}

/// Covers what the code was compiled from and for, so that a file under another name is not taken for what that name says.
fn sum(component: Digest, engine: &Fingerprint, code: &[u8]) -> [u8; SUM_BYTES] {
    let sum = Sha256::new().chain_update(MAGIC).chain_update(component.as_bytes()).chain_update(engine.0);
    sum.chain_update(code).finalize().into()
}

/// Equal for engines that can run each other's code: the runtime's version, its settings and what the processor can do.
pub(crate) struct Fingerprint([u8; SUM_BYTES]);

impl Fingerprint {
    pub(crate) fn of(engine: &wasmtime::Engine) -> Self {
        let mut hasher = Sum(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Self(hasher.0.finalize().into())
    }
}

/// The runtime gives its fingerprint as something to be hashed. The hashes of the standard library are too short.
struct Sum(Sha256);

impl Hasher for Sum {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let sum: [u8; SUM_BYTES] = self.0.clone().finalize().into();
        sum.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

#[cfg(test)]
mod tests;
