//! The process of a server: its log, its signals, and where it listens.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt as _, net::UnixStream},
    },
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::{
    run::{clearance, command, database, finish},
    server::Server,
};

/// Longer than anything takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

fn serve(database: &str, rest: &[&str]) -> Command {
    command(&[&["serve", "--database", database, "--listen", "127.0.0.1:0"], rest].concat())
}

/// Sends one request with this head, and answers the status and all that came until the end.
fn ask(address: &str, head: &str) -> (u16, String) {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
    read(stream, head)
}

fn read(mut stream: impl io::Read + io::Write, head: &str) -> (u16, String) {
    stream.write_all(format!("{head}host: x\r\nconnection: close\r\n\r\n").as_bytes()).expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {text:?}")), text)
}

/// Requests on one connection whose refusals fill more of a log than any pipe holds.
fn fill_the_log(address: &str) {
    const REQUESTS: usize = 1000;
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
    let mut stream = BufReader::new(stream);
    for _ in 0..REQUESTS {
        stream.get_mut().write_all(b"GET /v1/me HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            stream.read_line(&mut line).expect("it answers");
            assert!(!line.is_empty(), "the connection ended");
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
            if line == "\r\n" {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).expect("the body comes");
    }
}

/// Everything goes on, whatever becomes of the log; and at the end it is written when a key was last used.
fn works_without_a_log(name: &str, wrap: impl FnOnce(Command) -> Command, log: Stdio, loses_lines: bool) {
    let (database, operator) = database(name);
    let server = Server::run_with(wrap(serve(&database, &["--drain", "0"])), log, database.clone(), operator);
    fill_the_log(&server.address);
    let key = ["key", "create", "--json", "--as", "ana", "--name", "new", "--organization", "acme", "--project", "shop"];
    let made = server.ask(&key).json();
    assert_eq!(server.gate(made["token"].as_str().expect("a token"), "shop", "traces:view"), 200);
    fill_the_log(&server.address);
    if loses_lines {
        let metrics = ask(&server.address, "GET /metrics HTTP/1.1\r\n").1;
        let dropped = metrics.lines().find_map(|line| line.strip_prefix("clearance_log_lines_dropped_total "));
        assert!(dropped.is_some_and(|dropped| dropped != "0"), "{metrics}");
    }
    assert_eq!(server.stop(), (Some(0), String::new()));
    let id = made["key"]["id"].as_str().expect("an id");
    let shown = clearance(&["key", "show", "--json", "--as", "ana", id, "--database", &database]).json();
    assert!(shown["lastUsedAt"].is_string(), "{shown}");
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let (unread, log) = io::pipe().expect("there are pipes");
    works_without_a_log("log-unread.db", |serve| serve, log.into(), false);
    drop(unread);
}

#[test]
fn a_log_whose_reader_is_gone_stops_nothing() {
    let (gone, log) = io::pipe().expect("there are pipes");
    drop(gone);
    works_without_a_log("log-broken.db", |serve| serve, log.into(), true);
}

#[test]
fn a_log_on_a_full_disk_stops_nothing() {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("there is such a device");
    works_without_a_log("log-full.db", |serve| serve, full.into(), true);
}

#[test]
fn a_log_that_is_closed_stops_nothing() {
    let wrap = |serve: Command| {
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"exec "$0" "$@" 2>&-"#]).arg(serve.get_program()).args(serve.get_args());
        for (name, value) in serve.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
    };
    works_without_a_log("log-closed.db", wrap, Stdio::null(), false);
}

#[test]
fn a_hangup_without_a_folder_of_versions_does_nothing() {
    let server = Server::start("hangup.db");
    server.signal("HUP");
    server.wait_for_log("SIGHUP does nothing");
    assert_eq!(ask(&server.address, "GET /healthz HTTP/1.1\r\n").0, 200);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_server_that_stops_says_so_first_and_goes_on_answering() {
    let (database, operator) = database("drain.db");
    // It would go on for longer than the test waits for anything, but for the second signal.
    let drain = (10 * PATIENCE.as_secs()).to_string();
    let log = File::create(format!("{database}.log")).expect("a log can be written");
    let server = Server::run_with(serve(&database, &["--drain", &drain]), log.into(), database, operator);
    let mut idle = BufReader::new(TcpStream::connect(&server.address).expect("it listens"));
    assert_eq!(ask(&server.address, "GET /readyz HTTP/1.1\r\n").0, 200);
    server.signal("TERM");
    server.wait_for_log("\"stopping\"");
    let (status, ready) = ask(&server.address, "GET /readyz HTTP/1.1\r\n");
    assert_eq!(status, 503);
    assert!(ready.contains("urn:clearance:problem:stopping"), "{ready}");
    assert_eq!(ask(&server.address, "GET /healthz HTTP/1.1\r\n").0, 200);
    assert_eq!(ask(&server.address, "GET /v1/me HTTP/1.1\r\n").0, 401);
    // A client that keeps a connection is told to open another one, elsewhere.
    idle.get_mut().write_all(b"GET /v1/me HTTP/1.1\r\nhost: x\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    idle.read_to_string(&mut answer).expect("it answers and ends the connection");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(server.stop(), (Some(0), String::new()));
}

#[test]
fn a_socket_of_the_file_system_is_for_the_group_and_is_replaced_when_it_is_stale() {
    let (database, operator) = database("socket.db");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gate.sock");
    let listen = format!("unix:{}", path.display());
    let serve = || command(&["serve", "--database", &database, "--listen", &listen]);
    let ask = || read(UnixStream::connect(&path).expect("it listens"), "GET /healthz HTTP/1.1\r\n").0;
    // Left behind by a server that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists());
    let server = Server::run(serve(), database.clone(), operator.clone());
    assert_eq!(server.address, listen);
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o660);
    assert_eq!(ask(), 200);
    assert_eq!(server.stop().0, Some(0));
    assert!(!path.exists(), "it goes with the server");
    // A process that listens there stays, and so does a file that is not a socket.
    let listens = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let refused = finish(serve());
    assert_eq!((refused.code, refused.err.contains("another process listens there")), (2, true), "{}", refused.err);
    drop(listens);
    fs::remove_file(&path).expect("it is there");
    fs::write(&path, "kept").expect("a file");
    let refused = finish(serve());
    assert_eq!((refused.code, refused.err.contains("there is a file of another kind")), (2, true), "{}", refused.err);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "kept");
}

#[test]
fn it_listens_at_a_name() {
    let (database, operator) = database("name.db");
    let serve = |listen: &str| command(&["serve", "--database", &database, "--listen", listen]);
    let server = Server::run(serve("localhost:0"), database.clone(), operator);
    assert_eq!(ask(&server.address, "GET /healthz HTTP/1.1\r\n").0, 200);
    assert_eq!(server.stop().0, Some(0));
    let refused = finish(serve("nobody.invalid:0"));
    assert!(refused.code == 2 && refused.err.contains("cannot listen on `nobody.invalid:0`"), "{}", refused.err);
    let refused = finish(serve("inherited"));
    assert!(refused.code == 2 && refused.err.contains("no socket was handed over"), "{}", refused.err);
}

/// The command, with this socket handed over as `LISTEN_FDS` says.
fn with_socket(listener: &TcpListener, database: &str) -> Command {
    let serve = command(&["serve", "--database", database, "--listen", "inherited", "--drain", "0"]);
    let script = r#"exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec "$0" "$@""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::from(OwnedFd::from(listener.try_clone().expect("it can be shared"))));
    shell
}

/// A socket that outlives the server: what comes while it is started again waits, and nothing is lost.
#[test]
fn a_restart_with_a_socket_that_was_handed_over_loses_no_request() {
    let (database, operator) = database("handed-over.db");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    let start = || {
        let log = File::create(format!("{database}.log")).expect("a log can be written");
        Server::run_with(with_socket(&listener, &database), log.into(), database.clone(), operator.clone())
    };
    let first = start();
    assert_eq!(first.address, address);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let last = thread::scope(|scope| {
        let mut server = first;
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(ask(&address, "GET /v1/me HTTP/1.1\r\n").0, 401);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..3 {
            let before = answered.load(Ordering::Relaxed);
            while answered.load(Ordering::Relaxed) < before + 20 {
                thread::yield_now();
            }
            assert_eq!(server.stop().0, Some(0));
            server = start();
        }
        is_over.store(true, Ordering::Relaxed);
        server
    });
    assert_eq!(last.stop().0, Some(0));
    assert!(Path::new(&database).exists());
}
