//! The arguments of the commands for tokens.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Show the kind of a token, and whether it is well formed
    #[command(after_help = INSPECT)]
    Inspect,
    /// Find tokens in files that should have none
    #[command(after_help = SCAN)]
    Scan(Paths),
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Files, and folders with everything in them; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
}

const INSPECT: &str = "\
Examples:
  clearance token inspect < token.txt
  clearance token inspect --json < token.txt

Reads one token from standard input. On a terminal it asks for the token and does not
show it. A token is not an argument, because arguments end up in the history of the
shell, and every user of the machine sees them.

The command asks no server: it does not say whose token it is or whether it works.

Exit status: 0 well formed, 1 not well formed, 2 error.

JSON: {\"kind\", \"prefix\", \"shown\", \"wellFormed\", \"problem\"}.";

const SCAN: &str = "\
Examples:
  clearance token scan .
  clearance token scan src README.md
  git diff --cached | clearance token scan -

Finds the tokens of keys and operators by their exact form, in text files and all
other files. It reads folders with everything in them, also files that git ignores,
and does not follow links in them. The output does not reveal a token. Project keys
have no form by which they could be found.

As a hook of pre-commit, in .pre-commit-config.yaml:
  - repo: local
    hooks:
      - id: clearance-token-scan
        name: no tokens of API keys
        entry: clearance token scan
        language: system
        types: [file]

Exit status: 0 nothing found, 1 something found, 2 a file could not be read;
the findings in other files are printed all the same.

JSON: {\"found\": [{\"path\", \"line\", \"column\", \"token\"}],
\"unread\": [{\"path\", \"problem\"}]}.";
