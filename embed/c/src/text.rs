//! Texts and bytes that a caller hands in.

use std::ffi::c_char;

use clearance_native::{Error, Policy};

use crate::null;

/// A text in UTF-8, or bytes, with a length: it needs no zero byte at its end. The caller keeps it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    /// May be null where the length is 0.
    pub data: *const c_char,
    /// How many bytes.
    pub length: usize,
}

impl Text {
    pub(crate) fn new(data: *const c_char, length: usize) -> Self {
        Self { data, length }
    }

    /// The bytes.
    ///
    /// # Safety
    ///
    /// `data` is null, or points to `length` bytes that nobody changes as long as the answer is used.
    unsafe fn bytes<'a>(self, field: &str) -> Result<&'a [u8], Error> {
        if self.length == 0 {
            return Ok(&[]);
        }
        if self.data.is_null() {
            return Err(null(field));
        }
        if isize::try_from(self.length).is_err() {
            return Err(Error::malformed(format!("the length of `{field}` is not one")).in_field(field));
        }
        // SAFETY: it is not null, not longer than memory, and the caller says that it is there.
        Ok(unsafe { std::slice::from_raw_parts(self.data.cast(), self.length) })
    }

    /// The text.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    pub(crate) unsafe fn text<'a>(self, field: &str) -> Result<&'a str, Error> {
        // SAFETY: as the caller promises.
        let bytes = unsafe { self.bytes(field)? };
        std::str::from_utf8(bytes).map_err(|error| {
            Error::malformed(format!("`{field}` is not UTF-8 from byte {} on", error.valid_up_to())).in_field(field)
        })
    }

    /// A policy with its signature, if there is one. `None` means that the pointer to the policy is null.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes), for both.
    pub(crate) unsafe fn policy<'a>(component: Self, signature: Self) -> Result<Option<Policy<'a>>, Error> {
        if component.data.is_null() && component.length == 0 {
            return Ok(None);
        }
        // SAFETY: as the caller promises.
        let (component, signature) = unsafe { (component.bytes("policy")?, signature.text("signature")?) };
        Ok(Some(Policy { component, signature: (!signature.is_empty()).then_some(signature) }))
    }
}
