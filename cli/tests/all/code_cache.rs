//! Compiled code is kept, and nobody notices but by the time it takes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::run::{command, finish, temporary};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn the_environment_says_where() {
    let (named, caches, home) = (folder("cache-named"), folder("cache-xdg"), folder("cache-home"));
    let run = |cache: Option<&Path>, xdg: Option<&Path>| {
        let mut command = command(&["catalog", "--json"]);
        command.env_remove("CLEARANCE_CACHE").env_remove("XDG_CACHE_HOME").env("HOME", &home);
        cache.map(|folder| command.env("CLEARANCE_CACHE", folder));
        xdg.map(|folder| command.env("XDG_CACHE_HOME", folder));
        let run = finish(command);
        assert_eq!((run.code, &*run.err), (0, ""));
        run.out
    };
    let first = run(Some(&named), Some(&caches));
    assert_eq!([count(&named), count(&caches), count(&home)], [1, 0, 0]);
    assert_eq!(run(Some(&named), None), first);
    assert_eq!(run(None, Some(&caches)), first);
    assert_eq!([count(&caches.join("clearance")), count(&home)], [1, 0]);
    assert_eq!(run(Some(Path::new("off")), None), first);
    assert_eq!(count(&home), 0);
    assert_eq!(run(None, None), first);
    assert_eq!(count(&home.join(".cache/clearance")), 1);
}

#[test]
fn a_folder_that_cannot_be_used_is_a_warning() {
    let file = temporary("cache-no-folder", "a file");
    let mut command = command(&["catalog"]);
    command.env("CLEARANCE_CACHE", &file);
    let run = finish(command);
    assert_eq!(run.code, 0);
    assert!(run.err.starts_with("warning: CLEARANCE_CACHE: `") && run.err.contains("cannot hold compiled code"), "{}", run.err);
}
