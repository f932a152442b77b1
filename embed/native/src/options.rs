//! What an authorizer is loaded with.

use std::path::PathBuf;

use clearance_host::{CodeCache, Engine, Limits};

use crate::Error;

/// Whom an authorizer trusts, what a policy may use, and where its compiled code is kept.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The public keys of minisign whose owners may say what a policy is: the text of a `.pub` file, or its second line.
    pub trusted_keys: Vec<String>,
    /// Whether a policy that nobody signed is taken. No signature is looked at then.
    pub allow_unsigned: bool,
    /// What one call of a policy may use.
    pub limits: Limits,
    /// A folder where compiled code is kept from one process to the next. `None` means that each process compiles anew.
    pub code_cache: Option<PathBuf>,
}

/// A policy to load.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The component, as `clearance policy build` wrote it.
    pub component: &'a [u8],
    /// Its signature: the text of a `.minisig` file.
    pub signature: Option<&'a str>,
}

impl Options {
    /// Whether a policy may be used.
    pub(crate) fn check_trust(&self, Policy { component, signature }: Policy<'_>) -> Result<(), Error> {
        if !self.allow_unsigned {
            clearance_embed::verify(component, signature, &self.trusted_keys).map_err(clearance_embed::Failure::from)?;
        }
        Ok(())
    }

    pub(crate) fn engine(&self) -> Result<Engine, Error> {
        Ok(match &self.code_cache {
            Some(folder) => Engine::with_cache(self.limits, CodeCache::open(folder)?)?,
            None => Engine::new(self.limits)?,
        })
    }
}
