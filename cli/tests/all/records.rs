//! A record that is older than it was, and what the command says of it.

use std::{fs, process::Command};

use crate::{
    policies::{Bench, digest_of},
    run::{clearance, command, database, finish},
    server::Server,
};

fn head_of(database: &str) -> String {
    clearance(&["audit", "head", "--database", database]).out.trim().to_owned()
}

/// A backup from before a revocation lets the key in again: it is refused, and the newer database says what was revoked.
#[test]
fn an_older_backup_revives_nothing_unnoticed() {
    let (database, operator) = database("older.db");
    let server = Server::over(database.clone(), operator.clone());
    let create = ["key", "create", "--json", "--as", "ana", "--organization", "acme", "--name", "x", "--project", "shop"];
    let made = server.ask(&create).json();
    let key = made["key"]["id"].as_str().expect("it has an id").to_owned();
    assert_eq!(server.stop().0, Some(0));
    let (backup, newer) = (format!("{database}.backup"), format!("{database}.newer"));
    fs::copy(&database, &backup).expect("it can be copied");
    let older = head_of(&database);

    let server = Server::over(database.clone(), operator.clone());
    let run = server.ask(&["key", "edit", &key, "--as", "ana", "--readonly", "--project", "shop"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = server.ask(&["key", "revoke", &key, "--as", "ana", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(server.stop().0, Some(0));
    let head = head_of(&database);
    assert_eq!(fs::read_to_string(format!("{database}.head")).expect("a clean stop notes it").trim(), head);
    fs::copy(&database, &newer).expect("it can be copied");

    // What an older database would let in again.
    let since = clearance(&["audit", "since", &older, "--database", &newer]);
    assert!(since.code == 0 && since.out.contains(&format!("key revoked  {key}")), "{} {}", since.out, since.err);
    assert!(since.out.contains(&format!("key changed  {key}")), "{}", since.out);
    let since = clearance(&["audit", "since", &older, "--database", &newer, "--json"]).json();
    let what = |row: usize| (since[row]["what"].as_str(), since[row]["id"].as_str());
    assert_eq!((what(0), what(1)), ((Some("keyEdit"), Some(&*key)), (Some("key"), Some(&*key))));
    let none = clearance(&["audit", "since", &head, "--database", &newer]);
    assert!(none.code == 0 && none.out.contains("nothing was revoked"), "{}", none.out);
    let other = clearance(&["audit", "since", &head, "--database", &backup]);
    assert!(other.code == 1 && other.out.contains("does not go on from that head"), "{}", other.out);

    // Restored in its place: the file beside it knows better.
    fs::copy(&backup, &database).expect("it can be copied");
    let serve = |database: &str, rest: &[&str]| {
        finish(command(&[&["serve", "--database", database, "--listen", "127.0.0.1:0"], rest].concat()))
    };
    let run = serve(&database, &[]);
    assert_eq!((run.code, &*run.out), (2, ""));
    for part in ["is older than its file", "clearance audit since", "clearance audit accept", &head] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    // In another place only a head that somebody noted tells.
    let run = serve(&backup, &["--audit-head", &head]);
    assert!(run.code == 2 && run.err.contains("what was revoked since then counts again"), "{} {}", run.code, run.err);

    let run = clearance(&["audit", "accept", "--database", &database]);
    assert!(run.code == 0 && run.out.contains(&format!("accepted {older}, in place of {head}")), "{} {}", run.out, run.err);
    let mut serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--audit-head", &older]);
    serve.env("CLEARANCE_CACHE", "off");
    let server = Server::run(serve, database.clone(), operator);
    assert_eq!(server.stop().0, Some(0));
    let tail = clearance(&["audit", "tail", "--database", &database]).out;
    assert!(tail.contains("audit.accept"), "{tail}");
    for file in [backup, newer] {
        fs::remove_file(file).expect("it is there");
    }
}

/// A folder without its history is not one in which nothing was ever live.
#[test]
fn a_lost_history_is_not_no_history() {
    let bench = Bench::new("lost-history");
    let (database, operator) = database("lost-history.db");
    let (versions, public) = (bench.path("versions"), bench.signed());
    assert_eq!(bench.add(&["--trust", &public]).code, 0);
    let strict = digest_of(&bench.component);
    bench.make_live(&strict);
    let serve = |rest: &[&str]| {
        let start = ["serve", "--database", &*database, "--listen", "127.0.0.1:0", "--policies", &*versions, "--trust", &*public];
        command(&[&start[..], rest].concat())
    };
    // What a command made live, the audit says from the first start on.
    let server = Server::run(serve(&[]), database.clone(), operator.clone());
    assert_eq!(server.stop().0, Some(0));
    fs::remove_file(bench.folder.join("versions/history.json")).expect("it is there");
    let run = finish(serve(&[]));
    assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
    for part in ["nothing takes its place", &strict, "restore `history.json`", "--accept-lost-history"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    let run = finish(command(&["serve", "--database", &database, "--listen", "127.0.0.1:0"]));
    assert!(run.code == 2 && run.err.contains("name the folder of versions with `--policies`"), "{}", run.err);
    let server = Server::run(serve(&["--accept-lost-history"]), database.clone(), operator.clone());
    assert_eq!(server.stop().0, Some(0));
    let tail = clearance(&["audit", "tail", "--database", &database]).out;
    assert!(tail.contains(r#""accepted":"lost-history""#), "{tail}");
    let server = Server::run(serve(&[]), database, operator);
    assert_eq!(server.stop().0, Some(0));
}

/// What somebody changed in the file shows, though the audit is whole.
#[test]
fn what_is_stored_otherwise_than_the_audit_says_is_told() {
    let (database, _) = database("differs.db");
    let name = ["operator", "create", "--database", &*database, "--name", "x", "--for", "check", "--json"];
    let made = clearance(&name).json();
    let id = made["id"].as_str().expect("it has one");
    assert_eq!(clearance(&["operator", "revoke", "--database", &database, id, "--yes"]).code, 0);
    let verify = |rest: &[&str]| clearance(&[&["audit", "verify", "--database", &*database], rest].concat());
    assert_eq!(verify(&[]).code, 0);
    // As somebody does who has the file and not the pepper.
    let forge = "UPDATE operators SET revoked_at = NULL";
    let forged = Command::new("sqlite3").args([&*database, forge]).status();
    if !forged.is_ok_and(|status| status.success()) {
        println!(
            "there is no command `sqlite3` here: audit::what_is_stored_otherwise_than_the_audit_says_is_named sees the same"
        );
        return;
    }
    let run = verify(&[]);
    assert!(run.code == 1 && run.out.contains(&format!("the operator `{id}` is not revoked")), "{}", run.out);
    let json = verify(&["--json"]);
    assert_eq!(json.code, 1);
    assert_eq!(json.json()["differences"][0]["kind"], "operatorNotRevoked");
}
