//! Every budget, measured in one run: criterion measures, then one table says how each compares with the floor.
//!
//! `cargo bench` runs it in full, and with `CLEARANCE_BLESS=1` puts the table into `docs/numbers.md`. Without `--bench`, as `cargo test`
//! runs it, each bench runs once over small data.

mod boundary;
mod company;
#[expect(dead_code, reason = "it serves tests as well, which look at more of it")]
#[path = "../../../clearance/tests/all/guest.rs"]
mod guest;
mod live;
mod page;
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
    // A filter on the command line is about what criterion measures.
    let live = is_wanted("live").then(live::benches);
    table::keep(&memory, live.as_ref());
}

/// Whether what is on the command line leaves it in: there is no filter, or it begins with this.
fn is_wanted(what: &str) -> bool {
    let mut filters = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    filters.all(|filter| filter.starts_with(what))
}

/// Whether to measure, or only to see that everything runs.
fn measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
