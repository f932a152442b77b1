//! Every budget, measured in one run: criterion measures, then one table says how each compares with the floor.
//!
//! `cargo bench` runs it in full. Without `--bench`, as `cargo test` runs it, each bench runs once over small data.

mod boundary;
mod company;
mod scale;
mod table;

use criterion::Criterion;

fn main() {
    // Half a second each is enough to compare: machines are noisier than that anyway.
    let half = std::time::Duration::from_millis(500);
    let mut criterion = Criterion::default().warm_up_time(half).measurement_time(4 * half).configure_from_args();
    boundary::benches(&mut criterion);
    let memory = scale::benches(&mut criterion);
    criterion.final_summary();
    table::print(&memory);
}

/// Whether to measure, or only to see that everything runs.
fn measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
