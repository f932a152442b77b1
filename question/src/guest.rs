//! What runs a policy, as far as a question needs to know.

use std::time::Duration;

/// Runs the two functions of a policy's interface `wire`.
///
/// A policy remembers nothing between two calls, so a guest may run each call in another instance, and several at the same time. It
/// decides by itself what a call may take, and says with a [`CallError`] what stopped one.
///
/// Each function passes the answer to `accepts` before it returns, once. Where that says `false`, the answer is one that no policy may
/// give: the guest must not use the instance that gave it again.
pub trait Guest: Send + Sync {
    /// Calls `wire.decide`.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what stopped the call. `accepts` was not called then.
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError>;

    /// Calls `wire.call`.
    ///
    /// # Errors
    ///
    /// [`CallError`] says what stopped the call. `accepts` was not called then.
    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError>;

    /// The same policy, run by instances that were not asked anything yet. `None` means that the guest cannot make any.
    fn with_fresh_instances(&self) -> Option<Box<dyn Guest>> {
        None
    }
}

/// What stopped a call of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The policy gave up, or there was nothing to run it: the message of the runtime.
    Trap(String),
    /// The policy computed for longer than it may.
    Deadline(Duration),
    /// The machine did not get round to the call in the time that a call may take.
    Timeout(Duration),
    /// The policy asked for more than this many bytes of memory.
    Memory(usize),
    /// The policy used more than this many bytes of stack.
    Stack(usize),
    /// The answer has more than this many bytes.
    AnswerTooLarge(usize),
}
