//! What would grant it.

use serde_json::json;

use crate::run::ask;

/// Questions, what is answered, and the exit code.
const OUTCOMES: [(&str, &str, i32); 9] = [
    ("--key ci --permission prompts:view --project shop", "allowed", 0),
    ("--user ben --permission team:manage --team web", "sets", 1),
    ("--user ana --permission prompts:fly --project shop", "permission-unknown", 1),
    ("--user ana --permission prompts:view --project nowhere", "place-unknown", 1),
    ("--user nobody --permission prompts:view --project shop", "principal-unknown", 1),
    ("--project-key shop --permission cost:view --team web", "project-key", 1),
    ("--key laptop --permission prompts:view --project shop", "key-revoked", 1),
    ("--key ci --permission team:manage --team web --asker cleo", "not-shown", 1),
    ("--key ci --permission prompts:view --project shop --asker nobody", "not-shown", 1),
];

#[test]
fn every_outcome_has_its_word_and_its_exit_code() {
    for (question, outcome, code) in OUTCOMES {
        let run = ask("repair", &format!("{question} --json"));
        assert_eq!(run.code, code, "{question}");
        let answer = run.json();
        let found = answer.get("obstacle").unwrap_or(&answer["outcome"]);
        assert_eq!(found, outcome, "{question}");
        assert_eq!(answer["outcome"] == "nothing", answer.get("obstacle").is_some(), "{question}");
        assert!(answer["policy"].is_string());

        let human = ask("repair", question);
        assert_eq!((human.code, &*human.err), (code, ""), "{question}");
        let word = if outcome == "allowed" { "allow  " } else { outcome };
        assert!(outcome == "sets" || human.out.contains(word), "{}", human.out);
    }
}

#[test]
fn a_set_says_what_is_to_be_changed_and_by_whom() {
    let first = |question: &str| ask("repair", &format!("{question} --json")).json()["sets"][0].clone();
    let renewed = json!([{"renew": {"key": "trial"}, "by": "nobody"}]);
    assert_eq!(first("--key trial --permission prompts:view --project shop"), renewed);
    let reactivated = json!([{"reactivate": {"user": "eve"}, "by": "organization-admin"}]);
    assert_eq!(first("--user eve --permission organization:view --organization acme"), reactivated);
    let admin = json!({"organization": "acme", "user": "ben", "role": "ADMIN", "scope": {"team": "web"}});
    assert_eq!(first("--user ben --permission team:manage --team web"), json!([{"bind": admin, "by": "organization-admin"}]));

    // A user who is not a member joins with the least role that will do.
    let joined = first("--key orphan --permission prompts:view --project shop");
    let external = json!({"membership": {"organization": "acme", "user": "dan", "role": "EXTERNAL"}, "by": "organization-admin"});
    assert_eq!(joined[0], external);
    assert_eq!(joined[1]["bind"]["user"], "dan");

    let human = ask("repair", "--key trial --permission prompts:view --project shop").out;
    for part in ["deny   ", "  + key `trial` expires later\n", "    nobody: ", "This would grant it. sha256:"] {
        assert!(human.contains(part), "{part}: {human}");
    }
}

#[test]
fn only_what_the_asker_may_see_is_shown() {
    let question = "--key ci --permission team:manage --team web";
    let all = ask("repair", &format!("{question} --json")).json();
    for (asker, shown) in [("ana", true), ("ben", true), ("cleo", false), ("dan", false), ("eve", false)] {
        let answer = ask("repair", &format!("{question} --asker {asker} --json")).json();
        assert_eq!(answer == all, shown, "{asker}: {answer}");
        assert_eq!(answer["obstacle"] == "not-shown", !shown, "{asker}: {answer}");
    }
}

#[test]
fn a_denial_says_where_to_look() {
    for (verb, question, hint) in [
        ("check", "--user ben --permission team:manage --team web", true),
        ("explain", "--user ben --permission team:manage --team web", true),
        ("check", "--key ci --permission prompts:view --project shop", false),
    ] {
        assert_eq!(ask(verb, question).out.contains("`clearance repair`"), hint, "{verb} {question}");
    }
}
