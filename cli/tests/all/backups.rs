//! Copies of a database, with the command, beside a server, and in its place.

use std::{
    fs,
    io::Read as _,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
};

use crate::{
    run::{Run, clearance, command, database, finish},
    server::Server,
};

/// A path in the folder of this test run, under which there is nothing.
fn free(name: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).display().to_string();
    for end in ["", "-wal", "-shm", ".lock", ".head", ".replaced-1", ".replaced-1-wal", ".replaced-1.head"] {
        let _ = fs::remove_file(format!("{path}{end}"));
    }
    path
}

fn refused(run: &Run, part: &str) {
    assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
    assert!(run.err.contains(part), "{part}: {}", run.err);
}

fn create(server: &Server, name: &str) -> Run {
    server.ask(&["key", "create", "--json", "--as", "ana", "--organization", "acme", "--name", name, "--project", "shop"])
}

/// The status of an answer.
pub(crate) fn status(server: &Server, path: &str) -> u16 {
    let mut stream = TcpStream::connect(&server.address).expect("the server listens");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[test]
fn a_database_is_copied_while_it_is_served_and_restored() {
    free("copied.db");
    let server = Server::start("copied.db");
    let backup = free("copied.backup");
    assert_eq!(create(&server, "early").code, 0);
    // The copy needs no pepper.
    let mut copy = command(&["backup", "--json", "--database", &server.database, "--to", &backup]);
    copy.env_remove("CLEARANCE_PEPPER");
    let copied = finish(copy).json();
    let head = clearance(&["audit", "head", "--database", &server.database]).out;
    assert_eq!(copied["head"], head.trim());
    refused(&clearance(&["backup", "--database", &server.database, "--to", &backup]), "exists already");
    assert_eq!(create(&server, "late").code, 0);
    let (database, operator) = (server.database.clone(), server.operator.clone());
    let restore = ["restore", "--from", &backup, "--database", &database];
    refused(&clearance(&restore), "is in use by another process, such as a server: stop it");

    // It is killed, so that its log is left.
    server.signal("KILL");
    drop(server);
    assert!(fs::metadata(format!("{database}-wal")).is_ok_and(|log| log.len() > 0));
    let restored = clearance(&[&restore[..], &["--json"]].concat()).json();
    assert_eq!(restored["backup"], copied["head"]);
    let kept = restored["replaced"].as_str().expect("there was one before");
    // The server noted a later head before it was killed, or had no time to.
    let lost = restored["lost"]["message"].as_str();
    assert!(lost.is_none_or(|lost| lost.contains("does not have the last rows of the audit")), "{lost:?}");
    let names = |file: &str| clearance(&["key", "list", "--as", "ana", "--organization", "acme", "--database", file]).out;
    assert!(names(&database).contains("early") && !names(&database).contains("late"), "{}", names(&database));
    assert!(names(kept).contains("late"), "{}", names(kept));
    let tail = clearance(&["audit", "tail", "-n", "1", "--database", &database]).out;
    assert!(tail.contains("database.restore"), "{tail}");
    let verify = ["audit", "verify", "--database", &database, "--head", restored["head"].as_str().expect("a head")];
    assert_eq!(clearance(&verify).code, 0);
    let server = Server::over(database, operator);
    assert_eq!((create(&server, "after").code, status(&server, "/readyz")), (0, 200));
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn two_servers_never_run_on_one_file() {
    let server = Server::start("alone.db");
    // Where the first one listens, so that a second one would end all the same.
    let serve = |database: &str| clearance(&["serve", "--database", database, "--listen", &server.address]);
    refused(&serve(&server.database), "is in use by another process");
    // As an entry script does.
    fs::remove_file(format!("{}.lock", server.database)).expect("there is a lock");
    if cfg!(target_os = "linux") {
        refused(&serve(&server.database), "is in use by another process");
    }
    let other = free("alone-other.db");
    fs::hard_link(&server.database, &other).expect("it can have another name");
    refused(&serve(&other), "hard links");
    fs::remove_file(&other).expect("it is there");
    assert_eq!((create(&server, "goes-on").code, status(&server, "/readyz")), (0, 200));
}

#[test]
fn a_server_whose_file_was_exchanged_says_so_and_acknowledges_nothing() {
    let server = Server::start("exchanged.db");
    let backup = free("exchanged.backup");
    assert_eq!(clearance(&["backup", "--database", &server.database, "--to", &backup]).code, 0);
    assert_eq!((create(&server, "early").code, status(&server, "/readyz")), (0, 200));
    fs::rename(&backup, &server.database).expect("it takes the place");
    assert_eq!((create(&server, "lost").code, status(&server, "/readyz")), (2, 503));
    assert_eq!(status(&server, "/healthz"), 200);
    let database = server.database.clone();
    server.stop();
    // It is neither taken for what was served, nor mixed with it.
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();
    refused(&clearance(&["serve", "--database", &database, "--listen", &address]), "does not belong to");
    refused(&clearance(&["audit", "verify", "--database", &database]), "does not belong to");
    // What the message says: without the log, the file is what it was.
    fs::rename(format!("{database}-wal"), free("exchanged.log")).expect("there is a log");
    // And it knows less than was acknowledged: somebody has to mean it.
    refused(&clearance(&["serve", "--database", &database, "--listen", &address]), "say `clearance audit accept`");
    assert_eq!(clearance(&["audit", "accept", "--database", &database]).code, 0);
    let (_, operator) = self::database("exchanged-unused.db");
    let server = Server::over(database, operator);
    assert_eq!(status(&server, "/readyz"), 200);
}

#[test]
fn a_file_whose_log_is_lost_is_refused_until_that_is_said() {
    let server = Server::start("lost-log.db");
    let database = server.database.clone();
    free("lost-log.db.replaced-1");
    assert_eq!(create(&server, "last").code, 0);
    server.signal("KILL");
    drop(server);
    fs::remove_file(format!("{database}-wal")).expect("there is a log");
    refused(&clearance(&["lint", "--database", &database]), "is missing");
    let restore = ["restore", "--from", &database, "--database", &database];
    refused(&clearance(&restore), "is missing");
    let restored = clearance(&[&restore[..], &["--without-log"]].concat());
    assert_eq!(restored.code, 0, "{}", restored.err);
    assert!(restored.out.contains("lost-log.db.replaced-1"), "{}", restored.out);
    assert_eq!(clearance(&["audit", "verify", "--database", &database]).code, 0);
}
