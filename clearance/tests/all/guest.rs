//! Policies that answer as the default one until it is time, and misbehave from then on.

use std::{sync::LazyLock, time::Duration};

use clearance::{EvalError, PolicyVersion};
use clearance_host::{Engine, LANGWATCH, Limits, LoadError};

/// The text of the guest, with gaps for what it does.
pub(crate) const SHELL: &str = include_str!("../hostile.wat");

/// What a guest does when it is time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Trap,
    Loop,
    EatMemory,
    Recurse,
    Garbage,
    TooMuch,
    /// Another answer than the facts demand, which is as good as any.
    Lie,
    /// The right answer, some milliseconds later.
    Dawdle,
}

/// Which question it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Describe,
    Compile,
    Decide,
    Effective,
    EffectiveMany,
}

/// All that fail, however they are asked. A decision is a number, and so never too much.
pub(crate) const FAILING: [Deed; 5] = [Deed::Trap, Deed::Loop, Deed::EatMemory, Deed::Recurse, Deed::Garbage];

/// Long enough for an honest guest on a busy machine, and short enough to wait for. It counts computing alone.
const DEADLINE: Duration = Duration::from_millis(500);

impl Deed {
    fn before(self) -> &'static str {
        match self {
            Self::Trap => "unreachable",
            Self::Loop => "(loop $on (br $on))",
            Self::EatMemory => "(loop $on (drop (memory.grow (i32.const 64))) (br $on))",
            Self::Recurse => "(drop (call $deep (i32.const 0)))",
            Self::Garbage | Self::TooMuch => "",
            Self::Lie => "(call $lie (local.get $facts))",
            Self::Dawdle => {
                "(global.set $asked (i32.const 3000000))
                 (loop $on
                   (global.set $asked (i32.sub (global.get $asked) (i32.const 1)))
                   (br_if $on (global.get $asked)))"
            }
        }
    }

    /// What it does to the answer, of which the first word says that there is one.
    fn after(self) -> &'static str {
        match self {
            Self::Garbage => "(i64.store (i32.load (local.get $answer)) (i64.const 0x7777))",
            Self::TooMuch => {
                "(drop (memory.grow (i32.const 512))) (i32.store offset=4 (local.get $answer) (i32.const 0x1100000))"
            }
            _ => "",
        }
    }

    /// Whether that is how it fails.
    pub(crate) fn is(self, error: &EvalError) -> bool {
        match self {
            Self::Trap => matches!(error, EvalError::Trap { message, .. } if message.contains("unreachable")),
            Self::Loop => matches!(error, EvalError::Deadline { limit: DEADLINE, .. }),
            Self::EatMemory => matches!(error, EvalError::Memory { .. }),
            Self::Recurse => matches!(error, EvalError::Stack { .. }),
            Self::Garbage => matches!(error, EvalError::WrongAnswer { .. }),
            Self::TooMuch => matches!(error, EvalError::AnswerTooLarge { .. }),
            Self::Lie | Self::Dawdle => false,
        }
    }

    /// The same of a message.
    pub(crate) fn is_said(self, message: &str) -> bool {
        message.contains(match self {
            Self::Trap => "trapped: ",
            Self::Loop => "missed its deadline of 500ms",
            Self::EatMemory => "bytes of memory",
            Self::Recurse => "bytes of stack",
            Self::Garbage => "gives a wrong answer",
            Self::TooMuch => "answers with more than",
            Self::Lie | Self::Dawdle => return false,
        })
    }
}

impl About {
    /// The number of the question, and where in it the facts are.
    fn question(self) -> (u32, u32) {
        match self {
            Self::Decide => (u32::MAX, 0),
            Self::Describe => (1, 0),
            Self::Compile => (2, 8),
            Self::Effective => (5, 8),
            Self::EffectiveMany => (8, 16),
        }
    }
}

/// A component that does this when it is asked that and it is time: `when` is WebAssembly text, and `$asked` counts from 1.
pub(crate) fn component(deed: Deed, about: About, when: &str) -> Vec<u8> {
    let after = if about == About::Describe {
        // One more in the first letter of the name, behind the length.
        "(i32.store8 offset=16 (i32.load (local.get $answer)) (i32.add (global.get $asked) (i32.const 97)))"
    } else {
        deed.after()
    };
    let (kind, facts) = about.question();
    let text = SHELL
        .replace("<when>", when)
        .replace("<before>", if about == About::Describe { "" } else { deed.before() })
        .replace("<after>", after)
        .replace("<decision>", if deed == Deed::Garbage { "(return (i64.const 0xff00))" } else { "" })
        .replace("<decide>", if about == About::Decide { "1" } else { "0" })
        .replace("<kind>", &kind.to_string())
        .replace("<facts>", &facts.to_string());
    around(&text)
}

/// A component that does this when it is asked about keys and it is time.
pub(crate) fn about_keys(deed: Deed, when: &str) -> Vec<u8> {
    const WIRE: &str = r#"(export "clearance:policy/wire@0.1.0" (instance $wire))"#;
    const LIFECYCLE: &str = r#"(export "clearance:policy/lifecycle@0.1.0" (instance $empty))"#;
    let text = SHELL
        .replace("<when>", when)
        .replace("<before>", deed.before())
        .replace("<after>", "")
        .replace("<decision>", "")
        .replace("<decide>", "0")
        .replace("<kind>", "9")
        .replace("<facts>", "8");
    assert!(text.contains(WIRE));
    around(&text.replace(WIRE, &format!("{WIRE} {LIFECYCLE}")))
}

/// The component of this text, with the core module of the default policy in the place of its first one.
pub(crate) fn around(text: &str) -> Vec<u8> {
    let shell = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let real = sections(LANGWATCH).into_iter().find(|(id, _)| *id == MODULE).unwrap().1;
    let mut bytes = LANGWATCH[..8].to_vec();
    let mut first = true;
    for (id, content) in sections(&shell) {
        let content = if id == MODULE && std::mem::take(&mut first) { real } else { content };
        bytes.push(id);
        let mut len = content.len();
        while len >= 0x80 {
            bytes.push(u8::try_from(len & 0x7f).unwrap() | 0x80);
            len >>= 7;
        }
        bytes.push(u8::try_from(len).unwrap());
        bytes.extend_from_slice(content);
    }
    bytes
}

/// The id of a section that holds a core module.
const MODULE: u8 = 1;

/// The sections of a component, each with its id.
fn sections(component: &[u8]) -> Vec<(u8, &[u8])> {
    let mut sections = Vec::new();
    let mut rest = &component[8..];
    while let Some((&id, after)) = rest.split_first() {
        let digits = after.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let len = after[..digits].iter().rev().fold(0, |len, byte| len << 7 | usize::from(byte & 0x7f));
        let (content, after) = after[digits..].split_at(len);
        sections.push((id, content));
        rest = after;
    }
    sections
}

/// It behaves for the first `times` questions, and never again.
pub(crate) fn after(times: u32) -> String {
    format!("(i32.gt_u (global.get $asked) (i32.const {times}))")
}

pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> =
        LazyLock::new(|| Engine::new(Limits { deadline: DEADLINE, timeout: Duration::MAX, ..Limits::default() }).unwrap());
    &ENGINE
}

pub(crate) fn load(component: &[u8]) -> Result<PolicyVersion, LoadError> {
    engine().load(component)
}

/// The guest of [`component`], which behaves while it is loaded.
pub(crate) fn guest(deed: Deed, about: About, when: &str) -> PolicyVersion {
    load(&component(deed, about, when)).unwrap()
}
