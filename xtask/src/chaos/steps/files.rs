//! What people do to the files of a database.

use std::{fs, net::SocketAddr, path::Path, process::Command, sync::Arc};

use anyhow::{Context as _, Result, ensure};

use super::{
    Outcome,
    disk::{copy_files, folder_of},
    process::make,
};
use crate::chaos::{
    count::{Kind, status_text},
    ground::{Ground, ask_until_answered},
    load::{ask_gate, viewer},
    server::{Server, Start, finish, last_line},
};

/// Makes a backup while changes are made, as SQLite does, and one with everything in it, which is restored.
pub(super) fn restore_current(ground: &mut Ground) -> Result<Outcome> {
    let backup = ground.server.folder.join("backup-current.db");
    if let Err(error) = back_up(&ground.server, &backup) {
        return Ok(Outcome::Skipped(format!("no backup can be made here: {error:#}")));
    }
    ground.server.run_on(&backup, ["audit", "verify"]).context("a backup that was made under changes")?;
    ground.load()?.rest_changes();
    fs::remove_file(&backup)?;
    back_up(&ground.server, &backup)?;
    ground.server.stop()?;
    restore(&ground.server, &backup)?;
    ground.server.start()?;
    ground.load()?.resume_changes();
    Ok(Outcome::Done)
}

/// Restores a backup from before a revocation: the command reports it, and no revoked key passes in silence.
pub(super) fn restore_older(ground: &mut Ground) -> Result<Outcome> {
    let shared = Arc::clone(&ground.load()?.shared);
    let mut client = shared.client();
    let backup = ground.server.folder.join("backup-older.db");
    let (id, token) = make(&shared, &viewer("revoked after the backup"))?;
    if let Err(error) = back_up(&ground.server, &backup) {
        return Ok(Outcome::Skipped(format!("no backup can be made here: {error:#}")));
    }
    let answer = shared.send(&mut client, "DELETE", &format!("/api/api-keys/{id}"), None).context("nobody answers")?;
    ensure!(answer.status == 200, "a key cannot be revoked: {} {}", answer.status, answer.body);
    ground.load()?.rest_changes();
    ground.server.stop()?;
    let data = folder_of(&ground.server.database)?.to_owned();
    let aside = ground.server.folder.join("aside");
    fs::create_dir_all(&aside)?;
    copy_files(&data, &aside)?;

    // By hand, as many do it: the command that restores is not the one that has to notice.
    let restored = copy_over(&backup, &ground.server.database);
    match ground.server.begin(&[])? {
        // It says which ways out there are, and serves nobody.
        Start::Ended(_, said) => ensure!(said.contains("error: "), "the start ended without a word: {}", last_line(&said)),
        Start::Ready => {
            let status = ask_until_answered(&mut client, &token);
            let words = "a backup that is older than the last revocation was served without a word";
            ground.find(words);
            ground.tally.count(Kind::Revoked, Kind::Revoked.worth(status), || {
                format!("the gate answered {} for a key that was revoked after the backup", status_text(status))
            });
            ground.server.kill()?;
        }
        Start::Silent => ground.find("the start with an older backup neither answered nor ended"),
    }
    copy_files(&aside, &data)?;
    ground.server.start()?;
    ground.load()?.resume_changes();
    restored.map(|()| Outcome::Done)
}

/// Removes the lock file under a running server, and starts a second one: not both may acknowledge what the other does not know.
pub(super) fn start_second(ground: &mut Ground) -> Result<Outcome> {
    let shared = Arc::clone(&ground.load()?.shared);
    let mut client = shared.client();
    let (id, token) = make(&shared, &viewer("revoked at one of two servers"))?;
    ground.load()?.rest_changes();
    let mut lock = ground.server.database.clone().into_os_string();
    lock.push(".lock");
    fs::remove_file(&lock).context("there is no lock file")?;

    let mut second = ground.server.second()?;
    let started = second.begin(&[])?;
    let answer = shared.send(&mut client, "DELETE", &format!("/api/api-keys/{id}"), None);
    let acknowledged = answer.as_ref().is_some_and(|answer| answer.status == 200);
    if matches!(started, Start::Ready) {
        let status = ask_gate(&mut client_of(second.address), &token);
        if acknowledged {
            let worth = Kind::Revoked.worth(status);
            ground.tally.count(Kind::Revoked, worth, || {
                format!("a second server answered {} for a key that was revoked at the first", status_text(status))
            });
        }
        second.kill()?;
    }
    // Whatever it does about it, another start has all that was acknowledged.
    ground.server.kill()?;
    ground.server.start()?;
    if acknowledged {
        let status = ask_until_answered(&mut client, &token);
        ground.tally.count(Kind::Revoked, Kind::Revoked.worth(status), || {
            format!(
                "after a start, the gate answered {} for a key that was revoked while the lock file was gone",
                status_text(status)
            )
        });
    }
    ground.load()?.resume_changes();
    Ok(Outcome::Done)
}

fn client_of(address: SocketAddr) -> crate::chaos::http::Client {
    crate::chaos::http::Client::new(address)
}

/// A copy of the database that is served, by the command where it can do that, and else by SQLite.
fn back_up(server: &Server, to: &Path) -> Result<()> {
    if has_command(server, "backup") {
        let arguments = ["backup".as_ref(), "--to".as_ref(), to.as_os_str()];
        return server.run(arguments).map(drop);
    }
    const COPY: &str = "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))";
    let mut python = Command::new("python3");
    let output = finish(python.args(["-c", COPY]).arg(&server.database).arg(to))?;
    ensure!(output.status.success(), "SQLite makes no copy: {}", last_line(&String::from_utf8_lossy(&output.stderr)));
    Ok(())
}

/// Puts a copy into the place of the database of a server that is stopped.
fn restore(server: &Server, backup: &Path) -> Result<()> {
    if has_command(server, "restore") {
        let arguments = ["restore".as_ref(), "--from".as_ref(), backup.as_os_str()];
        return server.run(arguments).map(drop);
    }
    copy_over(backup, &server.database)
}

/// Copies a backup over a database, and removes what lies beside it of the one before.
fn copy_over(backup: &Path, database: &Path) -> Result<()> {
    for suffix in ["-wal", "-shm"] {
        let mut beside = database.as_os_str().to_owned();
        beside.push(suffix);
        match fs::remove_file(beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::copy(backup, database)?;
    Ok(())
}

fn has_command(server: &Server, name: &str) -> bool {
    finish(&mut server.command([name, "--help"])).is_ok_and(|output| output.status.success())
}
