//! Performs the steps of a transcript in Rust, and writes down what came of each.

use std::{cell::RefCell, collections::BTreeMap, path::Path, rc::Rc};

use clearance::PolicyVersion;
use clearance_embed::{Failure, Opened, Session, open};
use clearance_host::{Engine, Limits};
use clearance_question::{CallError, Guest};
use serde_json::{Value, json};

/// A version that the glue of a language would run.
struct Outside(PolicyVersion);

impl Guest for Outside {
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        self.0.guest().decide(question, accepts)
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        self.0.guest().call(question, accepts)
    }
}

type Connect = Box<dyn Fn(u32) -> Outside>;
type Started = Rc<RefCell<BTreeMap<u32, PolicyVersion>>>;

/// The versions that run, and the session over them.
struct Loaded {
    started: Started,
    session: Session<Connect>,
}

/// Plays steps and keeps them.
pub(crate) struct Player {
    engine: Engine,
    /// Policies that are no files yet, by the names that steps give them.
    policies: BTreeMap<&'static str, Vec<u8>>,
    loaded: Option<Loaded>,
    lines: Vec<Value>,
}

impl Player {
    pub(crate) fn new(policies: &[(&'static str, Vec<u8>)]) -> Self {
        let engine = Engine::new(Limits { timeout: std::time::Duration::MAX, ..Limits::default() }).expect("the engine starts");
        Self { engine, policies: policies.iter().cloned().collect(), loaded: None, lines: Vec::new() }
    }

    /// Performs a step and writes down what came of it, whatever that is.
    pub(crate) fn record(&mut self, step: Value) -> Result<Value, Failure> {
        let outcome = self.perform(&step);
        let Value::Object(mut line) = step else { panic!("a step is an object, not {step}") };
        match &outcome {
            Ok(answer) => {
                line.insert("answer".into(), answer.clone());
            }
            Err(failure) => {
                let Value::Object(failure) = serde_json::to_value(failure).expect("it is JSON") else { panic!("an object") };
                // The sentence is for people, and may get better.
                line.extend(failure.into_iter().filter(|(name, _)| name != "message"));
            }
        }
        self.lines.push(line.into());
        outcome
    }

    /// Performs a step that must succeed, and writes down its answer.
    #[track_caller]
    pub(crate) fn answered(&mut self, step: Value) -> Value {
        let shown = step.to_string();
        self.record(step).unwrap_or_else(|failure| panic!("{shown}: {failure}"))
    }

    /// Performs a step that must succeed, of which nothing is written down.
    pub(crate) fn perform_quietly(&mut self, step: &Value) -> Value {
        self.perform(step).unwrap_or_else(|failure| panic!("{step}: {failure}"))
    }

    /// Performs a step whose answer is known.
    #[track_caller]
    pub(crate) fn answers(&mut self, step: Value, wanted: &Value) {
        let shown = step.to_string();
        assert_eq!(&self.answered(step), wanted, "{shown}");
    }

    /// Performs a step that must fail with this error.
    #[track_caller]
    pub(crate) fn refused(&mut self, step: Value, error: &str) {
        let shown = step.to_string();
        match self.record(step) {
            Ok(answer) => panic!("{shown}: {answer} in place of the error `{error}`"),
            Err(failure) => assert_eq!(failure.error, error, "{shown}: {failure}"),
        }
    }

    /// Performs a step that fails in one of several ways, because runtimes notice it in different ones.
    #[track_caller]
    pub(crate) fn stopped(&mut self, mut step: Value, errors: &[&str], needs: Option<&str>) {
        let shown = step.to_string();
        let failure = self.perform(&step).expect_err(&shown);
        assert!(errors.contains(&failure.error), "{step}: {failure}");
        step["error"] = json!(errors);
        if let Some(needs) = needs {
            step["needs"] = json!(needs);
        }
        self.lines.push(step);
    }

    /// The transcript: a line about the file, and a line a step.
    pub(crate) fn finish(&mut self) -> String {
        let lines = std::mem::take(&mut self.lines);
        let head = json!({"file": {"steps": lines.len()}});
        [head].iter().chain(&lines).map(|line| format!("{line}\n")).collect()
    }

    fn perform(&mut self, step: &Value) -> Result<Value, Failure> {
        let now = step["now"].as_f64().unwrap_or_default();
        let text = |name: &str| step[name].as_str().map(str::to_owned);
        if let Some(load) = step.get("load") {
            let loaded = self.load(load["policy"].as_str().unwrap_or("langwatch"), load["text"].as_str().expect("a text"))?;
            self.loaded = Some(loaded);
            return Ok(json!({}));
        }
        if let Some(request) = step.get("ask").map(Value::to_string).or_else(|| text("askText")) {
            return self.ask(&request, now);
        }
        if let Some(changes) = step.get("apply").map(Value::to_string).or_else(|| text("applyText")) {
            return self.session().apply(&changes).map(|()| json!({}));
        }
        if let Some(name) = text("swap") {
            let version = self.add(&name)?;
            return self.order(&json!({"swap": {"version": version}}));
        }
        if let Some(pin) = step.get("pin") {
            let version = self.add(pin["policy"].as_str().expect("a name"))?;
            return self.order(&json!({"pin": {"organization": pin["organization"], "version": version}}));
        }
        if let Some(organization) = text("unpin") {
            return self.order(&json!({"unpin": {"organization": organization}}));
        }
        panic!("no verb in {step}")
    }

    fn session(&mut self) -> &mut Session<Connect> {
        &mut self.loaded.as_mut().expect("the first step loads").session
    }

    fn ask(&mut self, request: &str, now: f64) -> Result<Value, Failure> {
        let answer = self.session().ask(request, now)?;
        Ok(serde_json::from_str(&answer).expect("an answer is JSON"))
    }

    /// An order of which the answer is about the numbers of versions, which every language gives for itself.
    fn order(&mut self, request: &Value) -> Result<Value, Failure> {
        self.ask(&request.to_string(), 0.0)?;
        let answering = self.ask(r#"{"versions": {}}"#, 0.0)?["answering"].clone();
        let Loaded { started, session } = self.loaded.as_mut().expect("the first step loads");
        let unused: Vec<u32> = started.borrow().keys().copied().filter(|number| !is_among(*number, &answering)).collect();
        for version in unused {
            session.ask(&json!({"removeVersion": {"version": version}}).to_string(), 0.0)?;
            started.borrow_mut().remove(&version);
        }
        Ok(json!({}))
    }

    fn load(&self, policy: &str, directory: &str) -> Result<Loaded, Failure> {
        let started = Started::default();
        let running = Rc::clone(&started);
        let connect: Connect = Box::new(move |number| Outside(running.borrow()[&number].clone()));
        let mut loaded = Loaded { started, session: Session::new(connect) };
        let version = self.add_to(&mut loaded, policy)?;
        loaded.session.load(version, directory)?;
        Ok(loaded)
    }

    fn add(&mut self, name: &str) -> Result<u32, Failure> {
        let mut loaded = self.loaded.take().expect("the first step loads");
        let version = self.add_to(&mut loaded, name);
        self.loaded = Some(loaded);
        version
    }

    /// The number of a version, which is started unless it is there.
    fn add_to(&self, Loaded { started, session }: &mut Loaded, name: &str) -> Result<u32, Failure> {
        let component = self.policies.get(name).cloned().unwrap_or_else(|| {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/dist").join(name).with_extension("wasm");
            std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        });
        let Opened { info, .. } = open(&component)?;
        let there = started.borrow().iter().find(|(_, version)| version.digest() == info.digest).map(|(number, _)| *number);
        if let Some(number) = there {
            return Ok(number);
        }
        let version = self.engine.load(&component).unwrap_or_else(|error| panic!("{name}: {error}"));
        let number = started.borrow().keys().max().map_or(1, |last| last + 1);
        started.borrow_mut().insert(number, version);
        session.add_version(number, info)?;
        Ok(number)
    }
}

fn is_among(number: u32, numbers: &Value) -> bool {
    numbers.as_array().is_some_and(|numbers| numbers.contains(&number.into()))
}
