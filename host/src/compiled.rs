//! Components as code that this machine can run, compiled now or earlier.

#![expect(unsafe_code, reason = "the runtime cannot know who wrote the code that it is given")]

use wasmtime::component::Component;

use crate::{Digest, Engine};

/// A component that can be run.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    /// Whether it was compiled just now.
    new: bool,
}

impl Compiled {
    /// Takes the code that was kept, or compiles.
    pub(crate) fn new(engine: &Engine, digest: Digest, bytes: &[u8]) -> wasmtime::Result<Self> {
        if let Some(component) = load_kept(engine, digest) {
            return Ok(Self { component, new: false });
        }
        Ok(Self { component: Component::from_binary(engine.runtime(), bytes)?, new: true })
    }

    /// Whether nothing was kept that could be used.
    #[cfg(test)]
    pub(crate) fn is_new(&self) -> bool {
        self.new
    }

    /// Keeps the code, if the engine has a place for it. Called once it is known to be worth it.
    pub(crate) fn keep(&self, engine: &Engine, digest: Digest) {
        if let Some((cache, fingerprint)) = engine.cache()
            && self.new
            && let Ok(code) = self.component.serialize()
        {
            cache.put(digest, fingerprint, &code);
        }
    }
}

/// The code that was kept of these bytes for this engine. The runtime refuses code of other engines by itself, too.
fn load_kept(engine: &Engine, digest: Digest) -> Option<Component> {
    let (cache, fingerprint) = engine.cache()?;
    let code = cache.get(digest, fingerprint)?;
    // SAFETY: the code must be what `Component::serialize` gave, unchanged. `CodeCache::get` answers with what `CodeCache::put` was
    // given, which is called above with nothing else: the file is of a user and in a folder of a user who alone can write them, and
    // is this user; and its SHA-256 covers the code, the component it came from and the engine it is for. A file that another
    // program of this user made up with all of that could harm nobody but this user, who can run code without it.
    unsafe { Component::deserialize(engine.runtime(), code) }.ok()
}
