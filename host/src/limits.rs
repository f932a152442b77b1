//! The time and the memory that a component may use.

use std::time::Duration;

/// The time and the memory that a component may use before it is stopped.
///
/// The limit of the memory holds for the whole life of an instance. Each other limit holds for one call, also for a call with many
/// questions. A call that breaks a limit ends in the [`EvalError`](crate::EvalError) of that limit. Its instance is dropped, and
/// another instance answers the next question.
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
    /// How much processor time a call may use. Time for which the machine runs other threads does not count, so that a busy
    /// machine makes no question fail. A call is looked at once a tick, which is a tenth of the deadline or of the timeout,
    /// whichever is shorter (1 ms at the least and 100 ms at the most): it is stopped when it has used this much, or up to two
    /// ticks later. Where the system has no clock for a thread, all time counts. More than zero. 100 ms by default.
    pub deadline: Duration,
    /// How long a call may take, however little of that time it can compute. It keeps a thread from waiting without end where
    /// the machine does not get round to it, and should be many times the deadline. It is counted in ticks too, of which a
    /// process that stands still as a whole has none. More than zero. 10 s by default: a hundred times the deadline, and as
    /// long as a client of a server is made to wait at the most.
    pub timeout: Duration,
    /// How many bytes of memory an instance may hold: its linear memories and its tables. At least 64 KiB, one page of
    /// WebAssembly. 64 MiB by default.
    pub memory: usize,
    /// How many bytes of stack a component may use. The thread that asks must have as much to spare, or the process ends when
    /// a component uses it. At least 16 KiB. 512 KiB by default.
    pub stack: usize,
    /// How many bytes one answer may have. An answer is checked before it is copied. At least 4 KiB. 16 MiB by default.
    pub answer: usize,
    /// How many instances a policy version keeps. It makes an instance only when a question finds all others busy. Beyond this
    /// number, an instance is made for one question, which takes some 30 us, and dropped. 64 by default.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(100),
            timeout: Duration::from_secs(10),
            memory: 64 << 20,
            stack: 512 << 10,
            answer: 16 << 20,
            instances: 64,
        }
    }
}
