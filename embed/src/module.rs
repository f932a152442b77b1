//! The functions that the module exports, and the two that it imports. `embed/README.md` describes them.
//!
//! A caller writes text at the address that `input` answers, calls, and reads what the words at `output` point to.
#![expect(unsafe_code, reason = "functions that cross the boundary of a module have no other form")]

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use clearance::{PlaceId, PrincipalId};
use clearance_question::{CallError, ComponentInfo, Guest};
use serde::Deserialize;
use serde_json::json;

use crate::{Checked, Failure, Opened, Session, open, verify};

#[link(wasm_import_module = "policy")]
unsafe extern "C" {
    /// Writes the question into the memory of the version, calls its `wire.decide`, and writes the answer to `answer`. Answers 0, or what
    /// [`stopped_by`] reads.
    fn decide(version: u32, question: *const u8, len: usize, answer: *mut u64) -> u32;
    /// The same with `wire.call`. The answer is written where `answer` of this module says. Answers 0, or what
    /// [`stopped_by`] reads.
    fn call(version: u32, question: *const u8, len: usize) -> u32;
}

/// How many bytes an answer of a policy may have, as with the Rust host.
const MAX_ANSWER_BYTES: usize = 16 << 20;
/// An input that grew beyond this is given back after the call.
const MAX_KEPT_BYTES: usize = 64 << 10;

/// What `check` answers where it failed. What it answers else is the number of the reason, and these bits.
const FAILED: u32 = 1 << 31;
/// An instance of a policy gave an answer that no policy may give: the glue must not use any instance again.
const SPOILT: u32 = 1 << 30;
/// The decision is an allow.
const ALLOWED: u32 = 1 << 8;
/// The third word of [`OUTPUT`] where no version is named.
const NO_VERSION: u32 = u32::MAX;

/// Where the answer of a call is: the address and the length of a text, the number of the version that decided, and the address and the
/// length of a core module. The text is the answer in JSON, the failure in JSON, or after `check` the id of the binding.
static OUTPUT: [AtomicU32; 5] = [const { AtomicU32::new(0) }; 5];

thread_local! {
    static SESSION: RefCell<Session<fn(u32) -> Outside>> = RefCell::new(Session::new(Outside));
    /// What the glue wrote for the next call.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// What a policy answered to `call`.
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// What [`OUTPUT`] points to.
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// The core module that was opened last.
    static CORE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static IS_SPOILT: Cell<bool> = const { Cell::new(false) };
}

/// A version that runs outside, by its number.
struct Outside(u32);

impl Guest for Outside {
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        let mut answer = 0;
        // SAFETY: the import reads `len` bytes at `question` and writes eight at `answer`; both live until it returns.
        let stopped = unsafe { decide(self.0, question.as_ptr(), question.len(), &raw mut answer) };
        stopped_by(stopped)?;
        if !accepts(answer) {
            IS_SPOILT.set(true);
        }
        Ok(())
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        // SAFETY: the import reads `len` bytes at `question`, which live until it returns. It writes where `answer` says alone.
        let stopped = unsafe { call(self.0, question.as_ptr(), question.len()) };
        // The buffer is taken away while it is read, so that a question inside of this one has one of its own.
        let answer = ANSWER.take();
        stopped_by(stopped)?;
        if !accepts(&answer) {
            IS_SPOILT.set(true);
        }
        if answer.len() <= MAX_KEPT_BYTES {
            ANSWER.replace(answer);
        }
        Ok(())
    }
}

/// What the glue says of a call: 0, or in the lowest four bits which limit it broke, and above them how high that is, in milliseconds or
/// KiB. What is none of these is a trap.
fn stopped_by(word: u32) -> Result<(), CallError> {
    let limit = word >> 4;
    let (time, bytes) = (Duration::from_millis(limit.into()), usize::try_from(limit).unwrap_or(usize::MAX).saturating_mul(1024));
    Err(match word & 0xf {
        0 if word == 0 => return Ok(()),
        2 => CallError::Deadline(time),
        3 => CallError::Timeout(time),
        4 => CallError::Memory(bytes),
        5 => CallError::Stack(bytes),
        6 => CallError::AnswerTooLarge(MAX_ANSWER_BYTES),
        _ => CallError::Trap("the runtime stopped it".into()),
    })
}

/// Makes room for `len` bytes of input, and answers where.
#[unsafe(no_mangle)]
extern "C" fn input(len: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.resize(len, 0);
        input.as_mut_ptr()
    })
}

/// Makes room for an answer of a policy, and answers where, or 0 where it has more bytes than one may have.
#[unsafe(no_mangle)]
extern "C" fn answer(len: usize) -> *mut u8 {
    if len > MAX_ANSWER_BYTES {
        return std::ptr::null_mut();
    }
    ANSWER.with_borrow_mut(|answer| {
        answer.resize(len, 0);
        answer.as_mut_ptr()
    })
}

/// The address of the words that say where an answer is. It stays.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const AtomicU32 {
    OUTPUT.as_ptr()
}

/// One decision. The input holds the id of the principal, the permission and the id of the place, one behind the other. `kinds` is the
/// kind of the principal (0 user, 1 key, 2 project key) and four times that of the place (0 organization, 1 team, 2 project).
#[unsafe(no_mangle)]
extern "C" fn check(kinds: u32, principal: usize, permission: usize, place: usize, now: f64) -> u32 {
    INPUT.with_borrow(|input| {
        let checked = question(input, kinds, principal, permission, place).and_then(|(principal, permission, place)| {
            SESSION.with_borrow(|session| session.check(principal, permission, place, now))
        });
        match checked {
            Ok(Checked { decision, version }) => {
                let allowed = if decision.allow { ALLOWED } else { 0 };
                TEXT.with_borrow_mut(|text| {
                    text.clear();
                    text.extend_from_slice(decision.binding.as_deref().unwrap_or_default().as_bytes());
                    point_to(text, version);
                });
                decision.reason as u32 | allowed | spoilt()
            }
            Err(failure) => failed(&failure),
        }
    })
}

/// Reads what the hot path asks.
fn question(
    input: &[u8],
    kinds: u32,
    principal: usize,
    permission: usize,
    place: usize,
) -> Result<(PrincipalId<'_>, &str, PlaceId<'_>), Failure> {
    let malformed = |what: &str| Failure::new("malformed", what);
    let wrong_length = || malformed("the input is shorter than its parts");
    let (principal, rest) = input.split_at_checked(principal).ok_or_else(wrong_length)?;
    let (permission, rest) = rest.split_at_checked(permission).ok_or_else(wrong_length)?;
    let place = rest.get(..place).ok_or_else(wrong_length)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| malformed("an id or the permission is not UTF-8"));
    let (principal, permission, place) = (text(principal)?, text(permission)?, text(place)?);
    let principal = match kinds & 3 {
        0 => PrincipalId::User(principal),
        1 => PrincipalId::Key(principal),
        2 => PrincipalId::ProjectKey(principal),
        _ => return Err(malformed("the principal is of an unknown kind")),
    };
    let place = match kinds >> 2 {
        0 => PlaceId::Organization(place),
        1 => PlaceId::Team(place),
        2 => PlaceId::Project(place),
        _ => return Err(malformed("the place is of an unknown kind")),
    };
    Ok((principal, permission, place))
}

/// Answers a request in JSON.
#[unsafe(no_mangle)]
extern "C" fn ask(now: f64) -> u32 {
    finish(with_text(|request| SESSION.with_borrow(|session| session.ask(request, now))))
}

/// Puts a directory in the place of all data, and makes a version the live one.
#[unsafe(no_mangle)]
extern "C" fn load(version: u32) -> u32 {
    finish(with_text(|directory| SESSION.with_borrow_mut(|session| session.load(version, directory)).map(|()| "{}".to_owned())))
}

/// Makes changes of the data.
#[unsafe(no_mangle)]
extern "C" fn apply() -> u32 {
    finish(with_text(|changes| SESSION.with_borrow(|session| session.apply(changes)).map(|()| "{}".to_owned())))
}

/// Takes the component in the input apart, of which the last `trust` bytes are JSON that says whom to trust. The text of the answer is what
/// `add_version` wants to know; the core module is the other part of the answer.
#[unsafe(no_mangle)]
extern "C" fn open_component(trust: usize) -> u32 {
    let input = INPUT.take();
    let opened = opened(&input, trust).map(|Opened { core, info }| {
        set(3, core.as_ptr(), core.len());
        CORE.replace(core);
        let ComponentInfo { digest, contract, has_lifecycle, has_repair, size, .. } = info;
        let info = json!({
            "digest": digest.to_string(), "contract": contract, "lifecycle": has_lifecycle, "repair": has_repair, "size": size,
        });
        info.to_string()
    });
    finish(opened)
}

fn opened(input: &[u8], trust: usize) -> Result<Opened, Failure> {
    let parts = input.len().checked_sub(trust).and_then(|at| input.split_at_checked(at));
    let (component, trust) = parts.ok_or_else(|| Failure::new("malformed", "the input is shorter than its parts"))?;
    let Trust { signature, trusted_keys, allow_unsigned } =
        serde_json::from_slice(trust).map_err(|error| Failure::new("malformed", error.to_string()))?;
    if !allow_unsigned {
        verify(component, signature.as_deref(), &trusted_keys)?;
    }
    Ok(open(component)?)
}

/// Takes a version that the glue has started. The input is what `open_component` answered.
#[unsafe(no_mangle)]
extern "C" fn add_version(version: u32) -> u32 {
    finish(with_text(|info| {
        let Info { digest, contract, lifecycle, repair, size } =
            serde_json::from_str(info).map_err(|error| Failure::new("malformed", error.to_string()))?;
        let digest = digest.parse().map_err(|_| Failure::new("malformed", "the digest is not one"))?;
        let info = ComponentInfo { has_lifecycle: lifecycle, has_repair: repair, size, ..ComponentInfo::new(digest, &contract) };
        SESSION.with_borrow(|session| session.add_version(version, info))
    }))
}

/// Whom to trust.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Trust {
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    trusted_keys: Vec<String>,
    #[serde(default)]
    allow_unsigned: bool,
}

/// What `open_component` found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    digest: String,
    contract: String,
    lifecycle: bool,
    repair: bool,
    size: usize,
}

/// Hands the input to `call` as text. A large one is given back afterwards.
fn with_text(call: impl FnOnce(&str) -> Result<String, Failure>) -> Result<String, Failure> {
    let input = INPUT.take();
    let text = std::str::from_utf8(&input)
        .map_err(|error| Failure::new("malformed", format!("the text is not UTF-8 from byte {} on", error.valid_up_to())));
    let answer = text.and_then(call);
    if input.len() <= MAX_KEPT_BYTES {
        INPUT.replace(input);
    }
    answer
}

/// Puts an answer where the glue finds it.
fn finish(answer: Result<String, Failure>) -> u32 {
    match answer {
        Ok(answer) => {
            TEXT.with_borrow_mut(|text| {
                *text = answer.into_bytes();
                point_to(text, None);
            });
            spoilt()
        }
        Err(failure) => failed(&failure),
    }
}

/// Puts a failure where the glue finds it.
#[cold]
fn failed(failure: &Failure) -> u32 {
    TEXT.with_borrow_mut(|text| {
        *text = serde_json::to_vec(failure).unwrap_or_default();
        point_to(text, None);
    });
    FAILED | spoilt()
}

fn point_to(text: &[u8], version: Option<u32>) {
    set(0, text.as_ptr(), text.len());
    store(2, version.unwrap_or(NO_VERSION));
}

fn set(word: usize, address: *const u8, len: usize) {
    store(word, u32::try_from(address.addr()).unwrap_or_default());
    store(word + 1, u32::try_from(len).unwrap_or_default());
}

fn store(word: usize, value: u32) {
    if let Some(word) = OUTPUT.get(word) {
        word.store(value, Relaxed);
    }
}

/// Whether an instance of a policy is spoilt since the last call.
fn spoilt() -> u32 {
    if IS_SPOILT.take() { SPOILT } else { 0 }
}
