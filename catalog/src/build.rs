//! Putting a catalog into a component.
//!
//! The component is run once, up to the moment at which it has taken its catalog, and written down as it is then. No compiler takes
//! part, and nothing of the machine goes into the result.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use wasmtime::{
    Engine, Store,
    component::{Component, Linker},
};
use wasmtime_wizer::Wizer;

use crate::{build_error::BuildError, catalog::Catalog, spent, state::State};

/// The function of a base component that takes the catalog. What is built does not have it any more.
pub const INIT: &str = "init";

/// The name of that function in the core module inside.
pub const CORE_INIT: &str = "put-catalog";

/// Makes a policy of a base component, one that was built without a catalog.
///
/// # Errors
///
/// [`BuildError`] says why the base component does not become a policy.
pub fn build(base: &[u8], catalog: &Catalog) -> Result<Vec<u8>, BuildError> {
    let no_base = |error: wasmtime::Error| BuildError::Base(format!("{error:#}"));
    let mut wizer = Wizer::new();
    wizer.init_func(INIT);
    let (context, instrumented) = wizer.instrument_component(base).map_err(no_base)?;

    let engine = Engine::default();
    let component = Component::new(&engine, &instrumented).map_err(no_base)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).map_err(no_base)?;
    let init = instance.get_typed_func::<(&[u8],), ()>(&mut store, INIT).map_err(no_base)?;
    init.call(&mut store, (&catalog.to_bytes(),)).map_err(|_| BuildError::Refused)?;

    let mut state = State::new(store, instance);
    let snapshot = at_once(wizer.snapshot_component(&context, &mut state)).ok_or(BuildError::Waits)?.map_err(no_base)?;
    match state.failure() {
        Some(failure) => Err(failure),
        None => spent::disable_function(CORE_INIT, &snapshot).map_err(|error| BuildError::State(error.to_string())),
    }
}

/// The answer of something that never waits.
fn at_once<F: Future>(answer: F) -> Option<F::Output> {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}
