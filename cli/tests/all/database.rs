//! A database from a directory file, and what is said of it without a server.

use std::{fs, process::Stdio};

use crate::run::{PEPPER, ask, clearance, command, company, database, file, finish, temporary};

#[test]
fn a_database_answers_as_the_directory_it_was_made_from() {
    let (database, _) = database("answers.db");
    for question in [
        "--key ci --permission prompts:view --project shop",
        "--key ci --permission project:delete --project shop",
        "--project-key shop --permission traces:create --project shop",
        "--user cleo --permission annotations:manage --project shop",
    ] {
        let parts: Vec<&str> = question.split(' ').collect();
        for verb in ["check", "explain"] {
            let asked = clearance(&[&[verb, "--database", &database], &parts[..]].concat());
            let expected = ask(verb, question);
            assert_eq!((asked.code, asked.out), (expected.code, expected.out), "{verb} {question}");
        }
    }
    let questions = temporary("database.jsonl", "{\"id\":\"1\",\"user\":\"ana\",\"at\":{\"team\":\"web\"}}\n");
    let asked = clearance(&["evaluate", "--database", &database, "--cases", &questions]);
    assert_eq!(asked.out, clearance(&["evaluate", "--directory", &company(), "--cases", &questions]).out);
    assert_eq!(clearance(&["lint", "--database", &database]).out, ask("lint", "").out);
}

#[test]
fn what_is_exported_is_the_directory_without_secrets() {
    let hash = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
    let text = fs::read_to_string(company()).expect("the company is there");
    let text = text.replace(r#""name": "CI","#, &format!(r#""name": "CI", "lookupId": "lookup", "hashedSecret": "{hash}","#));
    let directory = temporary("with-hash.json", &text);
    let database = file("target").join("never").join("made.db").display().to_string();
    // The folder is not there, so nothing is made.
    let run = clearance(&["init", "--directory", &directory, "--database", &database]);
    assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);

    let database = temporary("exported.db", "");
    fs::remove_file(&database).expect("it was there");
    let made = clearance(&["init", "--directory", &directory, "--database", &database]);
    assert!(made.out.contains("1 organization, 5 users, 4 projects and 8 keys, 1 with the hash of a secret"), "{}", made.out);
    let mut export = command(&["export", "--database", &database]);
    export.env_remove("CLEARANCE_PEPPER");
    let export = finish(export);
    assert_eq!(export.code, 0, "{}", export.err);
    assert!(!export.out.contains(hash) && !export.out.contains("sk-lw-not-a-secret"), "{}", export.out);
    assert!(!export.out.contains("projectKey"), "{}", export.out);
    let again = temporary("exported.json", &export.out);
    let question = ["--user", "ben", "--team", "web"];
    let effective = |source: [&str; 2]| clearance(&[&["effective"], &source[..], &question[..]].concat()).out;
    assert_eq!(effective(["--directory", &again]), effective(["--directory", &company()]));
    fs::remove_file(&database).expect("it is there");
}

#[test]
fn a_database_begins_with_one_operator_whose_token_is_shown_once() {
    let (path, token) = database("once.db");
    assert!(token.starts_with("op-cl-"), "{token}");
    let run = clearance(&["init", "--directory", &company(), "--database", &path]);
    assert_eq!((run.code, &*run.out), (2, ""));
    assert!(run.err.contains("once.db` exists already"), "{}", run.err);
    for arguments in [&["audit", "tail"][..], &["audit", "tail", "--json"], &["audit", "head"], &["export"]] {
        let run = clearance(&[arguments, &["--database", &path]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(!run.out.contains(&token[10..]), "{}", run.out);
    }
    let stored = fs::read(&path).expect("the database is a file");
    assert!(!stored.windows(48).any(|window| window == &token.as_bytes()[token.len() - 48..]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_token_that_did_not_arrive_is_an_error() {
    let path = temporary("lost.db", "");
    fs::remove_file(&path).expect("it was there");
    let mut init = command(&["init", "--directory", &company(), "--database", &path]);
    let full = fs::File::create("/dev/full").expect("Linux has it");
    let output = init.stdout(full).stderr(Stdio::piped()).output().expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("the token of its operator is lost: delete `"), "{message}");
}

#[test]
fn what_is_wrong_with_the_pepper_is_said_and_nothing_is_made() {
    let path = temporary("pepper.db", "");
    fs::remove_file(&path).expect("it was there");
    let refused = |pepper: Option<&str>, part: &str| {
        let mut init = command(&["init", "--directory", &company(), "--database", &path]);
        match pepper {
            Some(pepper) => init.env("CLEARANCE_PEPPER", pepper),
            None => init.env_remove("CLEARANCE_PEPPER"),
        };
        let run = finish(init);
        assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
        assert!(run.err.contains(part), "{part}: {}", run.err);
        assert!(!fs::exists(&path).expect("it can be looked for"));
    };
    refused(None, "there is no pepper: set `CLEARANCE_PEPPER_FILE` to a file that holds it");
    refused(Some("fifteen-letters"), "15 characters, write at least 16");
    let pepper = temporary("pepper", PEPPER);
    let mut init = command(&["init", "--directory", &company(), "--database", &path]);
    init.env_remove("CLEARANCE_PEPPER").env("CLEARANCE_PEPPER_FILE", &pepper);
    assert_eq!(finish(init).code, 0);
    let mut other = command(&["audit", "head", "--database", &path]);
    other.env("CLEARANCE_PEPPER", "another-pepper-altogether");
    let other = finish(other);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("is not the one that this database was made with"), "{}", other.err);
    assert_eq!(clearance(&["audit", "head", "--database", &path]).code, 0);
}

#[test]
fn the_audit_is_shown_and_verified() {
    let (path, _) = database("audit.db");
    let rows = clearance(&["audit", "tail", "--json", "--database", &path]).json();
    assert_eq!((&rows[0]["verb"], &rows[0]["who"]["kind"]), (&"database.init".into(), &"command".into()));
    let tail = clearance(&["audit", "tail", "--database", &path]).out;
    assert!(tail.contains("database.init  first  by a command on this machine"), "{tail}");

    let head = clearance(&["audit", "head", "--database", &path]).out;
    let json = clearance(&["audit", "head", "--json", "--database", &path]).json();
    assert_eq!((json["count"].as_u64(), json["head"].as_str()), (Some(1), Some(head.trim())));
    let verify = |head: &str| clearance(&["audit", "verify", "--database", &path, "--head", head]);
    assert_eq!(verify(head.trim()).code, 0);
    let cut_off = verify(&head.trim().replace("1:", "2:"));
    assert_eq!(cut_off.code, 1);
    assert!(cut_off.out.contains("broken  the audit was cut off: row 2"), "{}", cut_off.out);
    let other = verify(&format!("1:{}", "0".repeat(64)));
    assert_eq!(other.code, 1);
    let wrong = verify("1:abc");
    assert_eq!((wrong.code, &*wrong.out), (2, ""));
    let unsure = clearance(&["audit", "verify", "--database", &path]);
    assert_eq!(unsure.code, 0);
    assert!(unsure.out.contains("only a head that was noted earlier"), "{}", unsure.out);
}

#[test]
fn what_is_no_database_is_refused() {
    let text = temporary("no-database.db", "{}");
    for (path, part) in [("no-such.db", "there is no database `no-such.db`"), (&*text, "not a database of Clearance")] {
        for arguments in [&["lint"][..], &["export"], &["audit", "head"]] {
            let run = clearance(&[arguments, &["--database", path]].concat());
            assert_eq!((run.code, &*run.out), (2, ""), "{arguments:?} {path}");
            assert!(run.err.contains(part), "{}", run.err);
        }
    }
    let both = clearance(&["lint", "--database", &text, "--directory", &company()]);
    assert_eq!(both.code, 2);
    assert!(both.err.contains("cannot be used with"), "{}", both.err);
}

#[test]
fn a_token_in_quotation_marks_is_told_so() {
    let refused = |token: &str, part: &str| {
        let mut list = command(&["key", "list", "--as", "ana", "--organization", "acme", "--server", "http://127.0.0.1:9"]);
        list.env("CLEARANCE_OPERATOR", token);
        let run = finish(list);
        assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
        assert!(run.err.contains(part) && !run.err.contains("aYZB"), "{part}: {}", run.err);
    };
    let token = format!("op-cl-aYZB{}_{}", "0".repeat(12), "a".repeat(48));
    refused(&format!("\"{token}\""), "stands in quotation marks, which are not part of the token");
    refused(&format!("'{token}'"), "stands in quotation marks");
    refused(
        &token.replace("op-cl-", "sk-lw-"),
        "does not give the token of an operator: such a token is one word that begins with `op-cl-`",
    );
    refused(&token[..token.len() - 1], "is not whole: the secret has 47 characters");
    refused(&token, "no answer from");
}

#[test]
fn a_name_cannot_look_like_another() {
    let (file, _) = database("look-alike.db");
    let create = |name: &str| {
        clearance(&[
            "key",
            "create",
            "--as",
            "ana",
            "--organization",
            "acme",
            "--project",
            "shop",
            "--database",
            &file,
            "--name",
            name,
        ])
    };
    for name in ["Langy\u{200b} session", "noisses \u{202e}ygnaL", "Langy\u{a0}session"] {
        let made = create(name);
        assert_eq!(made.code, 0, "{}", made.err);
        assert!(!made.out.contains(name), "{}", made.out);
    }
    let listed = clearance(&["key", "list", "--as", "ana", "--organization", "acme", "--database", &file]).out;
    for name in ["Langy\\u{200b} session", "noisses \\u{202e}ygnaL", "Langy\\u{a0}session"] {
        assert!(listed.contains(name), "{name}: {listed}");
    }
}
