//! What is said of every guest that is refused or misbehaves, for `docs/hostile.md`.

use std::{collections::BTreeSet, error::Error, fmt, fs, time::Duration};

use clearance_host::{Digest, Engine, EvalError, Limits, LoadError, MAX_CARRIED_BYTES, PolicyVersion, with_cases};
use clearance_policy::types::Facts;

use crate::{
    description::LIES,
    facts::{MARK, marked, member},
    guest::{Guest, guest},
    guests::role,
    hostile_page::Part,
};

/// Guests that nobody gets to ask.
const REFUSED: [&str; 10] = [
    "core_module",
    "simd",
    "empty",
    "import_function",
    "import_types",
    "start_trap",
    "start_endless",
    "start_memory",
    "mute",
    "fickle",
];

/// One that allows what every policy refuses, and the words with which the honest one does.
const GENEROUS: &str = "generous";
const REFUSALS: [(u64, &str); 4] =
    [(0x1100, "the facts are none"), (0x400, "the permission is unknown"), (0x500, "the place is"), (0x600, "the principal is")];

/// Guests that behave until they are asked a certain question.
const ASKED: [(&str, Ask); 12] = [
    ("trap", decide),
    ("fourth_call", |policy| (0..4).try_for_each(|_| decide(policy))),
    ("endless", decide),
    ("memory", decide),
    ("table", decide),
    ("recursion", decide),
    ("word", decide),
    ("answer", effective),
    ("large_answer", effective),
    ("outside_answer", effective),
    ("post_return", effective),
    ("outside_question", |policy| policy.decide(&Facts { roles: vec![role(); 20], ..member() }, 0).map(drop)),
];

/// Guests with nothing to be said of them here.
const SOUND: [&str; 3] = ["honest", "repair", "computing"];

type Ask = fn(&PolicyVersion) -> Result<(), EvalError>;

fn decide(policy: &PolicyVersion) -> Result<(), EvalError> {
    policy.decide(&member(), MARK).map(drop)
}

fn effective(policy: &PolicyVersion) -> Result<(), EvalError> {
    policy.effective(&marked()).map(drop)
}

/// The guest, with a deadline that is worth waiting for.
fn named(name: &str) -> Guest {
    let mut guest = guest(name);
    if name.contains("endless") {
        guest.limits.deadline = Limits::default().deadline;
    }
    guest
}

/// What a guest does, in the words that its text begins with.
fn does(guest: &Guest) -> &str {
    let line = guest.text.lines().next().and_then(|line| line.strip_prefix(";; ")).expect("it says what it does");
    line.trim_end_matches('.')
}

/// What `clearance policy add` says of these bytes: the folder of versions puts the digest before what the host says.
#[derive(Debug)]
struct NoPolicy(Digest, LoadError);

impl fmt::Display for NoPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} is not a policy", self.0)
    }
}

impl Error for NoPolicy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

fn refused(limits: Limits, bytes: &[u8]) -> NoPolicy {
    NoPolicy(Digest::of(bytes), Engine::new(limits).unwrap().load(bytes).unwrap_err())
}

fn loading(part: &mut Part) {
    part.section(
        "When it is loaded",
        "Everything that takes a component loads it first. `clearance policy add` says this, exits with 2, and leaves the folder of \
         versions as it was.",
    );
    for name in REFUSED {
        let guest = named(name);
        part.row(does(&guest), &refused(guest.limits, &guest.bytes()));
    }
    for (word, when) in REFUSALS {
        let mut guest = named(GENEROUS);
        guest.word = word;
        part.row(&format!("{}: {when}", does(&guest)), &refused(guest.limits, &guest.bytes()));
    }
    let honest = guest("honest");
    let carries = |text: &str| with_cases(&honest.bytes(), text);
    let mut no_text = carries("x");
    *no_text.last_mut().unwrap() = 0xff;
    for (does, bytes) in [
        ("Carries cases twice", with_cases(&carries("x"), "x")),
        ("Carries cases that are no text", no_text),
        ("Carries more than it may", carries(&" ".repeat(MAX_CARRIED_BYTES + 1))),
    ] {
        part.row(does, &refused(honest.limits, &bytes));
    }

    part.section("What it says of itself", "While it is loaded, too: a component that describes a policy that cannot be.");
    for (does, lie, _) in LIES {
        let mut guest = guest("honest");
        lie(&mut guest.description);
        part.row(does, &refused(guest.limits, &guest.bytes()));
    }
}

fn asking(part: &mut Part) {
    part.section(
        "When it is asked",
        "A caller whose question has no answer gets an error, which is not a denial: refuse. `clearance check` says this and \
         exits with 2. The instance is dropped, and the next question gets another.",
    );
    for (name, ask) in ASKED {
        let mut guest = named(name);
        match name {
            "word" => guest.word = 0x100,
            "answer" => guest.answer = b"nonsense".into(),
            "large_answer" => guest.limits.answer = 64 << 10,
            _ => {}
        }
        part.row(does(&guest), &ask(&guest.load().unwrap()).unwrap_err());
    }
    let mut waiting = named("endless");
    waiting.limits.deadline = Duration::from_secs(3_600);
    waiting.limits.timeout = Duration::from_millis(100);
    let does = "Has not come back, and the machine had no time for it";
    part.row(does, &decide(&waiting.load().unwrap()).unwrap_err());
}

#[test]
fn the_page_says_what_is_said_of_every_guest() {
    let mut part = Part::new();
    loading(&mut part);
    asking(&mut part);
    part.check("guests of the host");
}

#[test]
fn no_guest_is_left_out() {
    let asked = ASKED.map(|(name, _)| name);
    let named = [&REFUSED[..], &asked, &SOUND, &[GENEROUS]].concat();
    let named: BTreeSet<String> = named.into_iter().map(|name| format!("{name}.wat")).collect();
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests")).unwrap();
    assert_eq!(folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect::<BTreeSet<_>>(), named);
}
