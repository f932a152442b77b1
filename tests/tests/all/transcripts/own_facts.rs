//! Facts that a caller gathered itself: the questions of `examples/questions.jsonl`, whose answers are those of the rules.

use clearance::PolicyVersion;
use clearance_tests::other::with_action;
use serde_json::{Value, json};

use super::{NOW, Player};

const QUESTIONS: &str = include_str!("../../../../examples/questions.jsonl");

/// Every question once, and facts that are wrong.
pub(crate) fn steps(player: &mut Player, version: &PolicyVersion) {
    player.answered(json!({"load": {"text": "{}"}}));
    let mut number = 0;
    for line in QUESTIONS.lines() {
        let question: Value = serde_json::from_str(line).expect("a line is JSON");
        let Some(facts) = with_names(question["facts"].clone(), version) else { continue };
        number += 1;
        player.answers(json!({"ask": {"readFacts": facts}, "now": NOW}), &json!({"facts": number}));
        let ask = json!({"ask": {"decide": {"facts": number, "permission": question["permission"]}}, "now": NOW});
        let mut wanted = question["expected"].clone();
        wanted["policy"] = json!(version.digest().to_string());
        player.answers(ask.clone(), &wanted);
        player.answers(json!({"ask": {"dropFacts": {"facts": number}}, "now": NOW}), &json!({}));
        player.refused(ask, "facts-unknown");
    }
    assert!(number > 100, "most questions have roles that can be named: {number}");
    wrong_facts(player);
}

fn wrong_facts(player: &mut Player) {
    let good = json!({"now": "1", "place": {"tag": "organization", "val": 1}, "principal": {"tag": "unknown"}, "roles": []});
    player.answered(json!({"ask": {"readFacts": good.clone()}, "now": NOW}));
    for (field, value) in [
        ("now", json!(null)),
        ("now", json!(-1)),
        ("now", json!(1.5)),
        ("now", json!("+1")),
        ("now", json!("18446744073709551616")),
        ("now", json!(9_007_199_254_740_993_u64)),
        ("place", json!({"tag": "organization"})),
        ("place", json!({"tag": "unknown", "val": 1})),
        ("place", json!({"tag": "planet", "val": 1})),
        ("place", json!({"tag": "team", "val": {"team": 1}})),
        ("principal", json!({"tag": "user", "val": {"handle": 1}})),
        ("roles", json!({})),
        ("roles", json!([{"organization": 1, "permissions": "traces:view"}])),
        ("role", json!([])),
    ] {
        let mut facts = good.clone();
        facts[field] = value;
        player.refused(json!({"ask": {"readFacts": facts}, "now": NOW}), "malformed");
    }
    player.refused(json!({"ask": {"readFacts": null}, "now": NOW}), "malformed");
    player.refused(json!({"ask": {"dropFacts": {"facts": 4_000_000_000_u32}}, "now": NOW}), "facts-unknown");
}

/// The facts with the names of permissions in place of their numbers. `None` where a role is marked empty and is not, or the other way
/// round, which no list of names says.
fn with_names(mut facts: Value, version: &PolicyVersion) -> Option<Value> {
    for role in facts["roles"].as_array_mut().expect("a list") {
        let words = ["w0", "w1", "w2", "w3"].map(|word| role["permissions"][word].as_str().expect("a string").parse::<u64>());
        let mut names = Vec::new();
        for number in 0..256_u32 {
            let [word, bit] = [number / 64, number % 64];
            if words[usize::try_from(word).expect("it is small")].clone().expect("a number") >> bit & 1 == 1 {
                names.push(version.permission_name(number)?.to_owned());
            }
        }
        if role["empty"] != json!(names.is_empty()) {
            return None;
        }
        let role = role.as_object_mut().expect("an object");
        role.remove("empty");
        role.insert("permissions".into(), names.into());
    }
    Some(facts)
}

/// Facts that name a custom role with these permissions.
fn with_role(permissions: &[String]) -> Value {
    let binding = json!({"organization": 1, "scope": {"tier": "project", "at": 3}, "role": {"tag": "custom", "val": 0}});
    json!({
        "now": NOW.to_string(),
        "place": {"tag": "project", "val": {"project": 3, "team": 4, "organization": 1, "archived": false}},
        "principal": {"tag": "user", "val": {
            "handle": 2, "membership": "member", "bindings": [binding], "team-memberships": [], "deactivated": false,
        }},
        "roles": [{"organization": 1, "permissions": permissions}],
    })
}

#[test]
fn each_version_compiles_the_roles_of_facts_for_itself() {
    // The same number means another name there.
    let mut player = Player::new(&[("renamed", with_action("traces", "view", "look"))]);
    player.answered(json!({"load": {"text": "{}"}}));
    player.answered(json!({"ask": {"readFacts": with_role(&["traces:view".to_owned()])}, "now": NOW}));
    let decide = |player: &mut Player, permission: &str| {
        player.answered(json!({"ask": {"decide": {"facts": 1, "permission": permission}}, "now": NOW}))["allow"].clone()
    };
    assert_eq!(decide(&mut player, "traces:view"), true);
    player.answered(json!({"swap": "renamed"}));
    assert_eq!(decide(&mut player, "traces:look"), false);
    player.answered(json!({"swap": "langwatch"}));
    assert_eq!(decide(&mut player, "traces:view"), true);
}

#[test]
fn facts_are_bounded() {
    let mut player = Player::new(&[]);
    player.answered(json!({"load": {"text": "{}"}}));
    let read = |names: usize| json!({"ask": {"readFacts": with_role(&vec!["traces:view".to_owned(); names])}, "now": NOW});
    player.refused(read(1_001), "malformed");
    for _ in 0..10_000 {
        player.perform_quietly(&read(1));
    }
    player.refused(read(1), "too-many");
    player.answered(json!({"ask": {"dropFacts": {"facts": 7}}, "now": NOW}));
    player.answered(read(1_000));
}
