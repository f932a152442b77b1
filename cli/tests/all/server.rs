//! A server that runs for as long as a test needs it, and requests to it.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::run::{Run, command, database, finish};

pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) address: String,
    pub(crate) database: String,
    /// The token of the first operator.
    pub(crate) operator: String,
}

impl Server {
    /// With a database of its own that holds the example company.
    pub(crate) fn start(name: &str) -> Self {
        let (database, operator) = database(name);
        Self::over(database, operator)
    }

    pub(crate) fn over(database: String, operator: String) -> Self {
        let serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0"]);
        Self::run(serve, database, operator)
    }

    /// What is said on the command line is the caller's, but that it stops at once when it is told to.
    pub(crate) fn run(mut serve: Command, database: String, operator: String) -> Self {
        let log = File::create(log_of(&database)).expect("a log can be written");
        serve.args(["--drain", "0"]);
        Self::run_with(serve, log.into(), database, operator)
    }

    /// With a log of the caller's.
    pub(crate) fn run_with(mut serve: Command, log: Stdio, database: String, operator: String) -> Self {
        let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it prints");
        let address = line.trim().strip_prefix("listening on ").expect("it says where it listens");
        let address = address.strip_prefix("http://").unwrap_or(address).to_owned();
        Self { child, out, address, database, operator }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(log_of(&self.database)).expect("the log is there")
    }

    /// Waits until this stands in its log.
    pub(crate) fn wait_for_log(&self, part: &str) {
        let until = Instant::now() + Duration::from_secs(120);
        while !self.log().contains(part) {
            assert!(Instant::now() < until, "{part} does not come: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal, for instance `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A key command, by way of the server.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Run {
        let mut command = command(&[arguments, &["--server", &self.url()]].concat());
        command.env("CLEARANCE_OPERATOR", &self.operator);
        finish(command)
    }

    /// The status of the answer to: may a client with this token do this at this project?
    pub(crate) fn gate(&self, token: &str, project: &str, permission: &str) -> u16 {
        Connection::open(&self.address).gate(token, project, permission)
    }

    /// Stops it as an administrator would. Answers the exit code and what else it printed.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let process = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &process]).status().expect("there is such a command");
        assert!(killed.success());
        let code = self.child.wait().expect("it ends").code();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("it is text");
        (code, rest)
    }
}

fn log_of(database: &str) -> String {
    format!("{database}.log")
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is used again and again.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("it can be set");
        Self(BufReader::new(stream))
    }

    pub(crate) fn gate(&mut self, token: &str, project: &str, permission: &str) -> u16 {
        let request = format!(
            "GET /v1/authorize?permission={permission} HTTP/1.1\r\nhost: test\r\nx-auth-token: {token}\r\nx-project-id: {project}\r\n\r\n"
        );
        self.0.get_mut().write_all(request.as_bytes()).expect("the server reads");
        let mut status = 0;
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).expect("the server answers");
            let line = line.trim().to_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next().and_then(|status| status.parse().ok()).expect("a status");
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("the body comes");
        status
    }
}
