//! Clients that ask the gate, and make and revoke keys, for as long as a run takes.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    count::{Kind, Tally, Worth, status_text},
    http::{Answer, Client},
    ledger::{Ledger, MAX_KEYS, State},
};

/// The pause of a client between two questions.
const PAUSE: Duration = Duration::from_millis(3);

/// The pause of a client that got no answer.
const PAUSE_WITHOUT_ANSWER: Duration = Duration::from_millis(20);

/// The pause between two changes.
const PAUSE_BETWEEN_CHANGES: Duration = Duration::from_millis(15);

/// How many keys are alive before the oldest is revoked.
const ALIVE_KEYS: usize = 12;

/// The question that every key of the run may ask.
pub(super) const QUESTION: &str = "/v1/authorize?permission=traces:view";

/// What the threads of the load share.
pub(super) struct Shared {
    /// Where the server listens.
    pub(super) address: SocketAddr,
    /// What became of all requests.
    pub(super) tally: Arc<Tally>,
    /// The keys that are made and revoked in the course of the run.
    pub(super) ledger: Ledger,
    /// The key that makes and revokes them.
    pub(super) administrator: String,
    /// Keys that stay valid.
    pub(super) valid: Vec<String>,
    number: AtomicU64,
    changes_rest: AtomicBool,
    changes_resting: AtomicBool,
    done: AtomicBool,
}

/// The clients of one database.
pub(super) struct Load {
    /// What they share.
    pub(super) shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// A service key that may see the traces of one project, as what makes it is sent.
pub(super) fn viewer(name: &str) -> Value {
    let binding = json!({"role": "VIEWER", "scopeType": "PROJECT", "scopeId": "shop"});
    json!({"name": name, "keyType": "service", "permissionMode": "all", "bindings": [binding]})
}

/// Asks the gate with a token.
pub(super) fn ask_gate(client: &mut Client, token: &str) -> Option<u16> {
    client.ask("GET", QUESTION, &[("x-auth-token", token), ("x-project-id", "shop")], None).ok().map(|answer| answer.status)
}

impl Load {
    /// Makes the keys that stay valid, and lets the clients begin.
    pub(super) fn start(address: SocketAddr, administrator: &str, tally: &Arc<Tally>) -> Result<Self> {
        let mut client = Client::new(address);
        let authorization = format!("Bearer {administrator}");
        let mut valid = vec![administrator.to_owned()];
        for number in 0..3 {
            let body = viewer(&format!("stays valid {number}")).to_string();
            let made = client.ask("POST", "/api/api-keys", &[("authorization", &authorization)], Some(&body))?;
            ensure!(made.status == 201, "the first keys cannot be made: {} {}", made.status, made.body);
            let made: Value = serde_json::from_str(&made.body)?;
            valid.push(made["token"].as_str().context("a key was made without a token")?.to_owned());
        }
        let shared = Arc::new(Shared {
            address,
            tally: Arc::clone(tally),
            ledger: Ledger::default(),
            administrator: administrator.to_owned(),
            valid,
            number: AtomicU64::new(0),
            changes_rest: AtomicBool::new(false),
            changes_resting: AtomicBool::new(false),
            done: AtomicBool::new(false),
        });
        let mut threads = Vec::new();
        for kind in [Kind::Valid, Kind::Valid, Kind::Revoked, Kind::Unknown] {
            let shared = Arc::clone(&shared);
            threads.push(thread::spawn(move || shared.ask_again_and_again(kind)));
        }
        threads.push(thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.change_again_and_again()
        }));
        Ok(Self { shared, threads })
    }

    /// Lets no change be made, until [`resume_changes`](Self::resume_changes).
    pub(super) fn rest_changes(&self) {
        self.shared.changes_rest.store(true, Ordering::SeqCst);
        while !self.shared.changes_resting.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets changes be made again.
    pub(super) fn resume_changes(&self) {
        self.shared.changes_rest.store(false, Ordering::SeqCst);
    }

    /// Ends the clients.
    pub(super) fn stop(&mut self) {
        self.shared.done.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                self.shared.tally.find("a client of the load panicked".to_owned());
            }
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// A client of the server.
    pub(super) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// One question of a kind, counted. `None` means that there is no token of the kind yet.
    pub(super) fn ask(&self, client: &mut Client, kind: Kind) -> Option<Worth> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let round = usize::try_from(number).unwrap_or(usize::MAX);
        let token = match kind {
            Kind::Revoked => self.ledger.revoked_key(round)?.token,
            Kind::Unknown => self.unknown(round),
            Kind::Valid | Kind::Change => self.valid.get(round.checked_rem(self.valid.len())?)?.clone(),
        };
        let status = ask_gate(client, &token);
        let worth = kind.worth(status);
        self.tally.count(kind, worth, || format!("the gate answered {} for a key of the kind {kind:?}", status_text(status)));
        Some(worth)
    }

    /// A token that nobody was given: one that is invented, or one of a valid key with another secret.
    fn unknown(&self, round: usize) -> String {
        match self.valid.get(round % 8) {
            Some(token) => {
                let kept = token.len().saturating_sub(12);
                format!("{}{round:012}", token.get(..kept).unwrap_or_default())
            }
            None => format!("sk-lw-{round:016}_{round:048}"),
        }
    }

    fn ask_again_and_again(&self, kind: Kind) {
        let mut client = self.client();
        while !self.done.load(Ordering::SeqCst) {
            let worth = self.ask(&mut client, kind);
            thread::sleep(if worth == Some(Worth::Refused) { PAUSE_WITHOUT_ANSWER } else { PAUSE });
        }
    }

    fn change_again_and_again(&self) {
        let mut client = self.client();
        while !self.done.load(Ordering::SeqCst) {
            if self.changes_rest.load(Ordering::SeqCst) {
                self.changes_resting.store(true, Ordering::SeqCst);
                thread::sleep(PAUSE);
                continue;
            }
            self.changes_resting.store(false, Ordering::SeqCst);
            let worth = self.change(&mut client);
            thread::sleep(if worth == Worth::Refused { PAUSE_WITHOUT_ANSWER } else { PAUSE_BETWEEN_CHANGES });
        }
        self.changes_resting.store(true, Ordering::SeqCst);
    }

    /// Revokes a key or makes one, whichever is next, and asks the gate with it at once.
    pub(super) fn change(&self, client: &mut Client) -> Worth {
        if self.ledger.oldest(State::Revoking).is_some() || self.ledger.count(State::Alive) > ALIVE_KEYS {
            return self.revoke(client);
        }
        if self.ledger.len() >= MAX_KEYS { Worth::Right } else { self.make(client) }
    }

    /// Makes a key, which is valid from then on.
    pub(super) fn make(&self, client: &mut Client) -> Worth {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let body = viewer(&format!("chaos {number}")).to_string();
        let answer = self.send(client, "POST", "/api/api-keys", Some(&body));
        let made = answer.as_ref().filter(|answer| answer.status == 201).and_then(|answer| {
            let made: Value = serde_json::from_str(&answer.body).ok()?;
            Some((made["apiKey"]["id"].as_str()?.to_owned(), made["token"].as_str()?.to_owned()))
        });
        let Some((id, token)) = made else { return self.not_done("make a key", answer.as_ref()) };
        self.ledger.add(id, token.clone());
        self.tally.count(Kind::Change, Worth::Right, String::new);
        let status = ask_gate(client, &token);
        let worth = Kind::Valid.worth(status);
        self.tally.count(Kind::Valid, worth, || {
            format!("the gate answered {} for a key that was made just before", status_text(status))
        });
        worth
    }

    /// Revokes the oldest key, which is dead from then on. A revocation that was not acknowledged is asked for again first.
    pub(super) fn revoke(&self, client: &mut Client) -> Worth {
        let Some(key) = self.ledger.oldest(State::Revoking).or_else(|| self.ledger.oldest(State::Alive)) else {
            return Worth::Right;
        };
        self.ledger.set(&key.id, State::Revoking);
        let answer = self.send(client, "DELETE", &format!("/api/api-keys/{}", key.id), None);
        // The answer to a first revocation may have got lost.
        let is_done = answer.as_ref().is_some_and(|answer| {
            answer.status == 200 || (answer.status == 409 && answer.body.contains("already") && key.state == State::Revoking)
        });
        if !is_done {
            return self.not_done("revoke a key", answer.as_ref());
        }
        self.ledger.set(&key.id, State::Revoked);
        self.tally.count(Kind::Change, Worth::Right, String::new);
        let status = ask_gate(client, &key.token);
        let worth = Kind::Revoked.worth(status);
        self.tally.count(Kind::Revoked, worth, || {
            format!("the gate answered {} for a key that was revoked just before", status_text(status))
        });
        worth
    }

    fn not_done(&self, what: &str, answer: Option<&Answer>) -> Worth {
        let worth = match answer {
            None => Worth::Refused,
            Some(answer) if answer.status == 429 || answer.status >= 500 => Worth::Refused,
            Some(_) => Worth::Wrong,
        };
        self.tally.count(Kind::Change, worth, || {
            let answer = answer.map_or_else(String::new, |answer| format!("{} {}", answer.status, answer.body));
            format!("cannot {what}: {answer}")
        });
        worth
    }

    /// A request of the administrator.
    pub(super) fn send(&self, client: &mut Client, method: &str, path: &str, body: Option<&str>) -> Option<Answer> {
        let authorization = format!("Bearer {}", self.administrator);
        client.ask(method, path, &[("authorization", &authorization)], body).ok()
    }
}
