//! What a call writes into places of the caller.

use std::ffi::c_char;

use clearance_native::Error;

/// A decision. Every text ends with a zero byte. There is nothing to free.
#[repr(C)]
pub struct Decision {
    /// 1 where the principal has the permission, else 0.
    pub allow: u8,
    /// The rule that decided, as a word of the contract: `binding`, `owner-lacks`, `key-revoked`.
    pub reason: [c_char; 32],
    /// The id of the binding that grants. Empty unless the reason is `binding`.
    pub binding: [c_char; 256],
    /// The digest of the policy version that decided.
    pub policy: [c_char; 80],
}

/// Why a call did nothing. Every text ends with a zero byte; one that is too long is cut off. There is nothing to free.
#[repr(C)]
pub struct Failure {
    /// A word with hyphens, the same in every language: `malformed`, `trap`, `refused`, `lost`.
    pub code: [c_char; 32],
    /// A sentence for people: what is wrong, where, and what to do.
    pub message: [c_char; 1024],
    /// The field that is wrong, as a path. Empty where the error is not about one.
    pub field: [c_char; 256],
    /// Which change of a batch is refused, counted from 0. -1 where the error is not about one.
    pub index: i64,
}

/// An answer in JSON. Free it with `clearance_answer_free`.
#[repr(C)]
pub struct Answer {
    /// The text, in UTF-8. It does not end with a zero byte.
    pub data: *mut c_char,
    /// How many bytes.
    pub length: usize,
}

impl Default for Answer {
    fn default() -> Self {
        Self { data: std::ptr::null_mut(), length: 0 }
    }
}

impl Answer {
    pub(crate) fn new(text: String) -> Self {
        let bytes = text.into_bytes().into_boxed_slice();
        let length = bytes.len();
        Self { data: Box::into_raw(bytes).cast(), length }
    }

    /// # Safety
    ///
    /// It was made by [`new`](Self::new) or is the default one, and is freed once.
    pub(crate) unsafe fn free(self) {
        if !self.data.is_null() {
            let bytes = std::ptr::slice_from_raw_parts_mut(self.data.cast::<u8>(), self.length);
            // SAFETY: `new` made a box of as many bytes, and it is given back once.
            drop(unsafe { Box::from_raw(bytes) });
        }
    }
}

impl Decision {
    /// A denial without a reason: what is there until there is an answer.
    pub(crate) fn denial() -> Self {
        Self { allow: 0, reason: [0; 32], binding: [0; 256], policy: [0; 80] }
    }

    pub(crate) fn of(decision: &clearance_native::Decision) -> Self {
        Self {
            allow: u8::from(decision.allow),
            reason: padded(decision.reason.as_str()),
            binding: padded(decision.binding.as_deref().unwrap_or_default()),
            policy: padded(&decision.policy.to_string()),
        }
    }
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            code: padded(error.code),
            message: padded(&error.message),
            field: padded(error.field.as_deref().unwrap_or_default()),
            index: error.index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1),
        }
    }
}

/// As much of a text as fits, up to the end of a character, and zero bytes.
fn padded<const ROOM: usize>(text: &str) -> [c_char; ROOM] {
    let end = text.floor_char_boundary(ROOM.saturating_sub(1));
    let mut room = [0; ROOM];
    for (place, byte) in room.iter_mut().zip(text.as_bytes().iter().take(end)) {
        *place = c_char::from_ne_bytes([*byte]);
    }
    room
}
