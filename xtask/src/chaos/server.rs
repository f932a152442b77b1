//! The command under test: a database of its own, and the server while one runs.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::http::Client;

/// The organization of the example company.
pub(super) const ORGANIZATION: &str = "acme";

/// How long the command may take to start, to stop and to do one thing. Nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command, the folder of its database, and the server while one runs.
pub(super) struct Server {
    binary: PathBuf,
    company: PathBuf,
    /// The folder of everything that a run writes.
    pub(super) folder: PathBuf,
    /// The database. A step may serve another for a while.
    pub(super) database: PathBuf,
    /// Where it listens, also after a restart.
    pub(super) address: SocketAddr,
    /// The token of the first operator.
    pub(super) operator: String,
    /// What every start is told besides the database and the address.
    pub(super) options: Vec<String>,
    /// Whether a file that may not grow is an error to the next server, and not its end.
    pub(super) is_deaf_to_file_limits: bool,
    child: Option<Child>,
    log: Arc<LogReader>,
}

/// Who reads what a server logs.
#[derive(Default)]
struct LogReader {
    /// Nobody reads for as long as this is set.
    stopped: AtomicBool,
}

/// What came of a start.
pub(super) enum Start {
    /// It answers.
    Ready,
    /// It ended, with this on standard error.
    Ended(ExitStatus, String),
    /// It neither answered nor ended.
    Silent,
}

impl Server {
    /// A database from the example company, in this folder.
    pub(super) fn create(binary: &Path, company: &Path, folder: &Path) -> Result<Self> {
        // The port is kept, so that a restart is found where clients look for it.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut server = Self {
            binary: binary.to_owned(),
            company: company.to_owned(),
            folder: folder.to_owned(),
            database: folder.join("clearance.db"),
            address,
            operator: String::new(),
            options: Vec::new(),
            is_deaf_to_file_limits: false,
            child: None,
            log: Arc::default(),
        };
        server.reset()?;
        // What it waits for is a load balancer, and there is none. A command that waits for nothing does not know the word.
        let help = finish(&mut server.command(["serve", "--help"]))?;
        if String::from_utf8_lossy(&help.stdout).contains("--drain") {
            server.options = ["--drain", "0"].map(str::to_owned).to_vec();
        }
        Ok(server)
    }

    /// A new database in the place of one that cannot be used any more.
    pub(super) fn reset(&mut self) -> Result<()> {
        let data = self.folder.join(format!("data-{}", fs::read_dir(&self.folder)?.count()));
        fs::create_dir(&data)?;
        self.database = data.join("clearance.db");
        let company = self.company.clone();
        let made = self.run([OsStr::new("init"), "--json".as_ref(), "--directory".as_ref(), company.as_ref()])?;
        let made: serde_json::Value = serde_json::from_str(&made)?;
        self.operator = made["operator"]["token"].as_str().context("`init` printed no operator")?.to_owned();
        Ok(())
    }

    /// A service key that may do everything in the organization, made while no server runs.
    pub(super) fn administrator(&self) -> Result<String> {
        let words = ["key", "create", "--json", "--organization", ORGANIZATION, "--name", "chaos", "--as", "ana"];
        let made = self.run(words.into_iter().chain(["--service", "--role", "admin", "--whole-organization"]))?;
        let made: serde_json::Value = serde_json::from_str(&made)?;
        Ok(made["token"].as_str().context("`key create` printed no token")?.to_owned())
    }

    /// Runs a command on the database to its end, and gives what it printed.
    pub(super) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        self.run_on(&self.database, arguments)
    }

    /// Runs a command on another database to its end, and gives what it printed.
    pub(super) fn run_on<S: AsRef<OsStr>>(&self, database: &Path, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let mut command = self.command(arguments);
        command.arg("--database").arg(database);
        let output = finish(&mut command)?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // Not with its environment, in which secrets stand.
        let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        ensure!(
            output.status.success(),
            "`{}` ended with {}: {}",
            words.join(" "),
            output.status,
            last_line(&format!("{out}{err}"))
        );
        Ok(out.into_owned())
    }

    /// The command with these arguments. The kernel ends it when this program ends, however that comes about.
    pub(super) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = bound_to_us(if self.is_deaf_to_file_limits { Path::new("sh") } else { &self.binary });
        if self.is_deaf_to_file_limits {
            // What is ignored here is ignored by what comes in the place of the shell.
            command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(&self.binary);
        }
        command.args(arguments);
        command.env("CLEARANCE_PEPPER", "a pepper for tests and nothing else");
        command.env("CLEARANCE_OPERATOR", &self.operator);
        command.env("CLEARANCE_CACHE", self.folder.join("compiled"));
        command
    }

    /// Starts the server and waits for what comes of it.
    pub(super) fn begin(&mut self, environment: &[(&str, &str)]) -> Result<Start> {
        ensure!(self.child.is_none(), "a server runs already");
        self.resume_log();
        let mut command = self.command(["serve", "--listen", &self.address.to_string(), "--database"]);
        command.arg(&self.database).args(&self.options).envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().context("the server has no standard error")?;
        let log = self.log_file();
        fs::create_dir_all(&self.folder)?;
        File::create(&log)?;
        let reader = Arc::clone(&self.log);
        thread::spawn({
            let log = log.clone();
            move || reader.copy(stderr, &log)
        });
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = child.try_wait()? {
                // The thread that reads has a moment for the last line.
                thread::sleep(Duration::from_millis(100));
                return Ok(Start::Ended(status, fs::read_to_string(&log).unwrap_or_default()));
            }
            if Client::new(self.address).ask("GET", "/healthz", &[], None).is_ok() {
                self.child = Some(child);
                return Ok(Start::Ready);
            }
            thread::sleep(Duration::from_millis(10));
        }
        child.kill()?;
        child.wait()?;
        Ok(Start::Silent)
    }

    /// Starts the server, which has to answer.
    pub(super) fn start(&mut self) -> Result<()> {
        match self.begin(&[])? {
            Start::Ready => Ok(()),
            Start::Ended(status, said) => bail!("the server did not start ({status}): {}", last_line(&said)),
            Start::Silent => bail!("the server did not answer within {} s of its start", PATIENCE.as_secs()),
        }
    }

    /// Ends the server with no chance to do anything more.
    pub(super) fn kill(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Asks the server to stop, which has to say that all is well.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.signal("TERM")?;
        let Some(mut child) = self.child.take() else { bail!("no server runs") };
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = child.try_wait()? {
                ensure!(status.success(), "the server stopped with {status}: {}", last_line(&self.log()));
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        child.kill()?;
        child.wait()?;
        bail!("the server did not stop within {} s", PATIENCE.as_secs());
    }

    /// Sends a signal, such as `STOP`.
    pub(super) fn signal(&self, name: &str) -> Result<()> {
        let id = self.child.as_ref().context("no server runs")?.id();
        let status = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status()?;
        ensure!(status.success(), "cannot send the signal {name}");
        Ok(())
    }

    /// Whether the server still runs.
    pub(super) fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|ended| ended.is_none()))
    }

    /// A value of the server's `/proc` status, in bytes: `VmRSS` is its memory now, `VmHWM` the most that it ever was.
    pub(super) fn memory(&self, field: &str) -> Option<u64> {
        let id = self.child.as_ref()?.id();
        let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        Some(value.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    }

    /// How many files and connections the server has open.
    pub(super) fn open_files(&self) -> usize {
        self.child.as_ref().and_then(|child| fs::read_dir(format!("/proc/{}/fd", child.id())).ok()).map_or(0, Iterator::count)
    }

    /// Lets no file of the server grow beyond this; `None` takes the limit away.
    pub(super) fn limit_file_bytes(&self, limit: Option<u64>) -> Result<()> {
        let id = self.child.as_ref().context("no server runs")?.id();
        let limit = limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
        // The soft limit alone, which can be raised again.
        let mut command = Command::new("prlimit");
        let output = command.args(["--pid", &id.to_string(), &format!("--fsize={limit}:")]).output()?;
        ensure!(output.status.success(), "`prlimit` refuses: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    /// A second server of the same database, at another address, which is not started yet.
    pub(super) fn second(&self) -> Result<Self> {
        Ok(Self {
            binary: self.binary.clone(),
            company: self.company.clone(),
            folder: self.folder.join("second"),
            database: self.database.clone(),
            address: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?,
            operator: self.operator.clone(),
            options: self.options.clone(),
            is_deaf_to_file_limits: false,
            child: None,
            log: Arc::default(),
        })
    }

    /// Lets the most that the memory ever was begin anew.
    pub(super) fn forget_peak(&self) {
        if let Some(child) = &self.child {
            // Without it the column shows the peak of the whole life, which is more and not less.
            let _ = fs::write(format!("/proc/{}/clear_refs", child.id()), "5");
        }
    }

    /// Lets nobody read the log.
    pub(super) fn stop_log(&self) {
        self.log.stopped.store(true, Ordering::SeqCst);
    }

    /// Lets the log be read again.
    pub(super) fn resume_log(&self) {
        self.log.stopped.store(false, Ordering::SeqCst);
    }

    /// What the server that runs, or that ran last, has logged.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

impl LogReader {
    /// Copies to a file what comes, a little at a time, so that it stops where it is told to.
    fn copy(&self, mut from: ChildStderr, to: &Path) {
        let Ok(mut file) = File::options().append(true).open(to) else { return };
        let mut some = [0; 4096];
        loop {
            while self.stopped.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(5));
            }
            match from.read(&mut some) {
                Ok(0) => return,
                Ok(read) => drop(some.get(..read).map(|read| file.write_all(read))),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// A command that ends when this program ends, where the machine can do that.
pub(super) fn bound_to_us(program: &Path) -> Command {
    let can = Command::new("setpriv").args(["--pdeathsig", "KILL", "true"]).stderr(Stdio::null()).status();
    if !can.is_ok_and(|status| status.success()) {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

/// Runs a command to its end, and ends it where it takes too long.
pub(super) fn finish(command: &mut Command) -> Result<Output> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let id = child.id();
    let done = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let done = Arc::clone(&done);
        move || {
            let until = Instant::now() + PATIENCE;
            while Instant::now() < until && !done.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            if !done.load(Ordering::SeqCst) {
                let _ = Command::new("kill").arg("-KILL").arg(id.to_string()).status();
            }
        }
    });
    let output = child.wait_with_output();
    done.store(true, Ordering::SeqCst);
    output.with_context(|| format!("cannot run `{}`", command.get_program().display()))
}

/// The last line that says something.
pub(super) fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing was said")
}
