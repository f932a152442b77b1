//! The life of keys, in a database and by way of a server, and who may have a database open.

use std::{
    cell::RefCell,
    net::TcpListener,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::Value;

use crate::{
    run::{Run, clearance, clearance_reading, command, database, finish, temporary},
    server::{Connection, Server},
    wait::wait_until,
};

const ACME: [&str; 2] = ["--organization", "acme"];

/// Does a key command somewhere.
type Ask<'a> = &'a dyn Fn(&[&str]) -> Run;

fn good(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.err);
    run.json()
}

/// The policy says no.
fn refused(run: &Run, parts: &[&str]) {
    assert_eq!((run.code, &*run.out), (1, ""), "{}", run.err);
    parts.iter().for_each(|part| assert!(run.err.contains(part), "{part}: {}", run.err));
}

/// Something is wrong with what was asked.
fn error(run: &Run, parts: &[&str]) {
    assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    parts.iter().for_each(|part| assert!(run.err.contains(part), "{part}: {}", run.err));
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("`{field}` in {value}"))
}

fn bindings(key: &Value) -> Vec<String> {
    let bindings = key["bindings"].as_array().expect("a list").iter();
    let mut bindings: Vec<String> = bindings
        .map(|binding| format!("{} {} {}", text(binding, "role"), text(binding, "scopeType"), text(binding, "scopeId")))
        .collect();
    bindings.sort();
    bindings
}

fn create(ask: Ask<'_>, user: &str, rest: &[&str]) -> Run {
    ask(&[&["key", "create", "--json", "--as", user, "--name", "new"], &ACME[..], rest].concat())
}

/// Everything that a key goes through. The last thing is its revocation.
fn a_life(ask: Ask<'_>) {
    // "All" is what the owner has there: Ana is ADMIN of everything; Ben has nothing there of his own, and so reads.
    let made = good(&create(ask, "ana", &["--project", "shop", "--team", "data"]));
    assert_eq!(bindings(&made["key"]), ["ADMIN PROJECT shop", "ADMIN TEAM data"]);
    assert_eq!((text(&made["key"], "owner"), text(&made["key"], "permissionMode")), ("ana", "all"));
    let made = good(&create(ask, "ana", &["--for", "ben", "--project", "shop"]));
    assert_eq!(bindings(&made["key"]), ["VIEWER PROJECT shop"]);
    assert_eq!((text(&made["key"], "owner"), text(&made["key"], "createdBy")), ("ben", "ana"));
    let made = good(&create(ask, "ben", &["--team", "web", "--role", "member", "--description", "for me"]));
    assert_eq!(bindings(&made["key"]), ["MEMBER TEAM web"]);
    let made = good(&create(ask, "ben", &["--team", "web", "--readonly"]));
    assert_eq!((bindings(&made["key"]), text(&made["key"], "permissionMode")), (vec!["VIEWER TEAM web".to_owned()], "readonly"));

    // A restricted one, by category.
    let restricted = ["--service", "--project", "shop", "--category", "traces:write", "--category", "cost:read"];
    let made = good(&create(ask, "ana", &restricted));
    let (key, token) = (&made["key"], text(&made, "token"));
    assert!(token.starts_with("sk-lw-"));
    assert_eq!((text(key, "keyType"), text(key, "permissionMode")), ("service", "restricted"));
    assert_eq!(key["categories"].to_string(), r#"[{"category":"traces","level":"write"},{"category":"cost","level":"read"}]"#);
    assert!(key["permissions"].as_array().expect("a list").contains(&"traces:create".into()));
    let id = text(key, "id").to_owned();

    error(
        &create(ask, "ana", &["--project", "shop", "--category", "color:read"]),
        &["`--category color:read`: there is no such category", "`traces`"],
    );
    error(
        &create(ask, "ana", &["--project", "shop", "--category", "traces:all"]),
        &["`--category traces:all`: `traces` has no such level", "`write`"],
    );
    error(
        &create(ask, "ana", &["--project", "shop", "--permission", "traces:sing"]),
        &["`--permission traces:sing`", "not-allowed", "(validation_error)"],
    );
    refused(&create(ask, "ben", &["--service", "--project", "shop"]), &["Forbidden", "organization admin"]);
    refused(
        &create(ask, "ben", &["--project", "shop", "--role", "admin"]),
        &["api_key_scope_violation", "`--project shop`: the owner of the key does not have `project:manage` there"],
    );
    refused(
        &create(ask, "ben", &[]),
        &["api_key_scope_violation", "`--project`, `--team` and `--whole-organization`: a personal key needs at least one"],
    );
    refused(&create(ask, "dan", &["--project", "shop"]), &["api_key_scope_violation", "not a member"]);

    // Seen.
    let shown = good(&ask(&["key", "show", "--json", "--as", "ana", &id]));
    assert_eq!(shown, *key);
    refused(&ask(&["key", "show", "--as", "ana", "no/such?key"]), &["api_key_not_found"]);
    let list = |rest: &[&str]| good(&ask(&[&["key", "list", "--json", "--as"], rest, &ACME].concat()));
    let ids =
        |list: &Value| -> Vec<String> { list.as_array().expect("a list").iter().map(|key| text(key, "id").to_owned()).collect() };
    let active = ids(&list(&["ana"]));
    assert!(active.contains(&id) && active.contains(&"ci".to_owned()));
    assert!(!active.contains(&"laptop".to_owned()) && !active.contains(&"trial".to_owned()), "{active:?}");
    let all = ids(&list(&["ana", "--all"]));
    assert!(all.contains(&"laptop".to_owned()) && all.contains(&"trial".to_owned()), "{all:?}");
    let bens = ids(&list(&["ben"]));
    assert!(bens.contains(&"ci".to_owned()) && bens.contains(&id) && !bens.contains(&"labels".to_owned()), "{bens:?}");
    refused(&ask(&[&["key", "list", "--as", "dan"], &ACME[..]].concat()), &["not a member"]);

    // Edited: what it may do, at the places where it was.
    let edited = good(&ask(&["key", "edit", "--json", "--as", "ana", &id, "--name", "reads", "--category", "traces:read"]));
    assert_eq!(edited["key"]["categories"].to_string(), r#"[{"category":"traces","level":"read"}]"#);
    assert_eq!((text(&edited["key"], "name"), bindings(&edited["key"])), ("reads", vec!["CUSTOM PROJECT shop".to_owned()]));
    error(&ask(&["key", "edit", "--as", "ana", &id, "--project", "blog"]), &["say what the key may do there"]);
    error(&ask(&["key", "edit", "--as", "ana", &id]), &["nothing is to be changed"]);
    refused(&ask(&["key", "edit", "--as", "ben", &id, "--name", "mine"]), &["api_key_not_owned"]);
    let edited = good(&ask(&["key", "edit", "--json", "--as", "ana", &id, "--project", "blog", "--role", "all"]));
    assert_eq!(
        (bindings(&edited["key"]), text(&edited["key"], "permissionMode")),
        (vec!["ADMIN PROJECT blog".to_owned()], "all")
    );
    assert_eq!(edited["key"]["categories"].to_string(), "[]");

    // Revoked.
    refused(&ask(&["key", "revoke", "--as", "ben", &id, "--yes"]), &["api_key_not_owned"]);
    error(&ask(&["key", "revoke", "--as", "ana", &id]).without_question(), &["nobody can answer", "`--yes`"]);
    let revoked = good(&ask(&["key", "revoke", "--json", "--as", "ana", &id, "--yes"]));
    assert_eq!(text(&revoked["key"], "status"), "revoked");
    refused(&ask(&["key", "revoke", "--as", "ana", &id, "--yes"]), &["api_key_already_revoked"]);
}

#[test]
fn keys_live_in_a_database() {
    let (file, operator) = database("life.db");
    a_life(&|arguments| clearance(&[arguments, &["--database", &file]].concat()));
    let audit = clearance(&["audit", "tail", "-n", "100", "--database", &file]);
    for verb in ["key.create", "key.edit", "key.revoke"] {
        assert!(audit.out.contains(verb), "{verb}: {}", audit.out);
    }
    assert!(!audit.out.contains(&operator) && !audit.out.contains("sk-lw-"), "{}", audit.out);
    assert_eq!(clearance(&["audit", "verify", "--database", &file]).code, 0);
}

#[test]
fn keys_live_behind_a_server() {
    let server = Server::start("life-server.db");
    a_life(&|arguments| server.ask(arguments));
    let audit = clearance(&["audit", "tail", "-n", "100", "--database", &server.database]).out;
    assert!(audit.contains("by operator `first` from 127.0.0.1"), "{audit}");

    // The database is the server's alone; what only reads may read.
    let database = ["--database", &server.database];
    let revoke = clearance(&["key", "revoke", "--yes", "--as", "ana", "ci", "--database", &server.database]);
    error(&revoke, &["life-server.db` is in use by another process, such as a server: name it with `--server URL`"]);
    let list = ["key", "list", "--json", "--as", "ana", "--organization", "acme"];
    let listed = clearance(&[&list[..], &database[..]].concat());
    assert_eq!((listed.code, listed.out), (0, server.ask(&list).out), "{}", listed.err);
    error(&clearance(&["operator", "revoke", "first", "--yes", "--database", &server.database]), &["in use by another process"]);
    error(&clearance(&[&["serve", "--listen", "127.0.0.1:0"], &database[..]].concat()), &["in use by another process"]);
    assert_eq!(clearance(&[&["operator", "list"], &database[..]].concat()).code, 0);

    // Whom the server does not know, and what cannot be its address.
    let with = |operator: Option<&str>, address: &str| {
        let mut list = command(&["key", "list", "--as", "ana", "--organization", "acme", "--server", address]);
        operator.map(|operator| list.env("CLEARANCE_OPERATOR", operator));
        finish(list)
    };
    error(&with(None, &server.url()), &["`--server` takes an operator: set `CLEARANCE_OPERATOR`"]);
    let stranger = format!("op-cl-{}_{}", "a".repeat(16), "b".repeat(48));
    let unknown = with(Some(&stranger), &server.url());
    error(&unknown, &["does not know the operator in `CLEARANCE_OPERATOR`"]);
    assert!(!unknown.err.contains(&stranger));
    for address in ["127.0.0.1:7300", "ftp://127.0.0.1", "http://user:word@127.0.0.1:7300", "http://127.0.0.1:7300/?a=b"] {
        let run = with(Some(&server.operator), address);
        error(&run, &["not the address of a server"]);
        assert!(!run.err.contains("word@"));
    }
    error(&with(Some(&server.operator), "http://127.0.0.1:1"), &["no answer from http://127.0.0.1:1: "]);
    // A server that hangs up may have done it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it has an address"));
    let hangs_up = thread::spawn(move || drop(listener.accept()));
    let mut revoke = command(&["key", "revoke", "--as", "ana", "ci", "--yes", "--server", &address]);
    revoke.env("CLEARANCE_OPERATOR", &server.operator);
    error(&finish(revoke), &["the server may have done it all the same: look before you try again"]);
    hangs_up.join().expect("it hung up");
    let file = temporary("operator-token", format!("{}\n", server.operator));
    let mut list = command(&["key", "list", "--json", "--as", "ana", "--organization", "acme", "--server", &server.url()]);
    list.env("CLEARANCE_OPERATOR_FILE", file);
    good(&finish(list));
}

#[test]
fn a_token_is_shown_once_with_what_to_do_next() {
    let (file, _) = database("next.db");
    let ask = |arguments: &[&str]| clearance(&[arguments, &["--database", &file]].concat());
    let create = ["key", "create", "--as", "ana", "--organization", "acme", "--name", "laptop"];
    let made = ask(&[&create[..], &["--project", "shop"]].concat());
    assert_eq!((made.code, &*made.err), (0, ""));
    let token = made.out.lines().find_map(|line| line.strip_prefix("LANGWATCH_API_KEY=")).expect("the token is there");
    assert_eq!(made.out.matches(token).count(), 1);
    assert!(made.out.starts_with("created  key `key_"), "{}", made.out);
    for part in [
        "\nLANGWATCH_PROJECT_ID=shop\n",
        "curl -u \"$LANGWATCH_PROJECT_ID:$LANGWATCH_API_KEY\"",
        "Authorization: Bearer $LANGWATCH_API_KEY",
        "X-Auth-Token: $LANGWATCH_API_KEY",
        "Claude Code",
        "Cursor and VS Code",
        "@langwatch/mcp-server",
        "${LANGWATCH_ENDPOINT}",
    ] {
        assert!(made.out.contains(part), "{part}: {}", made.out);
    }
    let list = ask(&["key", "list", "--as", "ana", "--organization", "acme"]);
    let heading: Vec<&str> =
        list.out.lines().next().expect("a line").split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
    assert_eq!(heading, ["ID", "NAME", "TYPE", "STATUS", "SCOPE", "PERMISSIONS", "CREATED", "LAST USED", "CREATOR"]);
    assert!(list.out.contains("laptop") && list.out.contains("project shop") && list.out.contains("never"), "{}", list.out);
    assert!(!list.out.contains(&token[12..]), "{}", list.out);
    let show = ask(&["key", "show", "--as", "ana", "ingest"]);
    assert!(show.out.contains("CUSTOM at project `shop`") && show.out.contains("traces:create"), "{}", show.out);

    // A service key without a place, that has expired already.
    let made = ask(&[&create[..], &["--service", "--expires", "2020-01-01T00:00:00Z"]].concat());
    assert_eq!(made.out.matches("\nwarning  ").count(), 2, "{}", made.out);
    assert!(
        made.out.contains("it administers the whole organization") && made.out.contains("it has expired already"),
        "{}",
        made.out
    );

    // Asked before it is revoked.
    let revoke = ["key", "revoke", "--as", "ana", "ci", "--database", &file];
    let no = clearance_reading(&revoke, b"n\n");
    assert_eq!((no.code, no.out.trim()), (1, "nothing was changed"));
    assert!(no.err.contains("Revoke key `ci`, CI: personal, ADMIN at team web, at once and for good? [y/N]"), "{}", no.err);
    let yes = clearance_reading(&revoke, b"yes\n");
    assert_eq!((yes.code, yes.out.trim()), (0, "revoked  key `ci`, CI"), "{}", yes.err);
}

#[test]
fn operators_come_and_go() {
    let (file, _) = database("operators.db");
    let ask = |arguments: &[&str]| clearance(&[arguments, &["--database", &file]].concat());
    let made = good(&ask(&["operator", "create", "--json", "--name", "pipeline", "--for", "directory"]));
    let (id, token) = (text(&made, "id"), text(&made, "token"));
    error_usage(
        &ask(&["operator", "create", "--name", "x", "--for", "everything"]),
        "no operator is for `everything`, write `check`",
    );
    error_usage(&ask(&["operator", "create", "--name", "x"]), "--for <PURPOSE>");
    let list = ask(&["operator", "list"]).out;
    assert!(
        list.contains("first") && list.contains("pipeline") && list.contains("check, directory, policy, keys, operators"),
        "{list}"
    );
    assert!(list.contains(&token[6..11]) && !list.contains(&token[6..12]), "{list}");
    error(&ask(&["operator", "revoke", "nobody", "--yes"]), &["there is no operator `nobody`"]);

    let server = Server::over(file.clone(), token.to_owned());
    let run = server.ask(&["key", "list", "--as", "ana", "--organization", "acme"]);
    error(&run, &["the operator is not for `keys`"]);
    server.stop();
    assert_eq!(good(&ask(&["operator", "revoke", "--json", id, "--yes"]))["revoked"], true);
    let list = good(&ask(&["operator", "list", "--json"]));
    assert!(list[1]["revokedAt"].is_string() && list[0].get("revokedAt").is_none(), "{list}");
}

/// A token that leaked is not a reason to stop the gate.
#[test]
fn operators_come_and_go_while_the_server_runs() {
    let server = Server::start("operators-server.db");
    let ask = |arguments: &[&str]| server.ask(&[&["operator"], arguments].concat());
    let made = good(&ask(&["create", "--json", "--name", "backend", "--for", "check", "--for", "operators"]));
    let (id, token) = (text(&made, "id").to_owned(), text(&made, "token").to_owned());
    let list = ask(&["list"]).out;
    assert!(list.contains("first") && list.contains("backend") && list.contains("check, operators"), "{list}");
    let as_new = |arguments: &[&str]| {
        let mut run = command(&[&["operator"], arguments, &["--server", &server.url()]].concat());
        run.env("CLEARANCE_OPERATOR", &token);
        finish(run)
    };
    error(&as_new(&["create", "--name", "x", "--for", "keys"]), &["the operator is not for `keys` itself"]);
    error(&ask(&["revoke", "nobody", "--yes"]), &["there is nothing here"]);
    assert_eq!(good(&ask(&["revoke", "--json", &id, "--yes"]))["revoked"], true);
    error(&as_new(&["list"]), &["does not know the operator"]);
    let both = clearance(&["operator", "list", "--server", &server.url(), "--database", &server.database]);
    assert_eq!(both.code, 2);
}

fn error_usage(run: &Run, part: &str) {
    assert_eq!((run.code, &*run.out), (2, ""));
    assert!(run.err.contains(part), "{}", run.err);
}

#[test]
fn a_server_stops_when_it_is_told_and_loses_nothing() {
    let server = Server::start("stop.db");
    let made = good(&server.ask(&[
        "key",
        "create",
        "--json",
        "--as",
        "ana",
        "--organization",
        "acme",
        "--name",
        "x",
        "--project",
        "shop",
    ]));
    let (token, id) = (text(&made, "token"), text(&made["key"], "id"));
    assert_eq!(server.gate(token, "shop", "traces:view"), 200);
    assert_eq!(server.gate(token, "lake", "traces:view"), 403);
    let used = good(&server.ask(&["key", "show", "--json", "--as", "ana", id]));
    assert!(used["lastUsedAt"].is_string(), "{used}");

    let rotated = good(&server.ask(&["project-key", "rotate", "--json", "--as", "ana", "--project", "shop"]));
    let first = text(&rotated, "projectKey").to_owned();
    assert_eq!(server.gate(&first, "", "traces:create"), 200);
    let rotated = good(&server.ask(&["project-key", "rotate", "--json", "--as", "ana", "--project", "shop"]));
    assert_eq!(
        (server.gate(&first, "", "traces:create"), server.gate(text(&rotated, "projectKey"), "", "traces:create")),
        (401, 200)
    );
    refused(&server.ask(&["project-key", "rotate", "--as", "ben", "--project", "lake"]), &["Forbidden", "project:manage"]);

    let database = server.database.clone();
    assert_eq!(server.stop(), (Some(0), String::new()));
    let later = good(&clearance(&["key", "show", "--json", "--as", "ana", id, "--database", &database]));
    assert!(later["lastUsedAt"].is_string(), "{later}");
}

#[test]
fn a_listener_for_signed_in_users_takes_a_secret() {
    let (file, operator) = database("session.db");
    let serve = |secret: Option<&str>| {
        let listen = ["--listen", "127.0.0.1:0", "--session-listen", "127.0.0.1:0", "--session-peer", "127.0.0.1"];
        let mut serve = command(&[&["serve", "--database", &file], &listen[..]].concat());
        serve.env_remove("CLEARANCE_SESSION_SECRET_FILE").env_remove("CLEARANCE_SESSION_SECRET");
        secret.map(|secret| serve.env("CLEARANCE_SESSION_SECRET", secret));
        serve
    };
    error(&finish(serve(None)), &["`--session-listen` takes a secret: set `CLEARANCE_SESSION_SECRET`"]);
    let short = finish(serve(Some("fifteen-letters")));
    error(&short, &["CLEARANCE_SESSION_SECRET: the session secret has fewer than 16 characters"]);
    assert!(!short.err.contains("fifteen"));
    let (code, rest) = Server::run(serve(Some("a-secret-for-tests")), file.clone(), operator).stop();
    assert_eq!(code, Some(0));
    assert!(rest.starts_with("listening on http://127.0.0.1:") && rest.ends_with(" for signed-in users\n"), "{rest}");
    let alone = clearance(&["serve", "--database", &file, "--listen", "127.0.0.1:0", "--session-listen", "127.0.0.1:0"]);
    error_usage(&alone, "--session-peer <IP>");
}

/// What eight clients see of a key that is revoked by a command: refused from the first request that begins after the command is
/// done.
#[test]
fn a_revoked_key_is_refused_by_the_next_request() {
    let server = Server::start("hammer.db");
    for round in 0..3 {
        let made = good(&server.ask(&[
            "key",
            "create",
            "--json",
            "--as",
            "ana",
            "--organization",
            "acme",
            "--name",
            "x",
            "--project",
            "shop",
        ]));
        let (token, id) = (text(&made, "token"), text(&made["key"], "id"));
        let (revoked, done) = (AtomicBool::new(false), AtomicBool::new(false));
        let (before, after) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            // Whatever fails here, nobody goes on for ever.
            let _end = Raised(&done);
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut connection = Connection::open(&server.address);
                    while !done.load(Ordering::SeqCst) {
                        let begins_after = revoked.load(Ordering::SeqCst);
                        let status = connection.gate(token, "shop", "traces:view");
                        assert!(
                            status == 401 || status == 200 && !begins_after,
                            "{status} in round {round}, revoked: {begins_after}"
                        );
                        let count = if begins_after { &after } else { &before };
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let wait_for = |count: &AtomicUsize| {
                let asked = || count.load(Ordering::SeqCst);
                wait_until("200 answers", || format!("{} answers", asked()), || asked() >= 200);
            };
            wait_for(&before);
            assert_eq!(server.gate(token, "shop", "traces:view"), 200);
            revoke(&server, id);
            revoked.store(true, Ordering::SeqCst);
            wait_for(&after);
        });
    }
}

/// Revokes a key. A disk that is busy with something else may make a server refuse a write for lack of time, and a client
/// that gets no acknowledgement asks again.
fn revoke(server: &Server, id: &str) {
    let last = RefCell::new(String::new());
    let is_acknowledged = || {
        let run = server.ask(&["key", "revoke", "--json", "--as", "ana", id, "--yes"]);
        let is_late = run.code == 2;
        assert!(run.code == 0 || is_late || run.err.contains("is revoked already"), "{} {}", run.out, run.err);
        last.replace(run.err);
        !is_late
    };
    wait_until("an acknowledged revocation", || last.borrow().clone(), is_acknowledged);
}

/// Raises a flag when it goes.
struct Raised<'a>(&'a AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
