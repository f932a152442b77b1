//! Cases that a version carries.

use clearance::{Digest, document::Sensitive};
use clearance_host::{LANGWATCH, LoadError};
use clearance_rollout::{ActivationPlan, CarriedCases, CarriedError, CaseCheckError, StageError};

use crate::{
    activation::activate,
    company::{cached, directory, engine, load},
};

const RIGHT: &str = concat!(
    r#"{"id":"sees","key":"ci","permission":"prompts:view","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","allow":true}"#,
    "\n",
    r#"{"id":"cannot","key":"ci","permission":"project:delete","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","reason":"owner-lacks"}"#,
    "\n",
    r#"{"id":"older","projectKey":"shop","permission":"traces:create","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","allow":true}"#,
);

/// The default policy with cases about the example company.
pub(crate) fn carrying(cases: &str) -> Vec<u8> {
    CarriedCases::put(LANGWATCH, directory().document(), cases).unwrap()
}

#[test]
fn a_version_is_asked_what_it_carries_before_anything_else() {
    let authorizer = cached();
    let version = load(&carrying(RIGHT));
    let (outcome, _, stages) = activate(&authorizer, &version, &ActivationPlan::default());
    outcome.unwrap();
    assert_eq!(stages, ["carried", "cases", "diff", "live"]);
    assert_eq!(authorizer.live_version().digest(), version.digest());
}

/// The live version stays, and the case is named.
#[test]
fn a_version_that_fails_its_own_case_is_not_live() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let version = load(&carrying(&RIGHT.replace("owner-lacks", "key-lacks")));
    let (outcome, recorded, stages) = activate(&authorizer, &version, &ActivationPlan::default());
    match outcome.unwrap_err() {
        StageError::CarriedCase(error) => {
            assert!(matches!(error, CaseCheckError::Wrong { id, found } if id == "cannot" && found.contains("owner-lacks")))
        }
        wrong => panic!("{wrong:?}"),
    }
    assert!(stages.is_empty() && recorded.is_empty());
    assert_eq!(authorizer.live_version().digest(), live);
}

/// What may be carried in the place of cases, and with which words it is refused.
pub(crate) fn unreadable() -> [(&'static str, String, &'static str); 6] {
    let directory = serde_json::to_string(&directory().document()).unwrap();
    let case = RIGHT.lines().next().unwrap();
    let timeless = case.replace(r#""now":"2026-06-01T12:00:00Z","#, "");
    [
        ("Carries nothing", String::new(), "line 1 is not a valid directory"),
        ("Carries a directory and no case", "{}\n".into(), "there is no case"),
        ("Carries something else than a directory", format!("[]\n{case}"), "line 1 is not a valid directory"),
        ("Carries a case that breaks off", format!("{directory}\n{case}\n{{"), "line 3, column 1"),
        (
            "Carries a case that expects nothing",
            format!("{directory}\n{}", case.replace(r#","allow":true"#, "")),
            "line 2: case `sees` proves nothing",
        ),
        (
            "Carries a case without a moment",
            format!("{directory}\n{case}\n{timeless}"),
            "line 3: case `sees` is to hold on every day",
        ),
    ]
}

/// A section need not have been written by [`CarriedCases::put`].
#[test]
fn what_cannot_be_read_stops_a_version_with_the_line() {
    let authorizer = cached();
    for (_, text, message) in unreadable() {
        let version = load(&clearance_host::with_cases(LANGWATCH, &text));
        let (outcome, recorded, stages) = activate(&authorizer, &version, &ActivationPlan::default());
        let error = outcome.unwrap_err();
        assert!(matches!(&error, StageError::Carried(error) if error.to_string().contains(message)), "{message}: {error:?}");
        assert!(stages.is_empty() && recorded.is_empty());
    }
}

#[test]
fn the_digest_covers_the_cases_and_the_bytes_are_the_same_each_time() {
    let bytes = carrying(RIGHT);
    assert!(bytes == carrying(RIGHT));
    let digests = [Digest::of(&bytes), Digest::of(LANGWATCH), Digest::of(&carrying(&RIGHT.replace("sees", "looks")))];
    assert!(digests[0] != digests[1] && digests[0] != digests[2]);
    assert_eq!(load(&bytes).digest(), digests[0]);
    assert!(CarriedCases::of(&load(LANGWATCH)).unwrap().is_none());
}

/// A version goes to other machines: nothing goes with it that answers no question.
#[test]
fn nothing_secret_is_carried() {
    let mut document = directory().document();
    document.users[0].email = Some("somebody@example.com".into());
    document.keys[0].lookup_id = Some("a-lookup-id".into());
    document.keys[0].hashed_secret = Some(Sensitive::new("a-hash"));
    document.projects.iter_mut().for_each(|project| project.project_key = Some(Sensitive::new("sk-lw-secret")));
    let version = load(&CarriedCases::put(LANGWATCH, document, RIGHT).unwrap());
    let text = version.carried_cases().unwrap();
    for hidden in ["somebody@", "a-lookup-id", "a-hash", "sk-lw-secret"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    // That a project has a key is known all the same.
    CarriedCases::of(&version).unwrap().unwrap().check(&version).unwrap();
}

#[test]
fn more_than_a_version_may_carry_is_refused() {
    let many = format!("{}\n", RIGHT.lines().next().unwrap()).repeat(10_000);
    assert!(matches!(CarriedCases::put(LANGWATCH, directory().document(), &many), Err(CarriedError::TooLarge { .. })));
    let error =
        engine().load(&clearance_host::with_cases(LANGWATCH, &" ".repeat(clearance_host::MAX_CARRIED_BYTES + 1))).unwrap_err();
    assert!(matches!(error, LoadError::Cases(_)), "{error}");
}
