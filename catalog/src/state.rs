//! The state of an instance, for the snapshot that is taken of it.

use wasmtime::{
    Result, Store,
    component::{Instance, Lift, WasmList},
    error::format_err,
};
use wasmtime_wizer::ComponentInstanceState;

use crate::build_error::BuildError;

/// An instance that has taken its catalog.
pub(crate) struct State {
    store: Store<()>,
    instance: Instance,
    /// Where the stack pointer rests: what lies below it is left over from calls that ended, and no part of the state.
    stack: Option<usize>,
    failure: Option<BuildError>,
}

impl State {
    pub(crate) fn new(store: Store<()>, instance: Instance) -> Self {
        Self { store, instance, stack: None, failure: None }
    }

    /// The first failure, if there was one. The snapshot must not be used then.
    pub(crate) fn failure(self) -> Option<BuildError> {
        self.failure
    }

    /// Calls a function that was added to the component so that its state can be seen.
    fn ask<R: Lift + 'static, T>(
        &mut self,
        interface: &str,
        function: &str,
        read: impl FnOnce(&mut Store<()>, R) -> T,
    ) -> Option<T> {
        let Self { store, instance, .. } = self;
        let mut answer = || -> Result<R> {
            let missing = || format_err!("the component has no `{function}` of `{interface}`");
            let (_, interface) = instance.get_export(&mut *store, None, interface).ok_or_else(missing)?;
            let (_, function) = instance.get_export(&mut *store, Some(&interface), function).ok_or_else(missing)?;
            Ok(instance.get_typed_func::<(), (R,)>(&mut *store, function)?.call(&mut *store, ())?.0)
        };
        match answer() {
            Ok(answer) => Some(read(store, answer)),
            Err(error) => {
                self.fail(format!("{error:#}"));
                None
            }
        }
    }

    fn fail(&mut self, what: String) {
        self.failure.get_or_insert(BuildError::State(what));
    }
}

impl ComponentInstanceState for State {
    async fn call_func_ret_list_u8(&mut self, interface: &str, function: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.ask(interface, function, |store, list: WasmList<u8>| list.as_le_slice(store).to_vec());
        let mut memory = memory.unwrap_or_default();
        match self.stack.and_then(|end| memory.get_mut(..end)) {
            Some(stack) => stack.fill(0),
            None => self.fail("its stack does not lie at the start of its memory".into()),
        }
        contents(&memory);
    }

    async fn call_func_ret_s32(&mut self, interface: &str, function: &str) -> i32 {
        let value = self.ask(interface, function, |_, value: i32| value).unwrap_or_default();
        if self.stack.is_some() {
            self.fail("it has more than one global that changes, and only the stack pointer is known".into());
        }
        self.stack = usize::try_from(value).ok();
        value
    }

    async fn call_func_ret_s64(&mut self, _: &str, _: &str) -> i64 {
        self.fail("it has a global of 64 bits".into());
        0
    }

    async fn call_func_ret_f32(&mut self, _: &str, _: &str) -> u32 {
        self.fail("it has a global that is a float".into());
        0
    }

    async fn call_func_ret_f64(&mut self, _: &str, _: &str) -> u64 {
        self.fail("it has a global that is a float".into());
        0
    }
}
