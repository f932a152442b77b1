//! The authorizer of Clearance as a C library: `clearance.h` describes every function.
//!
//! A caller hands in texts with their lengths and places for what comes out. Every function answers a status, and never lets a panic out:
//! the crate below turns one into the error `lost`. Ownership is simple: what a function writes into a place of the caller is the caller's,
//! and there are two things to free, an authorizer and an answer in JSON.
#![expect(unsafe_code, reason = "functions that C calls have no other form")]
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod output;
mod text;

use std::{
    ffi::c_char,
    panic::{AssertUnwindSafe, catch_unwind},
};

use clearance_native::{Authorizer, Error, Options, PlaceId, Policy, PrincipalId};

pub use output::{Answer, Decision, Failure};
pub use text::Text;

/// The call did what it says.
pub const OK: i32 = 0;
/// The call did nothing, and the error says why. This is never a denial, and never an allow.
pub const FAILED: i32 = 1;

/// The principal is a user.
pub const USER: u32 = 0;
/// The principal is a key.
pub const KEY: u32 = 1;
/// The principal is the older key of a project, named by the id of the project.
pub const PROJECT_KEY: u32 = 2;

/// The place is an organization.
pub const ORGANIZATION: u32 = 0;
/// The place is a team.
pub const TEAM: u32 = 1;
/// The place is a project.
pub const PROJECT: u32 = 2;

/// What an authorizer is loaded with. All zero bytes are the defaults.
#[repr(C)]
pub struct LoadOptions {
    /// The bytes of a policy. A null pointer: the default policy, which is part of this library.
    pub policy: Text,
    /// The signature of the policy by minisign. Empty: none.
    pub signature: Text,
    /// The public keys of minisign whose owners may say what a policy is. May be null where `trusted_keys_length` is 0.
    pub trusted_keys: *const Text,
    /// How many there are.
    pub trusted_keys_length: usize,
    /// A folder where compiled code is kept. Empty: none.
    pub code_cache: Text,
    /// Not 0: a policy that nobody signed is taken.
    pub allow_unsigned: u8,
}

/// The present moment, in milliseconds since 1970-01-01T00:00:00Z. Negative, which is refused as a moment, where the clock cannot be read.
#[unsafe(no_mangle)]
pub extern "C" fn clearance_now() -> i64 {
    let now = clearance_native::clock();
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and what is not a number is found before")]
    if now.is_finite() { now as i64 } else { -1 }
}

/// Loads the text of a directory file, and writes a new authorizer to `out`: free it with `clearance_free`. `options` may be null.
///
/// # Safety
///
/// Every pointer is null where this page allows it, or points to what its type says, for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_load(
    directory: *const c_char,
    directory_length: usize,
    options: *const LoadOptions,
    out: *mut *mut Authorizer,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (directory, (policy, options)) = unsafe {
            put(out, std::ptr::null_mut())?;
            (Text::new(directory, directory_length).text("directory")?, read(options.as_ref())?)
        };
        let authorizer = Box::new(Authorizer::load(directory, policy, options)?);
        // SAFETY: as above.
        unsafe { put(out, Box::into_raw(authorizer)) }
    })
}

/// Reads what an authorizer is loaded with.
///
/// # Safety
///
/// As for [`clearance_load`].
unsafe fn read<'a>(options: Option<&LoadOptions>) -> Result<(Option<Policy<'a>>, Options), Error> {
    let Some(options) = options else { return Ok((None, Options::default())) };
    let LoadOptions { policy, signature, trusted_keys, trusted_keys_length, code_cache, allow_unsigned } = options;
    if trusted_keys.is_null() && *trusted_keys_length > 0 {
        return Err(null("trusted_keys"));
    }
    // SAFETY: it is not null where it has a length, and the caller says how many there are.
    let keys =
        if *trusted_keys_length == 0 { &[] } else { unsafe { std::slice::from_raw_parts(*trusted_keys, *trusted_keys_length) } };
    // SAFETY: the caller keeps every text for the time of the call.
    let keys = keys.iter().map(|key| unsafe { key.text("trusted_keys") }.map(str::to_owned)).collect::<Result<_, _>>()?;
    // SAFETY: as above.
    let (folder, policy) = unsafe { (code_cache.text("code_cache")?, Text::policy(*policy, *signature)?) };
    let options = Options {
        trusted_keys: keys,
        allow_unsigned: *allow_unsigned != 0,
        code_cache: (!folder.is_empty()).then(|| folder.into()),
        ..Options::default()
    };
    Ok((policy, options))
}

/// Frees an authorizer, once no thread uses it. Null is nothing.
///
/// # Safety
///
/// The pointer came from [`clearance_load`], and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_free(authorizer: *mut Authorizer) {
    if !authorizer.is_null() {
        // SAFETY: it was made by `Box::into_raw`, and the caller gives it back once.
        let authorizer = unsafe { Box::from_raw(authorizer) };
        // A panic out of here would cross to C; there is nobody to tell.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(authorizer)));
    }
}

/// May this principal do this here? `principal_kind` is `CLEARANCE_USER`, `CLEARANCE_KEY` or `CLEARANCE_PROJECT_KEY`, `place_kind` is
/// `CLEARANCE_ORGANIZATION`, `CLEARANCE_TEAM` or `CLEARANCE_PROJECT`, and `now` is in milliseconds since 1970-01-01T00:00:00Z.
///
/// The decision is written to `out` where the status is `CLEARANCE_OK`, and denies where it is not.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_check(
    authorizer: *const Authorizer,
    principal_kind: u32,
    principal: *const c_char,
    principal_length: usize,
    permission: *const c_char,
    permission_length: usize,
    place_kind: u32,
    place: *const c_char,
    place_length: usize,
    now: i64,
    out: *mut Decision,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, principal, permission, place) = unsafe {
            put(out, Decision::denial())?;
            (
                of(authorizer)?,
                Text::new(principal, principal_length).text("principal")?,
                Text::new(permission, permission_length).text("permission")?,
                Text::new(place, place_length).text("place")?,
            )
        };
        let principal = match principal_kind {
            USER => PrincipalId::User(principal),
            KEY => PrincipalId::Key(principal),
            PROJECT_KEY => PrincipalId::ProjectKey(principal),
            _ => return Err(Error::malformed("`principal_kind` must be the kind of a principal").in_field("principal_kind")),
        };
        let place = match place_kind {
            ORGANIZATION => PlaceId::Organization(place),
            TEAM => PlaceId::Team(place),
            PROJECT => PlaceId::Project(place),
            _ => return Err(Error::malformed("`place_kind` must be the kind of a place").in_field("place_kind")),
        };
        let decision = authorizer.check(principal, permission, place, moment(now))?;
        // SAFETY: as above.
        unsafe { put(out, Decision::of(&decision)) }
    })
}

/// Answers a request in JSON: see `embed/README.md`. The answer is written to `out`: free it with `clearance_answer_free`. `now` is when a
/// question is asked that does not say it.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_ask(
    authorizer: *const Authorizer,
    request: *const c_char,
    request_length: usize,
    now: i64,
    out: *mut Answer,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, request) = unsafe {
            put(out, Answer::default())?;
            (of(authorizer)?, Text::new(request, request_length).text("request")?)
        };
        let answer = authorizer.ask(request, moment(now))?;
        // SAFETY: as above.
        unsafe { put(out, Answer::new(answer)) }
    })
}

/// Frees an answer, and leaves zero bytes there. Null is nothing, and so is an answer that is all zero bytes.
///
/// # Safety
///
/// The pointer is null, or points to what [`clearance_ask`] wrote, or to zero bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_answer_free(answer: *mut Answer) {
    // SAFETY: it is null, or points to an answer, as the caller promises.
    if let Some(answer) = unsafe { answer.as_mut() } {
        // SAFETY: as the caller promises.
        unsafe { std::mem::take(answer).free() };
    }
}

/// Makes all changes of the data, or none: a list of changes in JSON, as `POST /v1/directory/changes` takes it.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_apply(
    authorizer: *const Authorizer,
    changes: *const c_char,
    changes_length: usize,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, changes) = unsafe { (of(authorizer)?, Text::new(changes, changes_length).text("changes")?) };
        authorizer.apply(changes)
    })
}

/// Makes another policy version the live one. Until it is compiled and checked, the old one answers. `signature` may be empty.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_swap(
    authorizer: *const Authorizer,
    policy: *const c_char,
    policy_length: usize,
    signature: *const c_char,
    signature_length: usize,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, policy) =
            unsafe { (of(authorizer)?, Text::policy(Text::new(policy, policy_length), Text::new(signature, signature_length))?) };
        authorizer.swap(policy.ok_or_else(|| null("policy"))?)
    })
}

/// Lets another version answer for one organization. `signature` may be empty.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_pin(
    authorizer: *const Authorizer,
    organization: *const c_char,
    organization_length: usize,
    policy: *const c_char,
    policy_length: usize,
    signature: *const c_char,
    signature_length: usize,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, organization, policy) = unsafe {
            (
                of(authorizer)?,
                Text::new(organization, organization_length).text("organization")?,
                Text::policy(Text::new(policy, policy_length), Text::new(signature, signature_length))?,
            )
        };
        authorizer.pin(organization, policy.ok_or_else(|| null("policy"))?)
    })
}

/// Lets the live version answer for an organization again.
///
/// # Safety
///
/// As for [`clearance_load`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clearance_unpin(
    authorizer: *const Authorizer,
    organization: *const c_char,
    organization_length: usize,
    error: *mut Failure,
) -> i32 {
    finish(error, || {
        // SAFETY: the caller keeps what these point to for the time of the call.
        let (authorizer, organization) =
            unsafe { (of(authorizer)?, Text::new(organization, organization_length).text("organization")?) };
        authorizer.unpin(organization)
    })
}

/// Runs a call, and writes why it failed. Nothing crosses to C but a status.
fn finish(error: *mut Failure, call: impl FnOnce() -> Result<(), Error>) -> i32 {
    let failed = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => return OK,
        Ok(Err(failed)) => failed,
        Err(_) => Error::lost(),
    };
    // SAFETY: it is null, or the caller keeps what it points to for the time of the call. Without a place for the error the status says enough.
    let _ = unsafe { put(error, Failure::of(&failed)) };
    FAILED
}

/// The authorizer that a pointer stands for.
///
/// # Safety
///
/// It is null, or came from [`clearance_load`] and is not freed as long as the answer is used.
unsafe fn of<'a>(authorizer: *const Authorizer) -> Result<&'a Authorizer, Error> {
    // SAFETY: as the caller promises.
    unsafe { authorizer.as_ref() }.ok_or_else(|| null("authorizer"))
}

/// Writes into a place of the caller, whatever was there before.
///
/// # Safety
///
/// `out` is null, or points to room for what is written.
unsafe fn put<T>(out: *mut T, value: T) -> Result<(), Error> {
    if out.is_null() {
        return Err(null("out"));
    }
    // SAFETY: it is not null, and the caller says that there is room.
    unsafe { out.write(value) };
    Ok(())
}

fn null(field: &str) -> Error {
    Error::malformed(format!("`{field}` must not be null")).in_field(field)
}

fn moment(now: i64) -> f64 {
    // Beyond the numbers that a float has exactly there are no moments: all of them are refused.
    #[expect(clippy::cast_precision_loss, reason = "what loses precision is refused")]
    let moment = now as f64;
    moment
}
