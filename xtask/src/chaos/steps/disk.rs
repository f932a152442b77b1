//! What a disk does.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, ensure};

use super::Outcome;
use crate::chaos::{
    count::{Kind, status_text},
    ground::{Ground, ask_until_answered},
    ledger::State,
    mount::Mount,
    server::Start,
};

/// The size of the disk that becomes full.
const DISK_BYTES: u64 = 48 << 20;

/// Serves from a small disk, and fills it.
pub(super) fn fill(ground: &mut Ground) -> Result<Outcome> {
    if let Some(reason) = ground.mounts.refusal().map(str::to_owned) {
        return limit_files(ground, &reason);
    }
    let before = ground.server.database.clone();
    let data = folder_of(&before)?.to_owned();
    let small = ground.server.folder.join("small");
    ground.load()?.rest_changes();
    ground.server.stop()?;
    let disk = Mount::memory(&small, DISK_BYTES)?;
    copy_files(&data, &small)?;
    ground.server.database = small.join("clearance.db");
    ground.server.start()?;
    ground.load()?.resume_changes();
    ground.wait(0.5, 0.3);

    let filler = small.join("filler");
    let done = fill_up(&filler).and_then(|()| {
        let checked = try_without_room(ground);
        fs::remove_file(&filler)?;
        checked
    });
    // Room is all that it takes.
    let well = ground.settle().map(drop).context("after there is room again");
    ground.load()?.rest_changes();
    let stopped = ground.server.stop();
    if stopped.is_err() {
        ground.server.kill()?;
    }
    copy_files(&small, &data)?;
    ground.server.database = before;
    drop(disk);
    ground.server.start()?;
    ground.load()?.resume_changes();
    done.and(well).and(stopped).map(|()| Outcome::Done)
}

/// Where nothing can be mounted: no file of the server may grow, which is refused in the same way.
fn limit_files(ground: &mut Ground, reason: &str) -> Result<Outcome> {
    ground.load()?.rest_changes();
    ground.server.stop()?;
    ground.server.is_deaf_to_file_limits = true;
    ground.server.start()?;
    ground.load()?.resume_changes();
    ground.wait(0.5, 0.3);
    let size = fs::metadata(&ground.server.database)?.len();
    let limited = ground.server.limit_file_bytes(Some(size));
    if let Err(error) = limited {
        ground.server.is_deaf_to_file_limits = false;
        ground.restart()?;
        return Ok(Outcome::Skipped(format!("{reason}, and files cannot be limited: {error:#}")));
    }
    let done = try_without_room(ground);
    ground.server.limit_file_bytes(None)?;
    let well = ground.settle().map(drop).context("after there is room again");
    ground.server.is_deaf_to_file_limits = false;
    ground.restart()?;
    done.and(well).map(|()| Outcome::Done)
}

/// What has to hold while nothing can be stored.
fn try_without_room(ground: &Ground) -> Result<()> {
    let shared = std::sync::Arc::clone(&ground.load()?.shared);
    let mut client = shared.client();
    let before = ground.tally.counts();
    ground.wait(3.0, 1.5);
    ground.load()?.rest_changes();
    let since = ground.tally.counts().since(before);
    ensure!(since.valid_right > 0, "the gate answered nobody while nothing could be stored");
    let Some(key) = shared.ledger.oldest(State::Revoking).or_else(|| shared.ledger.oldest(State::Alive)) else {
        return Ok(());
    };
    shared.ledger.set(&key.id, State::Revoking);
    let answer = shared.send(&mut client, "DELETE", &format!("/api/api-keys/{}", key.id), None);
    let status = answer.as_ref().map(|answer| answer.status);
    if status == Some(200) {
        shared.ledger.set(&key.id, State::Revoked);
    } else if since.refused == 0 {
        ground.find("no change was refused although nothing can be stored");
    }
    // A key that is to be revoked is refused, whether or not that can be stored yet.
    let asked = ask_until_answered(&mut client, &key.token);
    ground.tally.count(Kind::Revoked, Kind::Revoked.worth(asked), || {
        let (asked, status) = (status_text(asked), status_text(status));
        format!("the gate answered {asked} for a key whose revocation was answered with {status}, for there was no room")
    });
    if status != Some(200) {
        let ready = client.ask("GET", "/readyz", &[], None)?;
        if ready.status == 200 {
            ground.find(format!("the server says that it is ready, and nothing can be stored: {}", ready.body));
        }
    }
    ground.load()?.resume_changes();
    Ok(())
}

/// Lets nothing be written into the folder by its name, under a running server and over a start.
pub(super) fn forbid_writing(ground: &mut Ground) -> Result<Outcome> {
    let data = folder_of(&ground.server.database)?.to_owned();
    let closed = match ground.mounts.refusal() {
        None => Closed::Mounted(Mount::read_only(&data)?),
        Some(_) if !can_be_closed(&data)? => {
            return Ok(Outcome::Skipped("nothing can be mounted, and this user may write into every folder".to_owned()));
        }
        Some(_) => Closed::Permissions(&data),
    };
    ground.wait(1.5, 0.7);
    ground.load()?.rest_changes();
    // What could wait cannot be written here any more, which the server may say at its end.
    if let Err(error) = ground.server.stop()
        && !format!("{error:#}").contains("read-only")
    {
        ground.find(format!("{error:#}"));
    }
    match ground.server.begin(&[])? {
        // It says so, and ends.
        Start::Ended(status, said) => {
            if status.code() != Some(2) || !said.contains("error: ") {
                ground.find(format!("the start in a read-only folder ended with {status}: {said}"));
            }
        }
        Start::Ready => {
            ground.load()?.resume_changes();
            ground.wait(1.0, 0.5);
            ground.load()?.rest_changes();
            ground.server.kill()?;
        }
        Start::Silent => ground.find("the start in a read-only folder neither answered nor ended"),
    }
    drop(closed);
    ground.server.start()?;
    ground.load()?.resume_changes();
    Ok(Outcome::Done)
}

/// A folder that nothing can be written into, until it is dropped.
enum Closed<'a> {
    Mounted(#[expect(dead_code, reason = "it is there to be dropped")] Mount),
    Permissions(&'a Path),
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        if let Self::Permissions(folder) = self {
            let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
        }
    }
}

/// Closes a folder by its permissions, and says whether that has any effect.
fn can_be_closed(folder: &Path) -> Result<bool> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o500))?;
    let tried = folder.join("try");
    let is_closed = File::create(&tried).is_err();
    if !is_closed {
        fs::remove_file(tried)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(is_closed)
}

/// The folder of a database.
pub(super) fn folder_of(database: &Path) -> Result<&Path> {
    database.parent().context("the database lies in no folder")
}

/// Makes the files of one folder those of another, of a server that is stopped.
pub(super) fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(to)? {
        fs::remove_file(entry?.path())?;
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Writes until there is no room, to the last byte.
fn fill_up(filler: &Path) -> Result<()> {
    let mut file = File::create(filler)?;
    for size in [64 << 10, 1] {
        let some = vec![0; size];
        let mut written = 0;
        while file.write_all(&some).is_ok() {
            written += size as u64;
            ensure!(written <= DISK_BYTES, "the disk does not become full");
        }
    }
    Ok(())
}
