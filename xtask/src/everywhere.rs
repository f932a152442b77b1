//! `cargo xtask everywhere`: every language answers the same, about far more than its own tests ask.

use std::{env, fs, path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::tree;

/// The variable that names the folder whose transcripts a language plays.
const TRANSCRIPTS: &str = "CLEARANCE_TRANSCRIPTS";
/// The variable that names the folder where the tests write the long transcripts.
const OUT: &str = "CLEARANCE_TRANSCRIPTS_OUT";

/// Which languages answer.
#[derive(Args)]
pub(crate) struct Everywhere {
    /// Only these; all of them by default.
    #[arg(value_enum)]
    languages: Vec<Language>,
}

/// A language with a package in `embed/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Js,
    Python,
    Go,
    Java,
    /// The Rust host behind the library for C, and behind the package of Python.
    Native,
}

impl Language {
    const ALL: [Self; 5] = [Self::Native, Self::Js, Self::Go, Self::Java, Self::Python];

    /// Its folder in `embed/`.
    fn folder(self) -> &'static str {
        match self {
            Self::Js => "js",
            Self::Python => "python",
            Self::Go => "go",
            Self::Java => "java",
            Self::Native => "native",
        }
    }

    /// What runs its tests.
    fn tests(self, root: &Path) -> Command {
        match self {
            Self::Native => {
                let mut command = cargo();
                command.args(["test", "--quiet", "--workspace", "--test", "native"]).current_dir(root);
                command
            }
            other => Command::new(root.join("embed").join(other.folder()).join("run")),
        }
    }
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Writes the long transcripts, and runs the tests of each language over them.
///
/// # Errors
///
/// A language cannot be run, or answers otherwise. Its output says which step it was.
pub(crate) fn run(Everywhere { languages }: &Everywhere) -> Result<()> {
    let root = tree::root();
    let folder = root.join("target/everywhere");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write(&folder)?;

    let languages = if languages.is_empty() { &Language::ALL[..] } else { languages };
    let mut failed = Vec::new();
    for language in languages {
        let begin = Instant::now();
        let status = language.tests(&root).env(TRANSCRIPTS, &folder).status();
        let status = status.with_context(|| format!("cannot run the tests of {}", language.folder()))?;
        println!(
            "--- {}: {}, {} s",
            language.folder(),
            if status.success() { "ok" } else { "FAILED" },
            begin.elapsed().as_secs()
        );
        if !status.success() {
            failed.push(language.folder());
        }
    }
    ensure!(failed.is_empty(), "these languages answer otherwise, or cannot be tested: {}", failed.join(", "));
    Ok(())
}

/// Has the tests write the long transcripts, as the oracle and Rust answer them.
fn write(folder: &Path) -> Result<()> {
    let status = cargo()
        .args(["test", "--quiet", "--workspace", "--test", "all", "--", "--ignored", "--exact", "transcripts::long_transcripts"])
        .current_dir(tree::root())
        .env(OUT, folder)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "Rust does not answer as the oracle does: see above");
    let mut steps = 0;
    for entry in fs::read_dir(folder)? {
        steps += fs::read_to_string(entry?.path())?.lines().count() - 1;
    }
    ensure!(steps > 0, "the tests wrote no transcript");
    println!("--- {steps} steps to play");
    Ok(())
}
