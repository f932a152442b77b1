//! Each call, what it refuses, and what is there afterwards.

use clearance_native::{Authorizer, Limits, Options, PlaceId, Policy, PrincipalId};
use serde_json::{Value, json};

use crate::{COMPANY, NOW, check, company, component, unsigned};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_way_to_ask_gives_the_same_decision() {
    let authorizer = company();
    let described = json(&authorizer.ask(r#"{"describe": {}}"#, NOW).unwrap());
    let names: Vec<&str> = described["permissions"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.len() > 30);
    let questions = names.iter().map(|name| (PrincipalId::Key("ci"), *name, PlaceId::Project("shop")));
    let many = authorizer.check_many(questions, NOW).unwrap();
    for (name, one) in names.iter().zip(many) {
        assert_eq!(check(&authorizer, name).unwrap(), one);
        let question = json!({"check": {"key": "ci", "permission": name, "at": {"project": "shop"}}}).to_string();
        let asked = json(&authorizer.ask(&question, NOW).unwrap());
        assert_eq!((&asked["allow"], &asked["reason"]), (&json!(one.allow), &json!(one.reason.as_str())));
    }
}

#[test]
fn the_next_question_sees_a_change_and_a_refused_batch_changes_nothing() {
    let authorizer = company();
    let before = authorizer.ask(r#"{"document": {}}"#, NOW).unwrap();
    let deactivate = json!({"deactivateUser": {"user": "ben", "at": "2026-05-01T00:00:00Z"}});
    let refused = authorizer.apply(&json!([deactivate, {"removeTeam": "nowhere"}]).to_string()).unwrap_err();
    assert_eq!((refused.code, refused.index), ("refused", Some(1)));
    assert_eq!(authorizer.ask(r#"{"document": {}}"#, NOW).unwrap(), before);
    assert!(check(&authorizer, "prompts:view").unwrap().allow);
    authorizer.apply(&json!([deactivate]).to_string()).unwrap();
    assert_eq!(check(&authorizer, "prompts:view").unwrap().reason.as_str(), "owner-deactivated");
}

#[test]
fn another_version_answers_after_a_swap_and_the_old_one_where_it_is_pinned() {
    let authorizer = company();
    let policy = || check(&authorizer, "prompts:view").unwrap().policy;
    let answering = || json(&authorizer.ask(r#"{"versions": {}}"#, NOW).unwrap());
    let (default, strict) = (component("langwatch"), component("strict"));
    let first = policy();
    assert_eq!(answering(), json!({"live": 1, "pins": [], "answering": [1]}));
    authorizer.swap(unsigned(&strict)).unwrap();
    let second = policy();
    assert_ne!(second, first);
    // The first version answered nowhere and was forgotten, so it comes under a number of its own.
    authorizer.pin("acme", unsigned(&default)).unwrap();
    assert_eq!(policy(), first);
    assert_eq!(answering(), json!({"live": 2, "pins": [{"organization": "acme", "version": 3}], "answering": [2, 3]}));
    // It is there already.
    authorizer.swap(unsigned(&default)).unwrap();
    authorizer.unpin("acme").unwrap();
    assert_eq!(answering(), json!({"live": 3, "pins": [], "answering": [3]}));
    assert_eq!(policy(), first);
}

#[test]
fn a_version_that_a_request_removed_comes_back() {
    let authorizer = company();
    let (default, strict) = (component("langwatch"), component("strict"));
    authorizer.pin("nowhere", unsigned(&strict)).unwrap();
    authorizer.ask(r#"{"swap": {"version": 2}}"#, NOW).unwrap();
    authorizer.ask(r#"{"removeVersion": {"version": 1}}"#, NOW).unwrap();
    authorizer.swap(unsigned(&default)).unwrap();
    authorizer.unpin("nowhere").unwrap();
    let versions = json(&authorizer.ask(r#"{"versions": {}}"#, NOW).unwrap());
    assert_eq!(versions, json!({"live": 3, "pins": [], "answering": [3]}));
}

#[test]
fn a_policy_must_be_signed_unless_somebody_says_otherwise() {
    let strict = component("strict");
    let load = |policy, options| Authorizer::load(COMPANY, policy, options).map(drop).map_err(|error| error.code);
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let stranger = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let sign = |pair: &minisign::KeyPair, bytes: &[u8]| {
        minisign::sign(None, &pair.sk, std::io::Cursor::new(bytes), None, None).unwrap().into_string()
    };
    let trusting = || Options { trusted_keys: vec![pair.pk.to_base64()], ..Options::default() };
    let (good, wrong, strange) = (sign(&pair, &strict), sign(&pair, b"other"), sign(&stranger, &strict));
    let signed = |signature| Some(Policy { component: &strict, signature: Some(signature) });
    assert_eq!(load(signed(&good), trusting()), Ok(()));
    assert_eq!(load(signed(&wrong), trusting()), Err("signature-wrong"));
    assert_eq!(load(signed(&strange), trusting()), Err("stranger"));
    assert_eq!(load(signed(&good), Options::default()), Err("no-keys"));
    assert_eq!(load(signed("no signature"), trusting()), Err("signature-malformed"));
    assert_eq!(load(Some(unsigned(&strict)), trusting()), Err("unsigned"));
    let broken = Options { trusted_keys: vec!["RWno".into()], ..Options::default() };
    assert_eq!(load(signed(&good), broken), Err("key-malformed"));
    assert_eq!(load(Some(unsigned(&strict)), Options { allow_unsigned: true, ..Options::default() }), Ok(()));
}

#[test]
fn what_is_not_a_policy_is_refused_by_name_and_changes_nothing() {
    let authorizer = company();
    let strict = component("strict");
    let before = check(&authorizer, "prompts:view").unwrap();
    for (bytes, code) in [
        (&b""[..], "not-a-component"),
        (b"\0asm\x01\0\0\0", "not-a-component"),
        (b"\0asm\x0d\0\x01\0", "contract"),
        (&strict[..1000], "invalid"),
    ] {
        assert_eq!(authorizer.swap(unsigned(bytes)).unwrap_err().code, code);
        assert_eq!(authorizer.pin("acme", unsigned(bytes)).unwrap_err().code, code);
        assert_eq!(check(&authorizer, "prompts:view").unwrap(), before);
    }
}

#[test]
fn bad_input_is_refused_by_name_and_the_next_question_is_answered() {
    let authorizer = company();
    for now in [f64::NAN, f64::INFINITY, -1.0, 0.5, 1e300, 18_446_744_073_709_551_616.0] {
        let checked = authorizer.check(PrincipalId::Key("ci"), "prompts:view", PlaceId::Project("shop"), now);
        assert_eq!(checked.unwrap_err().code, "time", "{now}");
    }
    for (request, code) in [
        ("", "malformed"),
        ("{", "malformed"),
        (r#"{"nothing": {}}"#, "malformed"),
        (r#"{"check": {"key": "ci", "permission": "prompts:view"}}"#, "malformed"),
        (r#"{"swap": {"version": 18446744073709551616}}"#, "malformed"),
        (r#"{"swap": {"version": 7}}"#, "version-unknown"),
        (r#"{"removeVersion": {"version": 1}}"#, "version-in-use"),
    ] {
        assert_eq!(authorizer.ask(request, NOW).unwrap_err().code, code, "{request}");
    }
    assert_eq!(authorizer.apply("{}").unwrap_err().code, "malformed");
    assert_eq!(Authorizer::load("{", None, Options::default()).unwrap_err().code, "directory");
    assert!(check(&authorizer, "prompts:view").unwrap().allow);
}

#[test]
fn limits_and_the_folder_of_code_are_those_of_the_host() {
    let load = |options| Authorizer::load(COMPANY, None, options);
    let small = Limits { memory: 1, ..Limits::default() };
    assert_eq!(load(Options { limits: small, ..Options::default() }).unwrap_err().code, "limit");

    let folder = tempfile::tempdir().unwrap();
    let cache = Options { code_cache: Some(folder.path().join("code")), ..Options::default() };
    for _ in 0..2 {
        assert!(check(&load(cache.clone()).unwrap(), "prompts:view").unwrap().allow);
    }
    assert_eq!(std::fs::read_dir(folder.path().join("code")).unwrap().count(), 1);
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    assert_eq!(load(Options { code_cache: Some(file), ..Options::default() }).unwrap_err().code, "code-cache");
}
