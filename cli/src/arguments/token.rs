//! What is said about tokens.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Say what a token is, and whether it is well formed
    #[command(after_help = INSPECT)]
    Inspect,
    /// Find tokens where none should be
    #[command(after_help = SCAN)]
    Scan(Paths),
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Files, and folders with all that is in them; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
}

const INSPECT: &str = "\
Examples:
  clearance token inspect < token.txt
  clearance token inspect --json < token.txt

Reads one token from standard input; on a terminal it asks for it and shows
nothing of what is typed. A token is no argument, because arguments end up in the
history of the shell and are seen by every user of the machine.

No server is asked: whether the token is anybody's, and still works, is not said.

Exit status: 0 well formed, 1 not, 2 error.

JSON: {\"kind\", \"prefix\", \"shown\", \"wellFormed\", \"problem\"}.";

const SCAN: &str = "\
Examples:
  clearance token scan .
  clearance token scan src README.md
  git diff --cached | clearance token scan -

Finds the tokens of keys and operators by their exact form, in text and in any
other file. Folders are read with all that is in them, also what git ignores;
links in them are not followed. What is printed of a token does not give it away.
Project keys have no form that they could be found by.

As a hook of pre-commit, in .pre-commit-config.yaml:
  - repo: local
    hooks:
      - id: clearance-token-scan
        name: no tokens of API keys
        entry: clearance token scan
        language: system
        types: [file]

Exit status: 0 nothing found, 1 something found, 2 something could not be read;
what was found elsewhere is printed all the same.

JSON: {\"found\": [{\"path\", \"line\", \"column\", \"token\"}],
\"unread\": [{\"path\", \"problem\"}]}.";
