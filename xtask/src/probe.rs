//! `cargo xtask probe`: the authorizer as a WebAssembly module whose policy runs outside of it, asked what it is asked natively.

use std::{
    collections::BTreeMap,
    env,
    fmt::Debug,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clearance::{Authorizer, Directory, PolicyVersion};
use clearance_host::{Engine, LANGWATCH, Limits};
use serde::Deserialize;
use wasmtime::{
    Store,
    component::{Component, Linker, TypedFunc},
};
use wit_component::ComponentEncoder;

use crate::{
    component::{TARGET, add_target, cargo},
    tree,
};

/// The package that is compiled for the other world.
const PACKAGE: &str = "clearance-probe";
/// The questions, one a line.
const QUESTIONS: &str = "examples/questions.jsonl";
/// The data of the questions that name it: `company`, or a folder of drawn data.
const COMPANY: &str = "examples/company/directory.json";
const DRAWN: &str = "tests/vectors/random";
/// What the questions are called whose facts no data gives.
const WITHOUT_DATA: &str = "edited";

/// A line of the questions: which data, who and where stands in its id.
#[derive(Deserialize)]
struct Line {
    id: String,
    permission: String,
    facts: Facts,
    expected: Expected,
}

#[derive(Deserialize)]
struct Facts {
    now: String,
}

#[derive(Deserialize)]
struct Expected {
    allow: bool,
}

/// Compiles the probe, asks it every question for which there is data, and compares each answer with the native one.
///
/// # Errors
///
/// The probe cannot be compiled, wants something else than a policy, or answers otherwise.
pub(crate) fn run() -> Result<()> {
    if let Err(error) = add_target() {
        println!("NOT CHECKED: whether the authorizer needs nothing but a policy: {error:#}");
        return Ok(());
    }
    let root = tree::root();
    let component = compile(&root)?;
    let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
    let text = fs::read_to_string(root.join(QUESTIONS)).with_context(|| format!("cannot read `{QUESTIONS}`"))?;
    let (mut by_data, mut without) = (BTreeMap::<String, Vec<(String, bool)>>::new(), 0);
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).with_context(|| format!("`{QUESTIONS}` has a line that cannot be read"))?;
        match question(&line)? {
            Some((data, question)) => by_data.entry(data).or_default().push((question, line.expected.allow)),
            None => without += 1,
        }
    }
    let mut asked = 0;
    for (data, questions) in by_data {
        let path = if data == "company" { COMPANY.to_owned() } else { format!("{DRAWN}/{data}/directory.json") };
        let document = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read `{path}`"))?;
        compare(&component, &policy, &document, &questions).with_context(|| format!("with the data of `{path}`"))?;
        asked += questions.len();
    }
    ensure!(asked > 0, "`{QUESTIONS}` has no question for which there is data");
    println!("{asked} questions are answered on {TARGET} as they are natively; {without} are about facts that no data gives");
    Ok(())
}

/// Which data a question is about, and the question as the probe takes it. `None` means that no data gives its facts.
fn question(line: &Line) -> Result<Option<(String, String)>> {
    let unread = || anyhow!("the id of a question in `{QUESTIONS}` cannot be read: `{}`", line.id);
    let (_, about) = line.id.split_once(". ").ok_or_else(unread)?;
    let (data, situation) = about.split_once(": ").ok_or_else(unread)?;
    if data == WITHOUT_DATA {
        return Ok(None);
    }
    let (principal, place) = situation.split_once(" at ").ok_or_else(unread)?;
    let (kind, who) = principal.rsplit_once(' ').ok_or_else(unread)?;
    let (tier, at) = place.split_once(' ').ok_or_else(unread)?;
    Ok(Some((data.to_owned(), [&*line.facts.now, kind, who, tier, at, &*line.permission].join("\t"))))
}

/// The probe as a component: what it wants besides the two functions of a policy is found here.
fn compile(root: &Path) -> Result<Vec<u8>> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut build = cargo();
    build.current_dir(root).args(["build", "--quiet", "--package", PACKAGE, "--target", TARGET]);
    ensure!(build.status().context("cannot run cargo")?.success(), "cargo cannot build `{PACKAGE}` for {TARGET}");
    let built = target.join(TARGET).join("debug").join(format!("{}.wasm", PACKAGE.replace('-', "_")));
    let module = fs::read(&built).with_context(|| format!("cannot read `{}`", built.display()))?;
    let encoded = ComponentEncoder::default().validate(true).module(&module).and_then(|encoder| encoder.encode());
    encoded.context("the authorizer imports something that is not a function of a policy")
}

fn compare(component: &[u8], policy: &PolicyVersion, document: &str, questions: &[(String, bool)]) -> Result<()> {
    let native = Authorizer::new(policy.clone(), Directory::from_json(document)?)?;
    let failed = |error: wasmtime::Error| anyhow!("the probe fails: {error:#}");
    let mut probe = Probe::start(component, policy).map_err(failed)?;
    if let Some(problem) = probe.load(document).map_err(failed)? {
        bail!("the data cannot be loaded: {problem}");
    }
    for (question, allow) in questions {
        let here = clearance_probe::answer(&native, question).with_context(|| format!("no question: `{question}`"))?;
        let there = probe.answer(question).map_err(failed)?.with_context(|| format!("`{question}` is not answered"))?;
        if here != there {
            bail!("the answers to `{question}` differ\nnative:\n{here}\n{TARGET}:\n{there}");
        }
        let wanted = format!("check: Ok(Decision {{ allow: {allow},");
        ensure!(here.starts_with(&wanted), "`{question}` is to begin with `{wanted}` and is answered with\n{here}");
    }
    Ok(())
}

/// The probe while it runs.
struct Probe {
    store: Store<Policy>,
    load: TypedFunc<(String, String, String), (Option<String>,)>,
    answer: TypedFunc<(String,), (Option<String>,)>,
}

/// What the probe imports. There is nothing else that it could use: no clock, no file, no thread, no random number.
struct Policy(PolicyVersion);

impl Probe {
    fn start(component: &[u8], policy: &PolicyVersion) -> wasmtime::Result<Self> {
        let engine = wasmtime::Engine::default();
        let mut linker = Linker::<Policy>::new(&engine);
        linker.root().func_wrap("decide", |store, (question,): (Vec<u8>,)| Ok((store.data().decide(&question)?,)))?;
        linker.root().func_wrap("call", |store, (question,): (Vec<u8>,)| Ok((store.data().call(&question)?,)))?;
        let mut store = Store::new(&engine, Policy(policy.clone()));
        let instance = linker.instantiate(&mut store, &Component::new(&engine, component)?)?;
        let load = instance.get_typed_func(&mut store, "load")?;
        let answer = instance.get_typed_func(&mut store, "answer")?;
        Ok(Self { store, load, answer })
    }

    /// Answers what is wrong with the data.
    fn load(&mut self, document: &str) -> wasmtime::Result<Option<String>> {
        let Policy(policy) = self.store.data();
        let (digest, contract) = (policy.digest().to_string(), policy.contract().to_owned());
        Ok(self.load.call(&mut self.store, (document.to_owned(), digest, contract))?.0)
    }

    fn answer(&mut self, question: &str) -> wasmtime::Result<Option<String>> {
        Ok(self.answer.call(&mut self.store, (question.to_owned(),))?.0)
    }
}

impl Policy {
    fn decide(&self, question: &[u8]) -> wasmtime::Result<u64> {
        let mut answer = None;
        self.0.guest().decide(question, &mut |word| answer.replace(word).is_none()).map_err(trap)?;
        answer.ok_or_else(|| wasmtime::Error::msg("the policy gives no answer"))
    }

    fn call(&self, question: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let mut answer = None;
        self.0.guest().call(question, &mut |bytes| answer.replace(bytes.to_vec()).is_none()).map_err(trap)?;
        answer.ok_or_else(|| wasmtime::Error::msg("the policy gives no answer"))
    }
}

fn trap(error: impl Debug) -> wasmtime::Error {
    wasmtime::Error::msg(format!("the policy was stopped: {error:?}"))
}
