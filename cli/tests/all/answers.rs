//! Every verb over the example company.

use serde_json::json;

use crate::run::{ask, clearance, company, file};

const LANGWATCH: &str = "policy/dist/langwatch.wasm";

/// Every reason that data can bring about, with its exit code.
const REASONS: [(&str, &str, i32); 17] = [
    ("--key ci --permission prompts:view --project shop", "binding", 0),
    ("--user ben --permission organization:view --organization acme", "floor", 0),
    ("--user ben --permission datasets:view --project lake", "team-membership", 0),
    ("--project-key shop --permission traces:create --project shop", "project-key", 0),
    ("--user ana --permission prompts:fly --project shop", "permission-unknown", 1),
    ("--user ana --permission prompts:view --project nowhere", "place-unknown", 1),
    ("--user nobody --permission prompts:view --project shop", "principal-unknown", 1),
    ("--user eve --permission prompts:view --project shop", "user-deactivated", 1),
    ("--user dan --permission prompts:view --project shop", "not-member", 1),
    ("--user cleo --permission datasets:view --project shop", "lite-member", 1),
    ("--user ben --permission team:manage --team web", "lacks", 1),
    ("--key laptop --permission prompts:view --project shop", "key-revoked", 1),
    ("--key trial --permission prompts:view --project shop", "key-expired", 1),
    ("--key retired --permission prompts:view --project shop", "owner-deactivated", 1),
    ("--key ingest --permission traces:view --project shop", "key-lacks", 1),
    ("--key orphan --permission prompts:view --project shop", "owner-not-member", 1),
    ("--key ci --permission team:manage --team web", "owner-lacks", 1),
];

#[test]
fn every_reason_has_its_word_and_its_exit_code() {
    for (question, reason, code) in REASONS {
        let human = ask("check", question);
        assert_eq!((human.code, &*human.err), (code, ""), "{question}");
        let (verdict, why) = human.out.split_once('\n').expect("two lines");
        assert!(verdict.starts_with(if code == 0 { "allow  " } else { "deny   " }), "{verdict}");
        assert!(why.starts_with(&format!("       {reason}: ")), "{why}");

        let run = ask("check", &format!("{question} --json"));
        assert_eq!(run.code, code, "{question}");
        let answer = run.json();
        assert_eq!(answer["allow"], code == 0, "{question}");
        assert_eq!(answer["reason"], reason, "{question}");
        assert_eq!(answer.get("binding").is_some(), reason == "binding", "{question}");

        let run = ask("explain", &format!("{question} --json"));
        assert_eq!((run.code, &run.json()["reason"]), (code, &json!(reason)), "{question}");
        let run = ask("explain", question);
        assert_eq!((run.code, &*run.err), (code, ""), "{question}");
        assert!(run.out.starts_with(&human.out), "explain begins as check does: {}", run.out);
    }
}

#[test]
fn check_answers_json_with_the_binding_and_the_policy() {
    let digest = clearance(&["policy", "inspect", &file(LANGWATCH).display().to_string(), "--json"]).json()["digest"].clone();
    let answer = ask("check", "--key ci --permission prompts:view --project shop --json").json();
    assert_eq!(answer, json!({"allow": true, "reason": "binding", "binding": "b04", "policy": digest}));
}

#[test]
fn the_moment_of_the_question_counts() {
    let trial = "--key trial --permission prompts:view --project shop";
    assert_eq!(ask("check", &format!("{trial} --now 2026-04-01T00:00:00Z")).code, 0);
    assert_eq!(ask("check", &format!("{trial} --now 2026-04-01T00:00:00.001Z")).code, 1);
    let answer = ask("explain", &format!("{trial} --now 2026-03-31T00:00:00Z --json")).json();
    assert_eq!((answer.get("since"), &answer["until"]), (None, &json!("2026-04-01T00:00:00.000Z")));
    let human = ask("explain", &format!("{trial} --now 2026-03-31T00:00:00Z"));
    assert!(human.out.contains("Holds until 2026-04-01T00:00:00.000Z"), "{}", human.out);
}

#[test]
fn explain_shows_both_sides_of_a_key() {
    let answer = ask("explain", "--key ci --permission team:manage --team web --json").json();
    assert_eq!(answer["principal"]["allow"], true);
    assert_eq!(
        answer["principal"]["steps"],
        json!([{
            "source": {"binding": {"id": "b04", "organization": "acme", "key": "ci", "role": "ADMIN", "scope": {"team": "web"}}},
            "reading": "admin",
            "verdict": "grants",
        }])
    );
    assert_eq!((&answer["owner"]["allow"], &answer["owner"]["reason"]), (&json!(false), &json!("lacks")));
    assert_eq!(
        answer["owner"]["steps"],
        json!([
            {"source": "floor", "reading": "organization-member", "verdict": "below-organization"},
            {
                "source": {"binding":
                    {"id": "b02", "organization": "acme", "group": "developers", "role": "MEMBER", "scope": {"team": "web"}}},
                "reading": "member",
                "verdict": "not-listed",
            },
        ])
    );

    let human = ask("explain", "--key ci --permission team:manage --team web").out;
    for line in [
        "The key `ci`\n  by itself: allow (binding)\n  + binding `b04`: ADMIN at team `web`\n    read as the list `admin`: grants it\n",
        "Its owner, user `ben`\n  by itself: deny (lacks)\n",
        "  - binding `b02`: MEMBER at team `web`, through group `developers`\n    read as the list `member`: the list does not have it\n",
    ] {
        assert!(human.contains(line), "{line:?} in {human}");
    }
    assert!(ask("explain", "--key deploy --permission team:manage --team web").out.contains("a service key"));
}

#[test]
fn effective_lists_names_in_catalog_order() {
    let catalog = clearance(&["catalog", "--json"]).json();
    let names: Vec<&str> =
        catalog["permissions"].as_array().expect("a list").iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names.len(), 126);
    let run = ask("effective", "--user ana --project shop --json");
    assert_eq!(run.code, 0);
    assert_eq!(run.json()["permissions"], json!(names));

    let answer = ask("effective", "--key trial --team web --now 2026-03-01T00:00:00Z --json").json();
    let held: Vec<&str> = answer["permissions"].as_array().expect("a list").iter().filter_map(|name| name.as_str()).collect();
    assert!(!held.is_empty() && names.iter().filter(|name| held.contains(*name)).eq(held.iter()), "{held:?}");
    assert_eq!(answer["until"], "2026-04-01T00:00:00.000Z");

    let human = ask("effective", "--user ben --team web");
    assert_eq!(human.code, 0);
    assert!(human.out.starts_with("75 of 126 permissions: user `ben` at team `web`\n"), "{}", human.out);
    assert!(human.out.contains("\n  traces             view create update share\n"), "{}", human.out);
}

#[test]
fn effective_says_why_nothing_is_held() {
    for (question, reason) in [
        ("--user nobody --project shop", "principal-unknown"),
        ("--user ana --project nowhere", "place-unknown"),
        ("--key laptop --project shop", "key-revoked"),
    ] {
        let run = ask("effective", &format!("{question} --json"));
        assert_eq!(run.code, 0);
        assert_eq!((&run.json()["permissions"], &run.json()["reason"]), (&json!([]), &json!(reason)));
        let human = ask("effective", question);
        assert_eq!(human.code, 0);
        assert!(human.out.starts_with("nothing  ") && human.out.contains(reason), "{}", human.out);
    }
}

#[test]
fn lint_exits_with_1_when_it_finds_something() {
    let run = ask("lint", "--json");
    assert_eq!(run.code, 1);
    let findings = run.json();
    let findings = findings.as_array().expect("a list");
    let orphan = findings.iter().find(|finding| finding["code"] == "key-owner-not-member").expect("the key `orphan`");
    assert_eq!((&orphan["path"], &orphan["ids"][0]), (&json!("keys[6].owner"), &json!("orphan")));
    assert!(orphan["message"].is_string());
    let human = ask("lint", "");
    assert_eq!(human.code, 1);
    assert!(human.out.contains("key-owner-not-member  keys[6].owner\n"), "{}", human.out);
    assert!(human.out.ends_with(&format!("\n{} findings\n", findings.len())), "{}", human.out);

    let clean = crate::run::temporary("clean.json", r#"{"organizations": [{"id": "acme"}]}"#);
    let run = clearance(&["lint", "--directory", &clean]);
    assert_eq!((run.code, &*run.out), (0, "nothing found\n"));
    assert_eq!(clearance(&["lint", "--directory", &clean, "--json"]).json(), json!([]));
}

#[test]
fn the_catalog_has_permissions_lists_and_categories() {
    let catalog = clearance(&["catalog", "--json"]).json();
    assert_eq!(catalog["policy"], "langwatch");
    assert_eq!(catalog["permissions"][0], json!({"name": "organization:view", "tier": "organization"}));
    assert_eq!(catalog["implications"][0]["action"], "manage");
    let lists: Vec<_> = catalog["lists"].as_array().expect("a list").iter().map(|list| list["name"].clone()).collect();
    assert_eq!(json!(lists), json!(["viewer", "member", "admin", "lite-member", "organization-member"]));
    let categories = catalog["categories"].as_array().expect("a list");
    assert_eq!(categories.len(), 20);
    assert!(categories.iter().all(|row| row["key"].is_string() && row["label"].is_string() && row["read"].is_array()));
    assert_eq!(catalog["viewProject"], "project:view");

    let human = clearance(&["catalog"]);
    assert_eq!(human.code, 0);
    for part in
        ["langwatch 1.0.0", "\nList `viewer` (21)\n", "\nCategories", "  virtualKeys        view create update delete rotate"]
    {
        assert!(human.out.contains(part), "{part}");
    }
}

#[test]
fn a_policy_file_is_inspected_and_run() {
    let policy = file(LANGWATCH).display().to_string();
    let size = std::fs::metadata(&policy).expect("the component is there").len();
    let run = clearance(&["policy", "inspect", &policy, "--json"]);
    assert_eq!(run.code, 0);
    let summary = run.json();
    assert_eq!((&summary["name"], &summary["version"]), (&json!("langwatch"), &json!("1.0.0")));
    assert_eq!((&summary["contract"], &summary["imports"]), (&json!("clearance:policy@0.1.2"), &json!([])));
    assert_eq!((&summary["size"], &summary["catalog"]["permissions"]), (&json!(size), &json!(126)));
    let human = clearance(&["policy", "inspect", &policy]);
    assert_eq!(human.code, 0);
    let digest = summary["digest"].as_str().expect("a digest");
    assert!(digest.starts_with("sha256:") && human.out.contains(&format!("\ndigest    {digest}\n")), "{}", human.out);

    let directory = company();
    let question =
        ["check", "--directory", &directory, "--policy", &policy, "--user", "ana", "--permission", "ops:view", "--json"];
    let run = clearance(&[&question[..], &["--organization", "acme"]].concat());
    assert_eq!((run.code, &run.json()["policy"]), (0, &json!(digest)));
}
