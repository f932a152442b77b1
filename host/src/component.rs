//! A component that can be asked.

use std::sync::Arc;

use clearance_policy::{
    types::Decision,
    wire::{self, AnswerError, Words},
};

use crate::{
    Digest, Engine, EvalError, LoadError,
    compiled::Compiled,
    contract::Exports,
    instance::{Blueprint, Instance, stopped},
    slots::Slots,
};

/// What is wrong with an answer.
pub(crate) type Wrong = &'static str;

/// A compiled component and its instances. Knows how to ask, not what the answers mean.
pub(crate) struct Component {
    engine: Engine,
    digest: Digest,
    blueprint: Arc<Blueprint>,
    slots: Slots,
}

impl Component {
    /// Compiles a component, or takes the code that was kept of it, checks it against the contract and starts the first instance.
    pub(crate) fn load(engine: &Engine, bytes: &[u8]) -> Result<Self, LoadError> {
        if let Some(found) = other_than_a_component(bytes) {
            return Err(LoadError::NotAComponent { found });
        }
        let invalid = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
        let digest = Digest::of(bytes);
        let compiled = Compiled::new(engine, digest, bytes).map_err(invalid)?;
        let exports = Exports::of(&compiled.component)?;
        let blueprint = Blueprint::new(&compiled.component, exports).map_err(invalid)?;
        let slots = Slots::new(engine.limits().instances);
        let component = Self { engine: engine.clone(), digest, blueprint: Arc::new(blueprint), slots };
        component.with(|_| Ok(())).map_err(LoadError::Start)?;
        compiled.keep(engine, digest);
        Ok(component)
    }

    /// The same component without the instances.
    pub(crate) fn afresh(&self) -> Self {
        let Self { engine, digest, blueprint, .. } = self;
        let slots = Slots::new(engine.limits().instances);
        Self { engine: engine.clone(), digest: *digest, blueprint: Arc::clone(blueprint), slots }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn contract(&self) -> &str {
        self.blueprint.contract()
    }

    pub(crate) fn has_lifecycle(&self) -> bool {
        self.blueprint.has_lifecycle()
    }

    pub(crate) fn has_repair(&self) -> bool {
        self.blueprint.has_repair()
    }

    /// Asks `wire.decide`. An answer that `check` finds wrong is none.
    #[inline]
    pub(crate) fn decide(
        &self,
        put: impl FnOnce(&mut Vec<u8>),
        check: impl FnOnce(Decision) -> Result<(), Wrong>,
    ) -> Result<Decision, EvalError> {
        self.with(|instance| {
            let word = instance.decide(&self.engine, put).map_err(|error| self.stopped(&error))?;
            let decision = wire::decision_from_word(word).ok_or("the word stands for no decision");
            let checked = decision.and_then(|decision| check(decision).map(|()| decision));
            checked.map_err(|what| self.wrong("decide", what))
        })
    }

    /// Asks `wire.call`. An answer that `check` finds wrong is none.
    pub(crate) fn call<T: Words>(
        &self,
        question: &'static str,
        put: impl FnOnce(&mut Vec<u8>),
        check: impl FnOnce(&T) -> Result<(), Wrong>,
    ) -> Result<T, EvalError> {
        self.with(|instance| {
            let bytes = instance.call(&self.engine, put).map_err(|error| self.stopped(&error))?;
            let answer = wire::answer(&bytes).map_err(|error| match error {
                AnswerError::BadFacts => EvalError::Unread { policy: self.digest, question },
                AnswerError::Malformed => self.wrong(question, "the bytes stand for no answer to it"),
            })?;
            check(&answer).map_err(|what| self.wrong(question, what))?;
            Ok(answer)
        })
    }

    #[inline]
    fn with<T>(&self, call: impl FnOnce(&mut Instance) -> Result<T, EvalError>) -> Result<T, EvalError> {
        let start = || Instance::start(&self.engine, &self.blueprint).map_err(|error| self.stopped(&error));
        self.slots.with(start, call)
    }

    #[cold]
    fn stopped(&self, error: &wasmtime::Error) -> EvalError {
        stopped(error, self.digest, self.engine.limits())
    }

    #[cold]
    fn wrong(&self, question: &'static str, what: Wrong) -> EvalError {
        EvalError::WrongAnswer { policy: self.digest, question, what }
    }
}

/// What bytes are that do not begin like a component.
fn other_than_a_component(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [] => Some("an empty file"),
        // The magic number, the version of the format, and what the file holds.
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => None,
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => Some("a core module"),
        [0, b'a', b's', b'm', ..] => Some("a WebAssembly binary of an unknown kind"),
        [0x7f, b'E', b'L', b'F', ..] => Some("native or precompiled code"),
        _ if bytes.trim_ascii_start().starts_with(b"(") => Some("WebAssembly text"),
        _ => Some("no WebAssembly at all"),
    }
}
