//! What a command may do with the files, and what it says when it may not.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    process::Command,
};

use crate::{
    backups::status,
    run::{Run, clearance, command, database, finish},
    server::Server,
};

/// A user that owns nothing.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("there is such a command");
    id.stdout.starts_with(b"0\n")
}

/// The command by a user whom the rights of files concern: root is nobody for this, anybody else is themselves.
fn by_user(arguments: &[&str]) -> Run {
    let mut plain = command(arguments);
    plain.env("CLEARANCE_CACHE", "off");
    if !is_root() {
        return finish(plain);
    }
    let mut other = Command::new("setpriv");
    other.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]);
    other.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    let found = other.output().expect("root needs the command `setpriv` to run this test");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    let code = found.status.code().expect("it exits");
    assert!(code < 100, "this user cannot run the command: {}", text(found.stderr.clone()));
    Run { code, out: text(found.stdout), err: text(found.stderr) }
}

/// A new folder that everybody can enter.
fn folder(name: &str) -> String {
    let folder = std::env::temp_dir().join(format!("clearance-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("it can be made");
    folder.display().to_string()
}

fn set(path: &str, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it can be set");
}

fn copy(from: &str, to: &str, mode: u32) {
    fs::copy(from, to).expect("it can be copied");
    set(to, mode);
}

const READING: [&[&str]; 10] = [
    &["check", "--user", "ana", "--permission", "ops:view", "--team", "web"],
    &["explain", "--user", "ana", "--permission", "ops:view", "--team", "web"],
    &["lint"],
    &["export"],
    &["audit", "tail"],
    &["audit", "head"],
    &["audit", "verify"],
    &["operator", "list"],
    &["key", "list", "--as", "ana", "--organization", "acme"],
    &["key", "show", "--as", "ana", "ci"],
];

fn in_database<'a>(arguments: &[&'a str], database: &'a str) -> Vec<&'a str> {
    [arguments, &["--database", database]].concat()
}

/// All that only reads, without the right to write: the same output as with it.
fn reads_alike(own: &str, read_only: &str) {
    for arguments in READING {
        let expected = clearance(&in_database(arguments, own));
        let found = by_user(&in_database(arguments, read_only));
        assert_eq!((found.code, found.out, found.err), (expected.code, expected.out, expected.err), "{arguments:?}");
    }
}

#[test]
fn what_only_reads_needs_no_right_to_write() {
    let (own, _) = database("read-only.db");
    let folder = folder("read-only");
    let copied = format!("{folder}/keys.db");
    copy(&own, &copied, 0o444);
    set(&folder, 0o555);
    reads_alike(&own, &copied);
    // An empty log, as a process that only read leaves it, holds nothing that could be missed.
    set(&folder, 0o755);
    fs::write(format!("{copied}-wal"), "").expect("it can be written");
    set(&format!("{copied}-wal"), 0o444);
    set(&folder, 0o555);
    reads_alike(&own, &copied);
    let backup = by_user(&["backup", "--database", &copied, "--to", &format!("{}/x.db", crate::rights::folder("read-only-to"))]);
    assert!(!backup.err.contains("keys.db"), "{}", backup.err);
    // What writes says what it needs.
    let create = by_user(&["operator", "create", "--name", "n", "--for", "check", "--database", &copied]);
    assert!(create.code == 2 && create.err.contains("the database is read-only: give this program the right"), "{}", create.err);
    // What cannot be read at all.
    set(&folder, 0o755);
    set(&copied, 0o000);
    let head = by_user(&["audit", "head", "--database", &copied]);
    assert!(head.code == 2 && head.err.contains("keys.db` cannot be read by this user"), "{}", head.err);
    set(&copied, 0o444);
    set(&folder, 0o000);
    let head = by_user(&["audit", "head", "--database", &copied]);
    assert!(head.code == 2 && head.err.contains("keys.db` cannot be read by this user"), "{}", head.err);
    set(&folder, 0o755);
    fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn a_database_that_crashed_is_read_without_the_right_to_write_where_that_can_be() {
    let server = Server::start("read-crashed.db");
    let made = server.ask(&["key", "create", "--as", "ana", "--organization", "acme", "--name", "last", "--project", "shop"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let own = server.database.clone();
    server.signal("KILL");
    drop(server);
    let folder = folder("read-crashed");
    let copied = format!("{folder}/keys.db");
    for end in ["", "-wal", "-shm"] {
        copy(&format!("{own}{end}"), &format!("{copied}{end}"), 0o444);
    }
    set(&folder, 0o555);
    reads_alike(&own, &copied);
    // Without the index of the log it cannot be, and what the message says can be done.
    set(&folder, 0o755);
    fs::remove_file(format!("{copied}-shm")).expect("it is there");
    set(&folder, 0o555);
    let head = by_user(&["audit", "head", "--database", &copied]);
    assert!(head.code == 2 && head.err.contains("is not empty, and this user cannot write beside it"), "{}", head.err);
    let other = crate::rights::folder("read-crashed-copy");
    let moved = format!("{other}/keys.db");
    for end in ["", "-wal"] {
        copy(&format!("{copied}{end}"), &format!("{moved}{end}"), 0o644);
    }
    set(&other, 0o777);
    reads_alike(&own, &moved);
    set(&folder, 0o755);
    [folder, other].iter().for_each(|folder| fs::remove_dir_all(folder).expect("it is there"));
}

#[test]
fn a_lock_of_another_user_is_named() {
    let (own, _) = database("lock-of-another.db");
    let folder = folder("lock-of-another");
    let (copied, lock) = (format!("{folder}/keys.db"), format!("{folder}/keys.db.lock"));
    copy(&own, &copied, 0o600);
    fs::write(&lock, "").expect("it can be written");
    if is_root() {
        [&*copied, &folder].iter().for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).expect("root can"));
        set(&lock, 0o600);
    } else {
        // As the file of another user refuses this one.
        set(&lock, 0o000);
    }
    let create = ["operator", "create", "--name", "n", "--for", "check", "--database", &copied];
    let refused = by_user(&create);
    assert!(refused.code == 2 && refused.err.contains("keys.db.lock` belongs to another user"), "{}", refused.err);
    // What the message says.
    fs::remove_file(&lock).expect("it is there");
    let made = by_user(&create);
    assert_eq!(made.code, 0, "{}", made.err);
    fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn a_head_of_another_user_is_named() {
    let (own, _) = database("head-of-another.db");
    let folder = folder("head-of-another");
    let (copied, head) = (format!("{folder}/keys.db"), format!("{folder}/keys.db.head"));
    copy(&own, &copied, 0o600);
    copy(&format!("{own}.head"), &head, 0o600);
    if is_root() {
        [&*copied, &folder].iter().for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).expect("root can"));
    } else {
        set(&head, 0o000);
    }
    let create = ["operator", "create", "--name", "n", "--for", "check", "--database", &copied];
    let refused = by_user(&create);
    assert!(refused.code == 2 && refused.err.contains("keys.db.head` cannot be read or written by this user"), "{}", refused.err);
    // What the message says.
    if is_root() {
        chown(&head, Some(NOBODY), Some(NOBODY)).expect("root can");
    } else {
        set(&head, 0o600);
    }
    let made = by_user(&create);
    assert_eq!(made.code, 0, "{}", made.err);
    fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn a_server_that_cannot_store_is_not_ready() {
    let (file, operator) = database("no-room.db");
    assert!(Path::new(&file).exists());
    // A file may grow to 1200 blocks, which is less than the log may grow to: the disk seems to be full.
    let plain = command(&["serve", "--database", &file, "--listen", "127.0.0.1:0"]);
    let mut serve = Command::new("sh");
    serve.args(["-c", "ulimit -f 1200; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => serve.env(name, value),
            None => serve.env_remove(name),
        };
    }
    let server = Server::run(serve, file, operator);
    assert_eq!(status(&server, "/readyz"), 200);
    let create = || server.ask(&["key", "create", "--as", "ana", "--organization", "acme", "--name", "n", "--project", "shop"]);
    let full = (0..200).map(|_| create()).find(|made| made.code != 0).expect("the file cannot grow for ever");
    assert_eq!(full.code, 2, "{}", full.err);
    // The log may still have room for a smaller write.
    let mut ready = (0..200).map(|_| {
        let made = create();
        (made.code, status(&server, "/readyz"))
    });
    assert!(ready.any(|state| state == (2, 503)), "nothing can be stored, and it is ready");
    assert_eq!(status(&server, "/healthz"), 200);
}
