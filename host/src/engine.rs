//! The engine, which all policy versions of a process share.

use std::{fmt, io, sync::Arc, time::Duration};

use thiserror::Error;
use wasmtime::{Config, UpdateDeadline};

use crate::{
    CodeCache, Limits,
    code_cache::Fingerprint,
    meter::{Meter, Reading, UsedUp},
    ticker::Ticker,
};

/// The shortest tick: a thread cannot reliably wake up more often.
const MIN_TICK: Duration = Duration::from_millis(1);
/// The longest tick, for deadlines of seconds.
const MAX_TICK: Duration = Duration::from_millis(100);
/// Into how many ticks a deadline is divided.
const TICKS_PER_DEADLINE: u32 = 10;
/// How many ticks after it begins a call is looked at for the first time, and how many lie between two looks.
const TICKS_BETWEEN_LOOKS: u64 = 1;

/// Loads policies, and enforces the limits of all calls.
///
/// One engine is enough for a process, and cheap to clone: all clones are the same engine. It has one thread, which sleeps while
/// nothing is asked and ends with the last clone and the last policy version.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    runtime: wasmtime::Engine,
    limits: Limits,
    tick: Duration,
    ticker: Ticker,
    cache: Option<(CodeCache, Fingerprint)>,
}

impl Engine {
    /// Makes an engine with these limits.
    ///
    /// # Errors
    ///
    /// [`EngineError::Limit`] names a limit that is too small. Any other [`EngineError`] means that an engine cannot run on this
    /// machine.
    pub fn new(limits: Limits) -> Result<Self, EngineError> {
        Self::make(limits, None)
    }

    /// Makes an engine with these limits that keeps compiled code in a folder, and does not compile a component again whose code
    /// is there.
    ///
    /// A component from the cache passes the same checks as one that was just compiled.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new). If something is wrong with a file of the cache, that is not an error: the component is compiled.
    ///
    /// ```
    /// use clearance_host::{CodeCache, Engine, Limits, PolicyVersion};
    ///
    /// # let folder = std::env::temp_dir().join(format!("clearance-example-{}", std::process::id()));
    /// let engine = match CodeCache::open(&folder) {
    ///     Ok(cache) => Engine::with_cache(Limits::default(), cache)?,
    ///     Err(_) => Engine::new(Limits::default())?,
    /// };
    /// let compiled = engine.load(clearance_policy::LANGWATCH)?;
    /// let kept = engine.load(clearance_policy::LANGWATCH)?;
    /// assert_eq!(kept.digest(), compiled.digest());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_cache(limits: Limits, cache: CodeCache) -> Result<Self, EngineError> {
        Self::make(limits, Some(cache))
    }

    fn make(limits: Limits, cache: Option<CodeCache>) -> Result<Self, EngineError> {
        let least = |limit, found: usize, least| {
            if found < least { Err(EngineError::Limit { limit, least, found }) } else { Ok(()) }
        };
        let nanos = |time: Duration| time.as_nanos().try_into().unwrap_or(usize::MAX);
        least("deadline", nanos(limits.deadline), 1)?;
        least("timeout", nanos(limits.timeout), 1)?;
        least("memory", limits.memory, 64 << 10)?;
        least("stack", limits.stack, 16 << 10)?;
        least("answer", limits.answer, 4 << 10)?;

        let runtime = wasmtime::Engine::new(&config(&limits)).map_err(|error| EngineError::Runtime(format!("{error:#}")))?;
        let tick = (limits.deadline.min(limits.timeout) / TICKS_PER_DEADLINE).clamp(MIN_TICK, MAX_TICK);
        let counted = runtime.clone();
        let ticker = Ticker::start(tick, move || counted.increment_epoch()).map_err(EngineError::Thread)?;
        let cache = cache.map(|cache| (cache, Fingerprint::of(&runtime)));
        Ok(Self(Arc::new(Shared { runtime, limits, tick, ticker, cache })))
    }

    /// The limits that were given to [`Engine::new`].
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn runtime(&self) -> &wasmtime::Engine {
        &self.0.runtime
    }

    /// Where compiled code is kept, and under whose name.
    pub(crate) fn cache(&self) -> Option<&(CodeCache, Fingerprint)> {
        self.0.cache.as_ref()
    }

    /// Says when a call that begins now is looked at. No clock is read for that: almost all calls are done before.
    #[inline]
    pub(crate) fn begin<T>(&self, store: &mut wasmtime::Store<T>) {
        // In this order: should this thread be held up in between, the tick comes meanwhile or is counted afterwards.
        store.set_epoch_deadline(TICKS_BETWEEN_LOOKS);
        self.0.ticker.watch();
    }

    /// Looks at a call that goes on, on its thread, and says whether it may. Its meter is made at the first look.
    #[cold]
    pub(crate) fn look(&self, meter: &mut Option<Meter>) -> Result<UpdateDeadline, UsedUp> {
        let Shared { limits, tick, ticker, .. } = &*self.0;
        let now = Reading::now(ticker.ticks());
        let meter = meter.get_or_insert_with(|| Meter::new(now, ticker.hold_awake()));
        match meter.find_used_up(now, *tick, limits) {
            Some(used_up) => Err(used_up),
            None => Ok(UpdateDeadline::Continue(TICKS_BETWEEN_LOOKS)),
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        // Equal facts give equal answers on every machine. Costs nothing where there are no floats.
        .cranelift_nan_canonicalization(true)
        // Traps are reported by their kind alone, so nothing that finds its way through a stack is needed.
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(cfg!(windows))
        .generate_address_map(false)
        // What a compiler without special wishes emits. Less is less to trust.
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_extended_const(false);
    config
}

/// Why an [`Engine`] cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A limit is too small to run anything.
    #[error("the limit `{limit}` is {found}, it must be at least {least}")]
    Limit {
        /// The name of the field of [`Limits`].
        limit: &'static str,
        /// The least value that it may have: a number of bytes, or the nanoseconds of a time.
        least: usize,
        /// The value that it has, in the same unit.
        found: usize,
    },
    /// The runtime refuses to work on this machine.
    #[error("the WebAssembly runtime cannot work here: {0}")]
    Runtime(String),
    /// The thread that measures deadlines could not be started.
    #[error("cannot start the thread that measures deadlines")]
    Thread(#[source] io::Error),
}
