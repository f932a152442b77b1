//! What a component may take.

use std::time::Duration;

/// What a component may take before it is stopped.
///
/// Each limit holds for one call of a component, the memory for the life of an instance; a call with many questions is one
/// call. A call that breaks one ends in the [`EvalError`](crate::EvalError) of that limit, its instance is dropped, and the next
/// question is answered by another.
///
/// ```
/// use clearance_host::Limits;
/// use std::time::Duration;
///
/// let limits = Limits { deadline: Duration::from_millis(20), ..Limits::default() };
/// assert_eq!(limits.stack, Limits::default().stack);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a component may compute before it is interrupted. It is measured in ticks of a tenth of it (but 1 ms at the
    /// least and 100 ms at the most), so a call is stopped at this time or up to two ticks later. Time that passes while the
    /// machine runs other threads counts too. More than zero. 100 ms by default.
    pub deadline: Duration,
    /// How many bytes of memory an instance may hold: its linear memories and its tables. At least 64 KiB, one page of
    /// WebAssembly. 64 MiB by default.
    pub memory: usize,
    /// How many bytes of stack a component may use. The thread that asks must have as much to spare, or the process ends when
    /// a component uses it. At least 16 KiB. 512 KiB by default.
    pub stack: usize,
    /// How many bytes one answer may have. It is checked before the answer is copied. At least 4 KiB. 16 MiB by default.
    pub answer: usize,
    /// How many instances a policy version keeps. It never has more than questions were asked at the same time, and asks that
    /// find every kept instance busy are answered by one that is made for them, which takes some 30 us, and dropped. 64 by
    /// default.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline: Duration::from_millis(100), memory: 64 << 20, stack: 512 << 10, answer: 16 << 20, instances: 64 }
    }
}
