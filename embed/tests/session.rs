//! What every language relies on, without WebAssembly around it.

use clearance::PolicyVersion;
use clearance_embed::{OpenError, Opened, Session, SignatureError, open, verify};
use clearance_host::{Engine, LANGWATCH, Limits, STRICT};
use clearance_question::{CallError, Guest};

const COMPANY: &str = include_str!("../../examples/company/directory.json");
/// 2026-06-01T12:00:00Z
const NOW: f64 = 1_780_315_200_000.0;
const CHECK: &str = r#"{"check": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}"#;

/// A version that somebody else runs, as the glue of a language would.
struct Run(PolicyVersion);

impl Guest for Run {
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        self.0.guest().decide(question, accepts)
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        self.0.guest().call(question, accepts)
    }
}

/// A session in which odd numbers are the default policy, and even ones the strict one.
fn session() -> Session<impl Fn(u32) -> Run> {
    let engine = Engine::new(Limits::default()).unwrap();
    let [strict, default] = [STRICT, LANGWATCH].map(|component| engine.load(component).unwrap());
    Session::new(move |number| Run(if number % 2 == 0 { strict.clone() } else { default.clone() }))
}

fn loaded() -> Session<impl Fn(u32) -> Run> {
    let mut session = session();
    session.add_version(1, open(LANGWATCH).unwrap().info).unwrap();
    session.add_version(2, open(STRICT).unwrap().info).unwrap();
    session.load(1, COMPANY).unwrap();
    session
}

fn refused(session: &Session<impl Fn(u32) -> Run>, request: &str) -> &'static str {
    session.ask(request, NOW).unwrap_err().error
}

#[test]
fn the_core_module_of_a_component_stands_alone_and_is_bounded() {
    for component in [LANGWATCH, STRICT] {
        let Opened { core, info, .. } = open(component).unwrap();
        assert_eq!((info.contract.as_str(), info.has_lifecycle, info.has_repair), ("clearance:policy@0.1.2", true, true));
        let mut maxima = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&core) {
            match payload.unwrap() {
                wasmparser::Payload::ImportSection(_) => panic!("it imports something"),
                wasmparser::Payload::MemorySection(section) => maxima.extend(section.into_iter().map(|ty| ty.unwrap().maximum)),
                _ => {}
            }
        }
        assert_eq!(maxima, [Some(1024)]);
    }
}

#[test]
fn bytes_that_are_not_a_policy_are_refused_by_name() {
    let refused = |text: &str| open(&wat::parse_str(text).unwrap()).unwrap_err().name();
    assert_eq!(open(b"").unwrap_err().name(), "not-a-component");
    assert_eq!(refused("(module)"), "not-a-component");
    assert_eq!(refused("(component)"), "contract");
    assert_eq!(refused(r#"(component (import "clock" (func)))"#), "imports");
    assert_eq!(refused(r#"(component (core module (import "env" "now" (func))))"#), "imports");
    let interfaces = |versions: [&str; 4]| -> String {
        let names = ["types", "catalog", "evaluation", "wire"].iter().zip(versions);
        names.map(|(name, version)| format!(r#"(export "clearance:policy/{name}@{version}" (instance $i))"#)).collect()
    };
    let component = |rest: &str| format!("(component (instance $i) {rest})");
    let same = interfaces(["0.1.0"; 4]);
    assert_eq!(refused(&component(&interfaces(["0.1.0", "0.1.0", "0.1.1", "0.1.0"]))), "mixed");
    assert_eq!(refused(&component(&format!(r#"{same} (export "more" (instance $i))"#))), "exports");
    assert_eq!(refused(&component(&same)), "invalid", "there is no core module");
    assert_eq!(refused(&component(&format!("(core module) {same}"))), "signature");
    let cut = open(&LANGWATCH[..LANGWATCH.len() / 2]).unwrap_err();
    assert!(matches!(cut, OpenError::Invalid(_)), "{cut}");
}

#[test]
fn only_a_trusted_signature_lets_a_policy_in() {
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let other = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let sign = |pair: &minisign::KeyPair| minisign::sign(None, &pair.sk, LANGWATCH, None, None).unwrap().to_string();
    let (key, stranger) = (pair.pk.to_base64(), other.pk.to_base64());
    let signature = sign(&pair);
    assert_eq!(verify(LANGWATCH, Some(&signature), &[&stranger, &key]), Ok(()));
    assert_eq!(verify(STRICT, Some(&signature), &[&key]), Err(SignatureError::Wrong { index: 0 }));
    assert_eq!(verify(LANGWATCH, Some(&signature), &[&stranger]), Err(SignatureError::Stranger));
    assert_eq!(verify(LANGWATCH, None, &[&key]), Err(SignatureError::Unsigned));
    assert_eq!(verify(LANGWATCH, Some(&signature), &[""; 0]), Err(SignatureError::NoKeys));
    assert_eq!(verify(LANGWATCH, Some("signed"), &[&key]), Err(SignatureError::Malformed));
    assert_eq!(verify(LANGWATCH, Some(&signature), &["RW"]), Err(SignatureError::Key { index: 0 }));
}

#[test]
fn versions_follow_each_other_by_number() {
    let session = loaded();
    let digest = |component: &[u8]| open(component).unwrap().info.digest.to_string();
    let answered_by = |session: &Session<_>, component| assert!(session.ask(CHECK, NOW).unwrap().contains(&digest(component)));
    answered_by(&session, LANGWATCH);
    assert_eq!(refused(&session, r#"{"removeVersion": {"version": 1}}"#), "version-in-use");
    assert_eq!(refused(&session, r#"{"swap": {"version": 7}}"#), "version-unknown");
    assert_eq!(session.add_version(2, open(STRICT).unwrap().info).unwrap_err().error, "version-taken");
    answered_by(&session, LANGWATCH);
    assert_eq!(session.ask(r#"{"swap": {"version": 2}}"#, NOW).unwrap(), r#"{"answering":[2],"live":2,"pins":[]}"#);
    answered_by(&session, STRICT);
    session.ask(r#"{"pin": {"organization": "acme", "version": 1}}"#, NOW).unwrap();
    answered_by(&session, LANGWATCH);
    assert_eq!(refused(&session, r#"{"removeVersion": {"version": 1}}"#), "version-in-use");
    session.ask(r#"{"unpin": {"organization": "acme"}}"#, NOW).unwrap();
    answered_by(&session, STRICT);
    session.ask(r#"{"removeVersion": {"version": 1}}"#, NOW).unwrap();
    assert_eq!(refused(&session, r#"{"swap": {"version": 1}}"#), "version-unknown");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_field() {
    let session = session();
    assert_eq!(refused(&session, CHECK), "not-loaded");
    let session = loaded();
    for (request, field) in [
        ("", None),
        ("[]", None),
        (r#"{"chek": {}}"#, None),
        (r#"{"check": {"key": "ci", "permission": "p:q"}}"#, Some("check")),
        (r#"{"check": {"key": null, "permission": "p:q", "at": {"project": "shop"}}}"#, Some("check.key")),
        (r#"{"check": {"key": "ci", "user": "ben", "permission": "p:q", "at": {"project": "shop"}}}"#, Some("check")),
        (r#"{"check": {"key": "ci", "permission": "p:q", "at": {"galaxy": "shop"}}}"#, Some("check.at")),
        (r#"{"check": {"key": "ci", "permission": "p:q", "at": {"project": "shop"}, "now": "soon"}}"#, Some("check.now")),
        (r#"{"effective": {"key": "ci", "permission": "p:q", "at": {"project": "shop"}}}"#, Some("effective")),
        (r#"{"swap": {"version": -1}}"#, Some("swap.version")),
    ] {
        let failure = session.ask(request, NOW).unwrap_err();
        assert_eq!(failure.error, "malformed", "{request}");
        let found = failure.field.as_deref().unwrap_or_default();
        assert!(found.starts_with(field.unwrap_or_default()), "{request}: {found}");
    }
    for time in [f64::NAN, f64::INFINITY, -1.0, 0.5, 1e18] {
        assert_eq!(session.ask(CHECK, time).unwrap_err().error, "time");
    }
    assert!(session.ask(CHECK, NOW).unwrap().starts_with(r#"{"allow":true"#));
}

#[test]
fn a_batch_that_is_refused_changes_nothing_and_names_the_change() {
    let session = loaded();
    let before = session.ask(r#"{"document": {}}"#, NOW).unwrap();
    let refused = session.apply(r#"[{"removeMember": {"organization": "acme", "user": "ben"}}, {"removeTeam": "nowhere"}]"#);
    let refused = refused.unwrap_err();
    assert_eq!((refused.error, refused.index), ("refused", Some(1)));
    assert_eq!(session.ask(r#"{"document": {}}"#, NOW).unwrap(), before);
    session.apply(r#"[{"removeMember": {"organization": "acme", "user": "ben"}}]"#).unwrap();
    assert!(session.ask(CHECK, NOW).unwrap().contains("owner-not-member"));
}
