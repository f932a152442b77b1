//! The catalog that was put in.

use alloc::{boxed::Box, vec::Vec};
use core::arch::wasm32::unreachable;

use clearance_policy::catalog::Catalog;
use once_cell::race::OnceBox;

use crate::{Policy, arena, bindings::Guest};

static CATALOG: OnceBox<Catalog> = OnceBox::new();

/// The catalog. Traps where none was put in: there is no answer without one.
#[inline]
pub(crate) fn get() -> &'static Catalog {
    match CATALOG.get() {
        Some(catalog) => catalog,
        None => unreachable(),
    }
}

impl Guest for Policy {
    /// Puts the catalog in. Traps where there is one already, and on bytes that are not a catalog.
    fn init(bytes: Vec<u8>) {
        match Catalog::from_bytes(bytes.leak()).map(|catalog| CATALOG.set(Box::new(catalog))) {
            Some(Ok(())) => arena::keep(),
            Some(Err(_)) | None => unreachable(),
        }
    }
}
