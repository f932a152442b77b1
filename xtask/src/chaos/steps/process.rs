//! What a machine does to a process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Outcome;
use crate::chaos::{
    count::status_text,
    ground::{Ground, ask_until_answered},
    http::Client,
    load::{Shared, viewer},
    server::{ORGANIZATION, Start, bound_to_us},
};

/// How many processes compute.
const BUSY_PROCESSES: usize = 4;

/// The package with the library that sets a clock.
const CLOCK_PACKAGE: &str = "libfaketime";

/// Ends the server with no chance to do anything more, several times.
pub(super) fn kill(ground: &mut Ground) -> Result<Outcome> {
    for number in 0..ground.choose(5, 2) {
        ground.wait(0.4 + 0.17 * f64::from(number), 0.3);
        ground.server.kill()?;
        ground.server.start()?;
    }
    Ok(Outcome::Done)
}

/// Stops the process for some seconds, as a machine does that is moved or out of memory.
pub(super) fn stand_still(ground: &mut Ground) -> Result<Outcome> {
    ground.server.signal("STOP")?;
    ground.wait(3.0, 3.0);
    ground.server.signal("CONT")?;
    Ok(Outcome::Done)
}

/// Lets other processes take the processors, while changes are made.
pub(super) fn compute_beside(ground: &mut Ground) -> Result<Outcome> {
    let mut busy = Vec::new();
    for _ in 0..BUSY_PROCESSES {
        // It ends by itself, whatever becomes of this program.
        let mut command = bound_to_us(Path::new("timeout"));
        command.args(["60", "sh", "-c", "while :; do :; done"]).stdin(Stdio::null());
        busy.push(Busy(command.spawn().context("cannot start a process that computes")?));
    }
    let before = ground.tally.counts();
    for number in 0..ground.choose(20, 5) {
        ground.wait(0.4, 0.4);
        let user = json!({"addUser": {"id": format!("busy{number}"), "name": "Busy"}});
        change_directory(ground, &format!("busy-{number}"), &[user])?;
    }
    ensure!(ground.tally.counts().since(before).changes > 0, "no key was made or revoked beside processes that compute");
    Ok(Outcome::Done)
}

/// A change of the directory by the operator, which has to be made.
fn change_directory(ground: &Ground, batch: &str, changes: &[Value]) -> Result<()> {
    let body = json!({"batch": batch, "changes": changes}).to_string();
    let authorization = format!("Bearer {}", ground.server.operator);
    let mut client = Client::new(ground.server.address);
    let answer = client.ask("POST", "/v1/directory/changes", &[("authorization", &authorization)], Some(&body))?;
    ensure!(answer.status == 200, "a harmless change was answered with {} {}", answer.status, answer.body);
    Ok(())
}

struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        // `timeout` passes this signal on, which it cannot do with the one that kills.
        let _ = Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Starts the server with a clock that is an hour ahead, and with the right one again.
pub(super) fn set_clock_ahead(ground: &mut Ground) -> Result<Outcome> {
    let library = match clock_library(&ground.downloads) {
        Ok(library) => library.display().to_string(),
        Err(error) => return Ok(Outcome::Skipped(format!("there is no `{CLOCK_PACKAGE}` here: {error:#}"))),
    };
    let shared = std::sync::Arc::clone(&ground.load()?.shared);
    let soon = Command::new("date").args(["-u", "-d", "+30 minutes", "+%FT%TZ"]).output()?;
    let soon = String::from_utf8_lossy(&soon.stdout).trim().to_owned();
    let mut body = viewer("ends soon");
    body["expiresAt"] = json!(soon);
    let (_, ends_soon) = make(&shared, &body)?;
    let (used_id, used) = make(&shared, &viewer("used"))?;

    ground.server.stop()?;
    // Only the time of day: a machine whose clock is set has no other idea of how much time passes.
    let environment = [("LD_PRELOAD", &*library), ("FAKETIME", "+3600s"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    match ground.server.begin(&environment)? {
        Start::Ready => {}
        Start::Ended(status, said) => {
            ground.server.start()?;
            return super::super::refuse(&format!("the server did not start with another clock ({status}): {said}"));
        }
        Start::Silent => return super::super::refuse("the server did not answer with another clock"),
    }
    let expired = ask_until_answered(&mut shared.client(), &ends_soon);
    if expired != Some(401) {
        ground.find(format!("the gate answered {} for a key that has expired by the clock of the server", status_text(expired)));
    }
    // Used an hour ahead, which is written down.
    ask_until_answered(&mut shared.client(), &used);
    ground.wait(2.0, 1.0);
    ground.restart()?;

    let valid = ask_until_answered(&mut shared.client(), &ends_soon);
    if valid != Some(200) {
        ground.find(format!(
            "the gate answered {} for a key that has not expired, once the clock was right again",
            status_text(valid)
        ));
    }
    ask_until_answered(&mut shared.client(), &used);
    // A stop writes when keys were last used.
    ground.restart()?;
    let (made_id, _) = make(&shared, &viewer("made after the use"))?;
    let last_used = time_of(&shared, &used_id, "lastUsedAt")?;
    let now = time_of(&shared, &made_id, "createdAt")?;
    // Both are written in the same form, in which earlier is less.
    if last_used > now {
        ground.find(format!("a key that was just used says that it was used at {last_used}, and it is {now}"));
    }
    Ok(Outcome::Done)
}

/// The id and the token of a key that is made now.
pub(super) fn make(shared: &Shared, body: &Value) -> Result<(String, String)> {
    let answer = shared.send(&mut shared.client(), "POST", "/api/api-keys", Some(&body.to_string())).context("nobody answers")?;
    ensure!(answer.status == 201, "a key cannot be made: {} {}", answer.status, answer.body);
    let made: Value = serde_json::from_str(&answer.body)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok((text(&made["apiKey"]["id"]).context("no id")?, text(&made["token"]).context("no token")?))
}

/// A time of a key, as it is shown to its organization.
fn time_of(shared: &Shared, id: &str, field: &str) -> Result<String> {
    let answer = shared.send(&mut shared.client(), "GET", &format!("/api/api-keys/{id}"), None).context("nobody answers")?;
    ensure!(answer.status == 200, "a key of {ORGANIZATION} is not shown: {} {}", answer.status, answer.body);
    let shown: Value = serde_json::from_str(&answer.body)?;
    let time = shown[field].as_str().or_else(|| shown["apiKey"][field].as_str());
    Ok(time.with_context(|| format!("no `{field}` in {}", answer.body))?.to_owned())
}

/// The library that sets the clock of one process: the machine's, or else Debian's, unpacked and not installed.
fn clock_library(downloads: &Path) -> Result<PathBuf> {
    const NAME: &str = "libfaketime.so.1";
    let own = downloads.join(CLOCK_PACKAGE);
    let find = || {
        [Path::new("/"), &own].into_iter().find_map(|root| {
            let folders = fs::read_dir(root.join("usr/lib")).ok()?;
            folders.flatten().map(|folder| folder.path().join("faketime").join(NAME)).find(|path| path.exists())
        })
    };
    if find().is_none() {
        crate::clients::unpack_debian(&[CLOCK_PACKAGE], &own)?;
    }
    find().context("the package does not hold the library")
}

/// Waits a moment, so that a thread can begin.
pub(super) fn pause() {
    thread::sleep(Duration::from_millis(50));
}
