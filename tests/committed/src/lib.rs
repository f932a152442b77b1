//! Compares what a test makes with a committed file. With `CLEARANCE_BLESS=1` in the environment the file is written instead.
//!
//! Files are named by their path from the root of the repository.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
};

/// The variable that is set to accept what happens now.
const BLESS: &str = "CLEARANCE_BLESS";

/// The most lines that a failure shows.
const MAX_SHOWN_LINES: usize = 40;

/// Whether committed files are written.
#[must_use]
pub fn is_blessing() -> bool {
    env::var_os(BLESS).is_some()
}

/// Compares a whole file with `now`, or writes it.
///
/// # Panics
///
/// Panics if they differ, with the lines that do, or if the file cannot be written.
#[track_caller]
pub fn check(file: &str, now: &str) {
    let path = path(file);
    if is_blessing() {
        write(&path, now.as_bytes());
        return;
    }
    // A file that is not there yet differs in every line.
    compare(file, &fs::read_to_string(path).unwrap_or_default(), now);
}

/// Compares a whole file that is not text with `now`, or writes it.
///
/// # Panics
///
/// Panics if they differ, or if the file cannot be written.
#[track_caller]
pub fn check_bytes(file: &str, now: &[u8]) {
    let path = path(file);
    if is_blessing() {
        write(&path, now);
        return;
    }
    let is_same = fs::read(path).is_ok_and(|there| there == now);
    assert!(is_same, "{file} is not what this test makes: if that is meant, run it again with {BLESS}=1");
}

/// Compares the part of a file between two marks with `now`, or writes it there.
///
/// # Panics
///
/// Panics if they differ, with the lines that do; if the file does not have the marks; or if it cannot be written.
#[track_caller]
pub fn check_part(file: &str, (begin, end): (&str, &str), now: &str) {
    let path = path(file);
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
    let (before, rest) = page.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin:?}"));
    let (there, after) = rest.split_once(end).unwrap_or_else(|| panic!("{file} has no {end:?} after {begin:?}"));
    if is_blessing() {
        write(&path, [before, begin, now, end, after].concat().as_bytes());
        return;
    }
    compare(file, there, now);
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn write(path: &Path, content: &[u8]) {
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
    fs::write(path, content).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

#[track_caller]
fn compare(file: &str, there: &str, now: &str) {
    assert!(
        there == now,
        "{file} is not what this test makes: if that is meant, run it again with {BLESS}=1, and read the difference\n{}",
        difference(there, now)
    );
}

/// The lines of each that the other does not have.
fn difference(there: &str, now: &str) -> String {
    let only = |text: &'_ str, other: &str, sign| {
        let other: HashSet<&str> = other.lines().collect();
        let lines = text.lines().filter(|line| !other.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let mut lines = only(there, now, '-');
    lines.extend(only(now, there, '+'));
    if lines.is_empty() {
        return "the same lines, in another order or number".to_owned();
    }
    let more = lines.len().saturating_sub(MAX_SHOWN_LINES);
    lines.truncate(MAX_SHOWN_LINES);
    lines.extend((more > 0).then(|| format!("and {more} more lines")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_lines_that_differ() {
        assert_eq!(difference("a\nb\nc\n", "a\nd\nc\n"), "- b\n+ d");
        assert_eq!(difference("a\nb\n", "b\na\n"), "the same lines, in another order or number");
        let long: String = (0..50).map(|line| format!("{line}\n")).collect();
        assert!(difference("", &long).ends_with("and 10 more lines"));
    }

    #[test]
    #[should_panic(expected = "tests/committed/Cargo.toml is not what this test makes")]
    fn another_text_is_refused() {
        if is_blessing() {
            panic!("tests/committed/Cargo.toml is not what this test makes, and must not be written");
        }
        check("tests/committed/Cargo.toml", "another");
    }

    #[test]
    fn a_part_is_what_stands_between_its_marks() {
        check_part("tests/committed/Cargo.toml", ("[lints]\n", " = true"), "workspace");
    }
}
