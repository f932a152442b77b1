//! Loading a component, and calling its instances.

use std::sync::Arc;

use clearance_question::{CallError, ComponentInfo, Digest, EvalError, Guest, PolicyVersion, other_than_a_component};

use crate::{
    Engine, LoadError,
    carried::find_cases,
    compiled::Compiled,
    contract::Exports,
    instance::{Blueprint, Instance, stop_error},
    slots::Slots,
};

impl Engine {
    /// Compiles a component, checks it against the contract and asks it questions whose answers are known.
    ///
    /// # Errors
    ///
    /// The [`LoadError`] of the first step that the component does not pass.
    pub fn load(&self, bytes: &[u8]) -> Result<PolicyVersion, LoadError> {
        let (component, mut info) = Component::load(self, bytes)?;
        info.cases = find_cases(bytes).map_err(LoadError::Cases)?;
        Ok(PolicyVersion::new(component, info)?)
    }
}

/// A compiled component and its instances.
struct Component {
    engine: Engine,
    blueprint: Arc<Blueprint>,
    slots: Slots,
}

impl Component {
    /// Compiles a component, or takes the code that was kept of it, checks it against the contract and starts the first instance.
    fn load(engine: &Engine, bytes: &[u8]) -> Result<(Self, ComponentInfo), LoadError> {
        if let Some(found) = other_than_a_component(bytes) {
            return Err(LoadError::NotAComponent { found });
        }
        let invalid = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
        let digest = Digest::of(bytes);
        let compiled = Compiled::new(engine, digest, bytes).map_err(invalid)?;
        let exports = Exports::of(&compiled.component)?;
        let info = ComponentInfo {
            digest,
            contract: exports.contract.clone(),
            has_lifecycle: exports.lifecycle,
            has_repair: exports.repair,
            size: bytes.len(),
            cases: None,
        };
        let component = Self::new(engine, Arc::new(Blueprint::new(&compiled.component, exports).map_err(invalid)?));
        component.with(|_| Ok(true)).map_err(|error| LoadError::Start(EvalError::new(digest, error)))?;
        compiled.keep(engine, digest);
        Ok((component, info))
    }

    fn new(engine: &Engine, blueprint: Arc<Blueprint>) -> Self {
        Self { engine: engine.clone(), blueprint, slots: Slots::new(engine.limits().instances) }
    }

    /// Lends an instance to `call`, which says whether it may be used again.
    #[inline]
    fn with(&self, call: impl FnOnce(&mut Instance) -> wasmtime::Result<bool>) -> Result<(), CallError> {
        let called = self.slots.with(|| Instance::start(&self.engine, &self.blueprint), call);
        called.map_err(|error| stop_error(&error, self.engine.limits()))
    }
}

impl Guest for Component {
    #[inline]
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        self.with(|instance| instance.decide(&self.engine, question).map(accepts))
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        self.with(|instance| instance.call(&self.engine, question).map(|answer| accepts(&answer)))
    }

    fn with_fresh_instances(&self) -> Option<Box<dyn Guest>> {
        Some(Box::new(Self::new(&self.engine, Arc::clone(&self.blueprint))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LANGWATCH, Limits};

    /// What an instance remembers of the question that it answered wrongly must reach no other question.
    #[test]
    fn an_instance_whose_answer_is_refused_is_not_used_again() {
        let engine = Engine::new(Limits::default()).unwrap();
        let (component, _) = Component::load(&engine, LANGWATCH).unwrap();
        let kept = || component.slots.count_kept();
        assert_eq!(kept(), 1);
        component.decide(&[], &mut |_| true).unwrap();
        assert_eq!(kept(), 1);
        component.decide(&[], &mut |_| false).unwrap();
        assert_eq!(kept(), 0);
        component.call(&[], &mut |_| true).unwrap();
        assert_eq!(kept(), 1);
        component.call(&[], &mut |_| false).unwrap();
        assert_eq!(kept(), 0);
    }
}
