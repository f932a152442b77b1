//! Plays the transcripts: the same steps with the same answers in every language.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use clearance_native::{Authorizer, Error, Options, PlaceId, Policy, PrincipalId};
use serde_json::{Value, json};

use crate::root;

/// Plays one file.
struct Player {
    folder: PathBuf,
    authorizer: Option<Authorizer>,
}

impl Player {
    /// The bytes of the policy that a step names.
    fn policy(&self, name: &Value) -> Vec<u8> {
        let file = format!("{}.wasm", name.as_str().unwrap());
        let own = self.folder.join("policies").join(&file);
        fs::read(own).or_else(|_| fs::read(root().join("policy/dist").join(&file))).unwrap()
    }

    fn authorizer(&self) -> &Authorizer {
        self.authorizer.as_ref().unwrap()
    }

    /// Does what the step says.
    fn act(&mut self, step: &Value) -> Result<Value, Error> {
        let now = step["now"].as_f64().unwrap_or(0.0);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let open = |component| Policy { component, signature: None };
        match verb(step) {
            "load" => {
                let load = &step["load"];
                let component = load.get("policy").map(|name| self.policy(name));
                let options = Options { allow_unsigned: true, ..Options::default() };
                let policy = component.as_deref().map(open);
                self.authorizer = Some(Authorizer::load(load["text"].as_str().unwrap(), policy, options)?);
            }
            "ask" => {
                let answer = self.authorizer().ask(&step["ask"].to_string(), now);
                self.compare_typed(step, now, &answer);
                return Ok(serde_json::from_str(&answer?).unwrap());
            }
            "askText" => return Ok(serde_json::from_str(&self.authorizer().ask(&text(&step["askText"]), now)?).unwrap()),
            "apply" => self.authorizer().apply(&step["apply"].to_string())?,
            "applyText" => self.authorizer().apply(&text(&step["applyText"]))?,
            "swap" => self.authorizer().swap(open(&self.policy(&step["swap"])))?,
            "pin" => {
                let organization = step["pin"]["organization"].as_str().unwrap();
                self.authorizer().pin(organization, open(&self.policy(&step["pin"]["policy"])))?;
            }
            "unpin" => self.authorizer().unpin(step["unpin"].as_str().unwrap())?,
            verb => panic!("a step of an unknown kind: {verb}"),
        }
        Ok(json!({}))
    }

    /// The typed call says the same as the request.
    fn compare_typed(&self, step: &Value, now: f64, asked: &Result<String, Error>) {
        let Some(question) = step["ask"].get("check").and_then(Value::as_object) else { return };
        let one = |names: [&'static str; 3], within: &Value| {
            let found = names.into_iter().filter_map(|name| Some((name, within.get(name)?.as_str()?.to_owned())));
            found.collect::<Vec<_>>().pop()
        };
        let whole = Value::from(question.clone());
        let principal = one(["user", "key", "projectKey"], &whole);
        let place = one(["organization", "team", "project"], &whole["at"]);
        let (Some((kind, id)), Some((tier, at)), Some(permission)) = (principal, place, whole["permission"].as_str()) else {
            return;
        };
        // What is not one question, or not well-formed, has no typed form.
        if step["ask"].as_object().unwrap().len() != 1 || question.len() != 3 || whole["at"].as_object().unwrap().len() != 1 {
            return;
        }
        let principal = match kind {
            "user" => PrincipalId::User(&id),
            "key" => PrincipalId::Key(&id),
            _ => PrincipalId::ProjectKey(&id),
        };
        let place = match tier {
            "organization" => PlaceId::Organization(&at),
            "team" => PlaceId::Team(&at),
            _ => PlaceId::Project(&at),
        };
        let typed = self.authorizer().check(principal, permission, place, now);
        match (typed, asked) {
            (Ok(decision), Ok(text)) => {
                let mut fields = json!({
                    "allow": decision.allow, "reason": decision.reason.as_str(), "policy": decision.policy.to_string(),
                });
                if let Some(binding) = decision.binding {
                    fields["binding"] = binding.as_ref().into();
                }
                assert_eq!(fields, serde_json::from_str::<Value>(text).unwrap());
            }
            (typed, asked) => assert_eq!(typed.map(|_| ()).map_err(|e| e.code), asked.clone().map(|_| ()).map_err(|e| e.code)),
        }
    }
}

fn verb(step: &Value) -> &str {
    let verbs = ["load", "ask", "askText", "apply", "applyText", "swap", "pin", "unpin"];
    verbs.into_iter().find(|verb| step.get(verb).is_some()).unwrap_or("none")
}

/// Compares what came of a step with what it says.
fn compare(step: &Value, came: Result<Value, Error>, place: &str) {
    match (came, step.get("error")) {
        (Ok(answer), None) => assert_eq!(answer, step["answer"], "{place}"),
        (Err(error), Some(wanted)) => {
            let one_of = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
            assert!(one_of.contains(&error.code.into()), "{place}: {wanted} was expected and {error:?} came");
            if let Some(index) = step.get("index") {
                assert_eq!(index.as_u64(), error.index.map(|index| index as u64), "{place}: {error:?}");
            }
            if let Some(field) = step.get("field") {
                assert_eq!(field.as_str(), error.field.as_deref(), "{place}: {error:?}");
            }
        }
        (came, _) => panic!("{place}: {step} came to {came:?}"),
    }
}

fn play(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy();
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let promised = lines.next().unwrap()["file"]["steps"].as_u64().unwrap();
    let mut player = Player { folder: path.parent().unwrap().to_owned(), authorizer: None };
    let mut played = 0;
    for step in lines {
        played += 1;
        let came = player.act(&step);
        compare(&step, came, &format!("{name}, step {played}"));
    }
    assert_eq!(played, promised, "{name} promises another number of steps");
    println!("{name}: {played} steps");
}

#[test]
fn every_transcript_is_played_as_it_is_written() {
    let folder = env::var_os("CLEARANCE_TRANSCRIPTS").map_or_else(|| root().join("embed/transcripts"), PathBuf::from);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
    files.sort();
    assert!(!files.is_empty(), "`{}` has no transcripts", folder.display());
    files.iter().for_each(|path| play(path));
}
