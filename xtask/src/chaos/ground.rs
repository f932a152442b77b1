//! What the steps of a run stand on: the server, the load, and what was found.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use super::{
    count::{Kind, Tally, Worth, status_text},
    http::Client,
    ledger::State,
    load::{Load, ask_gate},
    mount::Mounts,
    server::Server,
};

/// All is well again when this many answers of each kind are right, one after the other.
pub(super) const RIGHT_ANSWERS: usize = 20;

/// How long it may take until all is well again.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many keys are looked at after a step. The end looks at all.
const KEYS_LOOKED_AT: usize = 300;

/// What the steps of a run stand on.
pub(super) struct Ground {
    /// The server under test.
    pub(super) server: Server,
    /// What became of all requests.
    pub(super) tally: Arc<Tally>,
    /// What can be mounted here.
    pub(super) mounts: Mounts,
    /// Where downloaded things are kept.
    pub(super) downloads: PathBuf,
    /// Whether this is the short form.
    pub(super) short: bool,
    load: Option<Load>,
}

impl Ground {
    /// A database, a server and the load on it.
    pub(super) fn create(binary: &Path, company: &Path, folder: &Path, downloads: PathBuf, short: bool) -> Result<Self> {
        let mut server = Server::create(binary, company, folder)?;
        let versions = folder.join("versions").display().to_string();
        server.options.extend(["--policies".to_owned(), versions, "--allow-unsigned".to_owned()]);
        super::steps::policy::create_folder(&server)?;
        let mounts = Mounts::look(folder);
        let mut ground = Self { server, tally: Arc::default(), mounts, downloads, short, load: None };
        ground.begin()?;
        Ok(ground)
    }

    /// Begins with the database that the server has.
    fn begin(&mut self) -> Result<()> {
        let administrator = self.server.administrator()?;
        self.server.start()?;
        let load = Load::start(self.server.address, &administrator, &self.tally)?;
        let mut client = load.shared.client();
        for _ in 0..3 {
            load.shared.make(&mut client);
            load.shared.revoke(&mut client);
        }
        self.load = Some(load);
        self.settle().map(drop).context("the server is not well before the first step")
    }

    /// Begins anew with another database, where the one before cannot be used any more.
    pub(super) fn reset(&mut self) -> Result<()> {
        self.end_load();
        self.server.kill()?;
        self.server.reset()?;
        self.begin()
    }

    /// Ends the load.
    pub(super) fn end_load(&mut self) {
        if let Some(mut load) = self.load.take() {
            load.stop();
        }
    }

    /// The load.
    pub(super) fn load(&self) -> Result<&Load> {
        self.load.as_ref().context("there is no load")
    }

    /// Waits as long as a step of this form takes.
    pub(super) fn wait(&self, long: f64, short: f64) {
        thread::sleep(Duration::from_secs_f64(if self.short { short } else { long }));
    }

    /// A number for the long and for the short form.
    pub(super) fn choose<T>(&self, long: T, short: T) -> T {
        if self.short { short } else { long }
    }

    /// Keeps what breaks a promise.
    pub(super) fn find(&self, finding: impl Into<String>) {
        self.tally.find(finding.into());
    }

    /// Stops the server, which has to end well, and starts it again.
    pub(super) fn restart(&mut self) -> Result<()> {
        self.server.stop()?;
        self.server.start()
    }

    /// Waits until all is well again: right answers of all kinds one after the other, a change that is acknowledged, and a server that
    /// says that it is ready. Gives how long that took.
    pub(super) fn settle(&mut self) -> Result<Duration> {
        let begin = Instant::now();
        let shared = Arc::clone(&self.load()?.shared);
        let mut client = Client::new(shared.address);
        let mut last = String::new();
        while begin.elapsed() < PATIENCE {
            let well = (|| {
                for _ in 0..RIGHT_ANSWERS {
                    for kind in Kind::QUESTIONS {
                        if shared.ask(&mut client, kind) != Some(Worth::Right) {
                            return Err(format!("a question of the kind {kind:?} is not answered right"));
                        }
                    }
                }
                let ready = client.ask("GET", "/readyz", &[], None).map_err(|error| error.to_string())?;
                if ready.status != 200 {
                    return Err(format!("the server is not ready: {}", ready.body));
                }
                if shared.make(&mut client) != Worth::Right {
                    return Err("no key can be made".to_owned());
                }
                Ok(())
            })();
            match well {
                Ok(()) => return Ok(begin.elapsed()),
                Err(reason) => last = reason,
            }
            thread::sleep(Duration::from_millis(20));
        }
        anyhow::bail!("not well again within {} s: {last}", PATIENCE.as_secs())
    }

    /// Looks at keys, of which each has to be what was acknowledged of it.
    pub(super) fn look(&self, all: bool) -> Result<()> {
        let load = self.load()?;
        load.rest_changes();
        let keys = load.shared.ledger.all();
        let newest = keys.len().saturating_sub(KEYS_LOOKED_AT / 2);
        let every = newest.div_ceil(KEYS_LOOKED_AT / 2).max(1);
        let mut client = load.shared.client();
        for (number, key) in keys.iter().enumerate() {
            let kind = match key.state {
                State::Alive => Kind::Valid,
                State::Revoked => Kind::Revoked,
                State::Revoking => continue,
            };
            if !all && number < newest && number % every != 0 {
                continue;
            }
            let status = ask_until_answered(&mut client, &key.token);
            let worth = kind.worth(status);
            let state = key.state;
            self.tally.count(kind, worth, || {
                format!("the gate answers {} for the key {}, which is {state:?}", status_text(status), key.id)
            });
            if worth == Worth::Refused {
                self.find(format!("nobody answers for the key {}", key.id));
                break;
            }
        }
        load.resume_changes();
        Ok(())
    }
}

/// What the gate answers for a token, asked again where it does not.
pub(super) fn ask_until_answered(client: &mut Client, token: &str) -> Option<u16> {
    let begin = Instant::now();
    loop {
        let status = ask_gate(client, token);
        if status.is_some_and(|status| status < 500) || begin.elapsed() > PATIENCE {
            return status;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
