//! `clearance token scan`: tokens where none should be.

use std::{
    fmt::Write,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use clearance_store::{Found, scan};
use serde::Serialize;

use crate::{
    arguments::Paths,
    input,
    report::{self, BAD, GOOD, Report, Status, on_one_line},
};

/// About so much of a file is held in memory at once.
const AT_ONCE: u64 = 8 * 1024 * 1024;

#[derive(Default, Serialize)]
struct Findings {
    found: Vec<Finding>,
    unread: Vec<Unread>,
    #[serde(skip)]
    files: usize,
}

#[derive(Serialize)]
struct Finding {
    path: String,
    line: usize,
    column: usize,
    /// The token with its hidden half masked.
    token: String,
}

#[derive(Serialize)]
struct Unread {
    path: String,
    problem: String,
}

pub(crate) fn run(Paths { paths }: &Paths, json: bool) -> anyhow::Result<Report> {
    let mut findings = Findings::default();
    for path in paths {
        if path.as_os_str() == "-" {
            findings.read(path, io::stdin().lock());
        } else {
            findings.look_at(path.clone());
        }
    }
    let status = match (findings.unread.is_empty(), findings.found.is_empty()) {
        (false, _) => Status::Failed,
        (true, false) => Status::Bad,
        (true, true) => Status::Good,
    };
    if json {
        return Ok(Report::json(&findings)?.with_status(status));
    }
    let Findings { found, unread, files } = findings;
    for Unread { path, problem } in &unread {
        report::print_error(&anyhow::anyhow!("cannot read `{path}`: {problem}"));
    }
    let mut text = String::new();
    for Finding { path, line, column, token } in &found {
        writeln!(text, "{}:{line}:{column}: {BAD}{token}{BAD:#}", on_one_line(path))?;
    }
    let files = format!("{files} file{}", if files == 1 { "" } else { "s" });
    match found.len() {
        0 if unread.is_empty() => writeln!(text, "{GOOD}no token{GOOD:#} in {files}")?,
        0 => {}
        1 => writeln!(text, "\n1 token in {files}: revoke its key, then remove it")?,
        count => writeln!(text, "\n{count} tokens in {files}: revoke their keys, then remove them")?,
    }
    Ok(Report::success(text).with_status(status))
}

impl Findings {
    /// Looks into a file, or into everything in a folder. What is named itself is read whatever it is; in folders, links and what is
    /// neither file nor folder are passed over, because they lead around in circles or never end.
    fn look_at(&mut self, path: PathBuf) {
        let mut folders = vec![path];
        let mut is_named = true;
        while let Some(path) = folders.pop() {
            let kind = if is_named { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
            match kind {
                Err(error) => self.unread(&path, &error),
                Ok(kind) if kind.is_dir() => match sorted_entries(&path) {
                    // The last of the list is looked at first.
                    Ok(inside) => folders.extend(inside.into_iter().rev()),
                    Err(error) => self.unread(&path, &error),
                },
                Ok(kind) if kind.is_file() || is_named => match File::open(&path) {
                    Ok(file) => self.read(&path, file),
                    Err(error) => self.unread(&path, &error),
                },
                Ok(_) => {}
            }
            is_named = false;
        }
    }

    /// Looks into a file in parts that end with a line, which no token goes beyond.
    fn read(&mut self, path: &Path, mut file: impl Read) {
        self.files += 1;
        let mut part = Vec::new();
        let mut lines_before = 0;
        loop {
            let read = match file.by_ref().take(AT_ONCE).read_to_end(&mut part) {
                Ok(read) => read,
                Err(error) => return self.unread(path, &error),
            };
            let end = match read {
                0 => part.len(),
                _ => part.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1),
            };
            let whole = part.get(..end).unwrap_or_default();
            for Found { line, column, prefix, shown, .. } in scan(whole) {
                let token = format!("{prefix}{shown}…");
                self.found.push(Finding { path: path.to_string_lossy().into_owned(), line: lines_before + line, column, token });
            }
            lines_before += whole.iter().filter(|byte| **byte == b'\n').count();
            part.drain(..end);
            if read == 0 {
                return;
            }
        }
    }

    fn unread(&mut self, path: &Path, error: &io::Error) {
        let path = input::name(path).trim_matches('`').to_owned();
        self.unread.push(Unread { path, problem: error.to_string() });
    }
}

/// What is in a folder, in an order that is the same each time.
fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut inside = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    inside.sort();
    Ok(inside)
}
