//! A policy that answers as the default one, but misbehaves when it is asked about one of a few moments. It is one core module, as
//! every policy is.

use std::ops::Range;

use clearance_host::LANGWATCH;
use wasm_encoder::{
    BlockType, CodeSection, Component, ExportKind, ExportSection, Function, FunctionSection, InstructionSink, MemArg, Module,
    RawSection, ValType,
};
use wasmparser::{ExternalKind, Parser, Payload};

/// What the two functions are called by which a policy is asked: once for each version of the contract that it knows.
const WIRE: &str = "clearance:policy/wire@";
/// The id of a section that holds a core module.
const MODULE: u8 = 1;
/// Where the moment stands in a decision, and in a question about all permissions.
const NOW: MemArg = MemArg { offset: 16, align: 3, memory_index: 0 };
/// How many bytes a question has that holds a moment.
const MIN_LEN: i32 = 24;

/// What the policy does, each at a moment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Trap,
    Recurse,
    EatMemory,
    /// It gives an answer that no policy may give.
    AnswerWrongly,
    /// It answers with more bytes than an answer may have.
    AnswerTooMuch,
    Loop,
}

impl Deed {
    /// The moment at which the policy does this.
    pub(crate) fn moment(self) -> i64 {
        1_234_567_890_000 + self as i64
    }

    /// Runs `then` if this is the moment.
    fn at_its_moment(self, body: &mut InstructionSink<'_>, then: impl FnOnce(&mut InstructionSink<'_>)) {
        body.local_get(0).i64_load(NOW).i64_const(self.moment()).i64_eq().if_(BlockType::Empty);
        then(body);
        body.end();
    }
}

/// The component.
pub(crate) fn component() -> Vec<u8> {
    let mut component = Component::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(LANGWATCH) {
        let payload = payload.expect("it is a component");
        if depth == 0
            && let Some((id, range)) = payload.as_section()
        {
            let section = part(LANGWATCH, range);
            let core = (id == MODULE).then(|| around(section));
            component.section(&RawSection { id, data: core.as_deref().unwrap_or(section) });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    component.finish()
}

/// What is known of a core module before it is written again.
#[derive(Default)]
struct Known {
    /// The type of each function. A policy imports none.
    types: Vec<u32>,
    decide: u32,
    call: u32,
}

impl Known {
    fn of(core: &[u8]) -> Self {
        let mut known = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload.expect("it is a module") {
                Payload::FunctionSection(section) => known.types = section.into_iter().map(Result::unwrap).collect(),
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map(Result::unwrap) {
                        match asked_by(export.name) {
                            Some("decide") => known.decide = export.index,
                            Some("call") => known.call = export.index,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        known
    }

    /// The number of the first function that is added.
    fn first(&self) -> u32 {
        u32::try_from(self.types.len()).expect("a module is small")
    }

    fn type_of(&self, function: u32) -> u32 {
        self.types[usize::try_from(function).expect("a module is small")]
    }
}

/// Which of the two functions an export is.
fn asked_by(export: &str) -> Option<&str> {
    export.strip_prefix(WIRE)?.split_once('#').map(|(_, function)| function)
}

/// The core module with other functions in front of the two by which a policy is asked.
fn around(core: &[u8]) -> Vec<u8> {
    let known = Known::of(core);
    let (decide, call, deep) = (known.first(), known.first() + 1, known.first() + 2);
    let mut module = Module::new();
    let mut code = CodeSection::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload.expect("it is a module");
        match &payload {
            Payload::FunctionSection(_) => {
                let mut functions = FunctionSection::new();
                let added = [known.decide, known.call, known.call].map(|like| known.type_of(like));
                known.types.iter().chain(&added).for_each(|ty| {
                    functions.function(*ty);
                });
                module.section(&functions);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                for export in section.clone().into_iter().map(Result::unwrap) {
                    let kind = match export.kind {
                        ExternalKind::Func => ExportKind::Func,
                        ExternalKind::Memory => ExportKind::Memory,
                        ExternalKind::Global => ExportKind::Global,
                        other => panic!("a policy exports {other:?}"),
                    };
                    let index = match asked_by(export.name) {
                        Some("decide") => decide,
                        Some("call") => call,
                        _ => export.index,
                    };
                    exports.export(export.name, kind, index);
                }
                module.section(&exports);
            }
            Payload::CodeSectionEntry(body) => {
                code.raw(part(core, body.range()));
                if code.len() == known.first() {
                    code.function(&deciding(known.decide, deep)).function(&calling(known.call, deep)).function(&endless(deep));
                    module.section(&code);
                }
            }
            Payload::CodeSectionStart { .. } => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection { id, data: part(core, range) });
                }
            }
        }
    }
    module.finish()
}

/// Begins a function that takes a question and its length, and misbehaves in the ways that are the same for both functions.
fn begin(body: &mut InstructionSink<'_>, deep: u32) {
    body.local_get(1).i32_const(MIN_LEN).i32_ge_u().if_(BlockType::Empty);
    Deed::Trap.at_its_moment(body, |body| {
        body.unreachable();
    });
    Deed::Recurse.at_its_moment(body, |body| {
        body.i32_const(0).i32_const(0).call(deep).drop();
    });
    Deed::EatMemory.at_its_moment(body, |body| {
        // It ends where there is no more, because a runtime may give it less without a word.
        body.loop_(BlockType::Empty).i32_const(64).memory_grow(0).i32_const(-1).i32_ne().br_if(0).end().unreachable();
    });
    Deed::Loop.at_its_moment(body, |body| {
        body.loop_(BlockType::Empty).br(0).end();
    });
}

/// `decide(question, length) -> u64`
fn deciding(real: u32, deep: u32) -> Function {
    let mut function = Function::new([]);
    let mut body = function.instructions();
    begin(&mut body, deep);
    Deed::AnswerWrongly.at_its_moment(&mut body, |body| {
        body.i64_const(0xff00).return_();
    });
    body.end().local_get(0).local_get(1).call(real).end();
    function
}

/// `call(question, length) -> pointer to the address and the length of the answer`
fn calling(real: u32, deep: u32) -> Function {
    const ANSWER: u32 = 2;
    let word = |offset| MemArg { offset, align: 2, memory_index: 0 };
    let mut function = Function::new([(1, ValType::I32)]);
    let mut body = function.instructions();
    begin(&mut body, deep);
    Deed::AnswerWrongly.at_its_moment(&mut body, |body| {
        body.local_get(0).local_get(1).call(real).local_tee(ANSWER);
        body.i32_load(word(0)).i64_const(0x7777).i64_store(MemArg { offset: 0, align: 3, memory_index: 0 });
        body.local_get(ANSWER).return_();
    });
    Deed::AnswerTooMuch.at_its_moment(&mut body, |body| {
        body.i32_const(512).memory_grow(0).drop();
        body.local_get(0).local_get(1).call(real).local_tee(ANSWER).i32_const(17 << 20).i32_store(word(4));
        body.local_get(ANSWER).return_();
    });
    body.end().local_get(0).local_get(1).call(real).end();
    function
}

/// A function that calls itself without an end.
fn endless(deep: u32) -> Function {
    let mut function = Function::new([]);
    // Something is left to do afterwards, so that no runtime makes a loop of it.
    function.instructions().local_get(0).i32_const(1).i32_add().local_get(1).call(deep).local_get(0).i32_add().end();
    function
}

fn part(bytes: &[u8], range: Range<u64>) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).expect("it is in memory");
    &bytes[at(range.start)..at(range.end)]
}
