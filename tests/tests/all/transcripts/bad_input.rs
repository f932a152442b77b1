//! Input that is wrong, with the name of the error that every language gives it. After each the next question is answered.

use serde_json::{Value, json};

use super::{NOW, Player, hostile::Deed};

/// A question that is answered, whatever was refused before it.
fn check() -> Value {
    json!({"ask": {"check": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}, "now": NOW})
}

fn still_answers(player: &mut Player) {
    let answer = player.answered(check());
    assert_eq!(answer["allow"], true, "{answer}");
}

/// Directory files, changes, questions and times.
pub(crate) fn texts(player: &mut Player, company: &str) {
    player.answered(json!({"load": {"text": company}}));
    let no_organization = r#"{"teams": [{"id": "web", "organization": "acme"}]}"#;
    let unknown_role = r#"{"organizations":[{"id":"acme"}],"users":[{"id":"ana"}],"members":[{"organization":"acme","user":"ana","role":"OWNER"}]}"#;
    let two = r#"{"organizations":[{"id":"acme"},{"id":"acme"}]}"#;
    let twice = r#"{"users":[{"id":"ana","id":"ben"}]}"#;
    let hour = r#"{"users":[{"id":"ana","deactivatedAt":"2026-06-01T25:00:00Z"}]}"#;
    let number = r#"{"users":[{"id":7}]}"#;
    let cut = &company[..company.len() / 2];
    for text in ["", "{", "[]", "null", "{} {}", no_organization, unknown_role, two, twice, hour, number, cut, r#"{"userz":[]}"#]
    {
        player.refused(json!({"load": {"text": text}}), "directory");
    }
    still_answers(player);

    for changes in [
        json!({}),
        json!([7]),
        json!([{"addUsr": {"id": "zoe"}}]),
        json!([{"addUser": {"id": "zoe"}, "removeUser": "ben"}]),
        json!([{"addUser": {"id": "zoe", "admin": true}}]),
        json!([{"addUser": ["zoe"]}]),
        json!([{"deactivateUser": {"user": "ben", "at": "yesterday"}}]),
    ] {
        player.refused(json!({"apply": changes}), "malformed");
    }
    for text in ["", "[", "[] []", r#"[{"removeMember":{"organization":"acme","user":"ben","user":"ana"}}]"#] {
        player.refused(json!({"applyText": text}), "malformed");
    }
    player.refused(json!({"apply": [{"addUser": {"id": "zoe"}}, {"removeTeam": "nowhere"}]}), "refused");
    player.refused(json!({"apply": [{"addUser": {"id": ""}}]}), "refused");
    // The first change of the refused list was not made either.
    player.answered(json!({"apply": [{"addUser": {"id": "zoe"}}, {"removeUser": "zoe"}]}));
    still_answers(player);

    let shop = json!({"project": "shop"});
    for request in [
        json!({}),
        json!([]),
        json!("check"),
        json!({"chekc": {}}),
        json!({"describe": {}, "words": {}}),
        json!({"describe": null}),
        json!({"describe": {"more": 1}}),
        json!({"check": {"permission": "prompts:view", "at": shop}}),
        json!({"check": {"key": "ci", "user": "ben", "permission": "prompts:view", "at": shop}}),
        json!({"check": {"key": null, "permission": "prompts:view", "at": shop}}),
        json!({"check": {"key": 7, "permission": "prompts:view", "at": shop}}),
        json!({"check": {"key": ["ci"], "permission": "prompts:view", "at": shop}}),
        json!({"check": {"key": "ci", "at": shop}}),
        json!({"check": {"key": "ci", "permission": 0, "at": shop}}),
        json!({"check": {"key": "ci", "permission": "prompts:view"}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": "shop"}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": {}}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": {"project": "shop", "team": "web"}}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": {"place": "shop"}}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": shop, "now": NOW}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": shop, "now": "2026-06-01"}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": shop, "now": "2026-06-01T12:00:00+25:00"}}),
        json!({"check": {"key": "ci", "permission": "prompts:view", "at": shop, "when": "2026-06-01T12:00:00Z"}}),
        json!({"checkMany": {"questions": {}}}),
        json!({"checkMany": {"questions": [{"key": "ci"}]}}),
        json!({"effective": {"key": "ci"}}),
        json!({"effective": {"key": "ci", "at": shop, "permission": "prompts:view"}}),
        json!({"visibleProjects": {"user": "ben"}}),
        json!({"visibleProjects": {"key": "ci", "at": shop}}),
        json!({"repair": {"key": "ci", "permission": "prompts:view", "at": shop, "asker": {"projectKey": "shop"}}}),
        json!({"swap": {"version": -1}}),
        json!({"swap": {"version": "1"}}),
    ] {
        player.refused(json!({"ask": request, "now": NOW}), "malformed");
    }
    let deep = "[".repeat(10_000);
    let twice = r#"{"check": {"key": "nobody", "key": "ci", "permission": "prompts:view", "at": {"project": "shop"}}}"#;
    let behind = r#"{"describe": {}} {"words": {}}"#;
    for text in ["", "{", "null", &deep, twice, behind, r#"{"check": {"key": "\ud800", "permission": "a", "at": {"team": "b"}}}"#]
    {
        player.refused(json!({"askText": text, "now": NOW}), "malformed");
    }
    player.refused(json!({"ask": {"swap": {"version": 4_000_000_000_u32}}, "now": NOW}), "version-unknown");
    for now in [json!(-1), json!(0.5), json!(1e300), json!(u64::MAX), json!(9_007_199_254_740_991_u64), json!(-1e-300)] {
        let mut step = check();
        step["now"] = now;
        player.refused(step, "time");
    }
    still_answers(player);

    // These are questions, and their answers are denials.
    let long = "k".repeat(100_000);
    for (principal, permission, at, reason) in [
        (json!({"key": "nobody"}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"key": ""}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"key": "cl\u{e9}"}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"key": "c\u{0}i"}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"key": long}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"user": "ci"}), "prompts:view", json!({"project": "shop"}), "principal-unknown"),
        (json!({"key": "ci"}), "prompts:view", json!({"team": "shop"}), "place-unknown"),
        (json!({"key": "ci"}), "prompts:view", json!({"project": ""}), "place-unknown"),
        (json!({"key": "ci"}), "", json!({"project": "shop"}), "permission-unknown"),
        (json!({"key": "ci"}), "Prompts:view", json!({"project": "shop"}), "permission-unknown"),
    ] {
        let mut request = principal;
        request["permission"] = permission.into();
        request["at"] = at;
        let answer = player.answered(json!({"ask": {"check": request}, "now": NOW}));
        assert_eq!((&answer["allow"], &answer["reason"]), (&json!(false), &json!(reason)), "{answer}");
    }
}

/// Bytes that are not a policy, and a policy that misbehaves.
pub(crate) fn policies(player: &mut Player, company: &str) {
    player.answered(json!({"load": {"text": company}}));
    for (name, error) in [
        ("empty", "not-a-component"),
        ("module", "not-a-component"),
        ("cut", "invalid"),
        ("no-interfaces", "contract"),
        ("imports", "imports"),
    ] {
        player.refused(json!({"swap": name}), error);
        player.refused(json!({"pin": {"organization": "acme", "policy": name}}), error);
        player.refused(json!({"load": {"policy": name, "text": company}}), error);
        still_answers(player);
    }
    player.answered(json!({"swap": "hostile"}));
    still_answers(player);
    for (deed, errors, needs) in [
        (Deed::Trap, &["trap"][..], None),
        (Deed::Recurse, &["stack"], None),
        // Whether a policy is stopped at its limit, or learns that there is no more and traps, is up to the runtime.
        (Deed::EatMemory, &["memory", "trap"], None),
        (Deed::AnswerWrongly, &["wrong-answer"], None),
        (Deed::AnswerTooMuch, &["answer-too-large"], None),
        (Deed::Loop, &["deadline", "timeout"], Some("deadline")),
    ] {
        // Nothing else asks about this one, so that no answer is kept.
        let question = json!({"user": "ana", "at": {"project": "shop"}});
        let mut with_permission = question.clone();
        with_permission["permission"] = json!("prompts:view");
        for request in [json!({"check": with_permission}), json!({"effective": question})] {
            player.stopped(json!({"ask": request, "now": deed.moment()}), errors, needs);
            still_answers(player);
            // Explanations are never kept: the policy itself answers again.
            player.answered(json!({"ask": {"explain": with_permission}, "now": NOW}));
        }
    }
    player.answered(json!({"swap": "strict"}));
    still_answers(player);
}
