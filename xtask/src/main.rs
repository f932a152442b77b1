//! What the project does to itself: `cargo xtask golden`, `component`, `probe`, `core-module`, `random`, `tidy`, `words`, `clients`,
//! `chaos`, `everywhere`, `fuzz` and `mutants`.

mod chaos;
mod clients;
mod component;
mod contract;
mod everywhere;
mod fuzz;
mod golden;
mod mutants;
mod probe;
mod random;
mod tidy;
mod tree;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Generates what is derived, builds the policy component, checks the rules of the house.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes what is derived from `policy/catalog.toml`, `wit/` and the documentation of the crates.
    Golden {
        /// Write nothing; fail and name each file that is stale.
        #[arg(long)]
        check: bool,
    },
    /// Builds the policy components into `policy/dist/`, and the authorizer for other languages into `embed/dist/`.
    Component {
        /// Write nothing; fail if the committed component is not what the sources build.
        #[arg(long)]
        check: bool,
    },
    /// Runs the authorizer as a WebAssembly module whose policy is outside of it, and compares what it answers there.
    Probe,
    /// Writes the core module inside the committed component, for runtimes without components.
    CoreModule {
        /// The file to write.
        out: PathBuf,
    },
    /// Runs the property tests with random seeds, longer than the tests do with their fixed one.
    Random {
        /// How many seeds are tried.
        #[arg(long, value_name = "N", default_value_t = 20)]
        rounds: u32,
        /// One seed, as a run before printed it.
        #[arg(long, value_name = "SEED")]
        seed: Option<u64>,
    },
    /// Checks what no compiler checks: who may know whom, no panics, sizes, names.
    Tidy,
    /// Counts anew the words that `tidy` keeps out of new text.
    Words,
    /// Breaks the code in every way that `cargo-mutants` knows, and names what no test sees. Takes hours.
    Mutants(mutants::Mutants),
    /// Runs real clients against a real server: LangWatch's own, reverse proxies, schemathesis, and one that is killed under load.
    Clients {
        /// The command to test; without it, the one of this workspace is built.
        #[arg(long, value_name = "PATH")]
        clearance: Option<PathBuf>,
        /// How often the server is killed.
        #[arg(long, value_name = "N", default_value_t = 20)]
        kills: u32,
    },
    /// Runs a real server under load while one thing after the other goes wrong, and shows what came of it.
    Chaos(chaos::Chaos),
    /// Has every language answer all vectors, 20,000 random questions, changes and swaps, and compares.
    Everywhere(everywhere::Everywhere),
    /// Lets libFuzzer look for bytes from outside that something does not hold for.
    Fuzz(fuzz::Fuzz),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Golden { check } => golden::run(check),
        Task::Component { check } => component::run(check),
        Task::Probe => probe::run(),
        Task::CoreModule { out } => component::core_module(&out),
        Task::Random { rounds, seed } => random::run(rounds, seed),
        Task::Tidy => tidy::run(),
        Task::Words => tidy::words::write(),
        Task::Mutants(options) => mutants::run(&options),
        Task::Clients { clearance, kills } => clients::run(clearance, kills),
        Task::Chaos(options) => chaos::run(&options),
        Task::Everywhere(options) => everywhere::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
