//! One running instance of a component.

use std::fmt;

use clearance_question::CallError;
use wasmtime::{
    ResourceLimiter, Store, Trap,
    component::{self, InstancePre, TypedFunc},
};

use crate::{
    Engine, Limits,
    contract::Exports,
    meter::{Meter, UsedUp},
};

/// The most bytes that an element of a table takes.
const MAX_TABLE_ELEMENT_BYTES: usize = 16;

/// Everything that instances are made from.
pub(crate) struct Blueprint {
    exports: Exports,
    component: InstancePre<Usage>,
}

impl Blueprint {
    /// Prepares a component that imports nothing.
    pub(crate) fn new(component: &component::Component, exports: Exports) -> wasmtime::Result<Self> {
        let component = component::Linker::new(component.engine()).instantiate_pre(component)?;
        Ok(Self { exports, component })
    }
}

/// A component with a memory of its own. After a failed call it must be dropped.
pub(crate) struct Instance {
    store: Store<Usage>,
    decide: TypedFunc<(&'static [u8],), (u64,)>,
    call: TypedFunc<(&'static [u8],), (Vec<u8>,)>,
}

impl Instance {
    pub(crate) fn start(engine: &Engine, blueprint: &Blueprint) -> wasmtime::Result<Self> {
        let limits = engine.limits();
        let mut store = Store::new(engine.runtime(), Usage { memory: Allowance { left: limits.memory }, time: None });
        store.limiter(|usage| &mut usage.memory);
        store.set_hostcall_fuel(limits.answer);
        let watch = engine.clone();
        store.epoch_deadline_callback(move |mut store| watch.look(&mut store.data_mut().time).map_err(wasmtime::Error::new));
        engine.begin(&mut store);
        let instance = blueprint.component.instantiate(&mut store)?;
        let decide = instance.get_typed_func(&mut store, blueprint.exports.decide)?;
        let call = instance.get_typed_func(&mut store, blueprint.exports.call)?;
        store.data_mut().time = None;
        Ok(Self { store, decide, call })
    }

    /// Calls `wire.decide`.
    #[inline]
    pub(crate) fn decide(&mut self, engine: &Engine, question: &[u8]) -> wasmtime::Result<u64> {
        engine.begin(&mut self.store);
        let (word,) = self.decide.call(&mut self.store, (question,))?;
        self.store.data_mut().time = None;
        Ok(word)
    }

    /// Calls `wire.call`.
    pub(crate) fn call(&mut self, engine: &Engine, question: &[u8]) -> wasmtime::Result<Vec<u8>> {
        engine.begin(&mut self.store);
        let (answer,) = self.call.call(&mut self.store, (question,))?;
        self.store.data_mut().time = None;
        Ok(answer)
    }
}

/// What an instance uses.
pub(crate) struct Usage {
    memory: Allowance,
    /// What measures the call that runs, once it was looked at. A call that is done takes it away; one that fails takes the
    /// instance away.
    time: Option<Meter>,
}

/// The bytes that an instance may still ask for.
pub(crate) struct Allowance {
    left: usize,
}

impl Allowance {
    /// Fails where it is used up. Telling the guest instead would only make it trap for a reason that says less.
    fn take(&mut self, current: usize, desired: usize) -> wasmtime::Result<bool> {
        match self.left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => self.left = left,
            None => return Err(wasmtime::Error::new(NoMemory)),
        }
        Ok(true)
    }
}

impl ResourceLimiter for Allowance {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.take(current, desired)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.take(current.saturating_mul(MAX_TABLE_ELEMENT_BYTES), desired.saturating_mul(MAX_TABLE_ELEMENT_BYTES))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }
}

/// What a call fails with when its instance asks for more memory than it may have.
#[derive(Debug)]
struct NoMemory;

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the memory limit is used up")
    }
}

impl std::error::Error for NoMemory {}

/// Names what stopped an instance.
#[cold]
pub(crate) fn stop_error(error: &wasmtime::Error, limits: &Limits) -> CallError {
    if error.is::<NoMemory>() {
        return CallError::Memory(limits.memory);
    }
    match error.downcast_ref() {
        Some(UsedUp::Deadline) => return CallError::Deadline(limits.deadline),
        Some(UsedUp::Timeout) => return CallError::Timeout(limits.timeout),
        None => {}
    }
    if let Some(Trap::StackOverflow) = error.downcast_ref() {
        return CallError::Stack(limits.stack);
    }
    let message = format!("{error:#}");
    // The runtime has no type for it. Should a later one word it differently, the test of this limit says so.
    if message.contains("fuel allocated for hostcalls has been exhausted") {
        return CallError::AnswerTooLarge(limits.answer);
    }
    CallError::Trap(message)
}
