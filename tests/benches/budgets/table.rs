//! The table of budgets, from what criterion has just measured, here and in the benches of the server.

use std::{fs, path::Path};

use crate::{
    live::{Exhaustive, Live, Shadowed, Swaps},
    measuring, page,
    scale::Memory,
};

/// A row: what, which measurement, which one it is compared with, and the budget of the ratio.
const ROWS: [(&str, &str, &str, Option<f64>); 22] = [
    ("floor: a typed call, one number in and out", "floor", "floor", None),
    ("the rules natively, facts at hand", "question/native", "floor", None),
    ("facts gathered from the directory, against the component call", "question/gather", "question/component", Some(1.0)),
    ("the component call, facts at hand", "question/component", "floor", None),
    ("cold decision: ids in, facts gathered, component asked", "question/cold", "floor", Some(6.0)),
    ("of it: the three ids and names found", "question/ids", "question/cold", None),
    ("of it: the question written", "question/write", "question/cold", None),
    ("of it: a question about nobody there and back", "question/nobody", "question/cold", None),
    ("the bytes read and judged, natively", "question/native-bytes", "question/native", None),
    ("warm check by `Authorizer`", "authorizer/warm", "floor", Some(1.0)),
    ("all permissions at once", "question/effective", "floor", None),
    ("1,000 effective sets in one call, each", "question/effective-many-1000", "floor", None),
    ("explain, against decide", "question/explain", "question/component", Some(4.0)),
    ("what would grant it, against decide", "question/repair", "question/component", Some(10.0)),
    ("what would grant it where key and owner lack, against decide", "question/repair-both", "question/component", Some(10.0)),
    ("warm check, 2 threads, against 1", "authorizer/warm-2-threads", "authorizer/warm", None),
    ("warm check, 2 threads, each about another key, against 1", "authorizer/warm-2-keys", "authorizer/warm", None),
    ("component call, 2 threads, against 1", "authorizer/component-2-threads", "question/component", None),
    ("check among 100,000 keys, against 1,000", "check/100000", "check/1000", Some(1.3)),
    ("check among 1,000,000 keys, against 1,000", "check/1000000", "check/1000", Some(1.3)),
    ("the same key again and again among 100,000, against 1,000", "check/again/100000", "check/again/1000", None),
    ("the same key again and again among 1,000,000, against 1,000", "check/again/1000000", "check/again/1000", None),
];

/// The budget of start to first decision.
const START_MILLIS: f64 = 25.0;

/// What the benches of the server measure about requests in process: what, which measurement, which one it is compared with, and the
/// budget of the ratio.
const IN_PROCESS: (&str, &str, &str, f64) =
    ("a token verified and a decision, against the HMAC alone", "verify and decide_ a project is named", "the HMAC alone", 4.0);

/// The same about a database with 100,000 keys: what, which measurement, and the budget in milliseconds.
const MANY_KEYS: [(&str, &str, f64); 2] = [
    ("a database with 100,000 keys: start to the first answer", "100000 keys/start to the first answer", 3_000.0),
    ("of these, the 200 keys of one organization listed for an admin", "100000 keys/list of an organization, for an admin", 20.0),
];

/// Prints the table, and puts it into the page if that is wanted.
pub(crate) fn keep(memory: &[Memory], live: Option<&Live>) {
    if !measuring() {
        return;
    }
    let mut rows = vec!["| what | time | ratio | budget |".to_owned(), "|---|---|---|---|".to_owned()];
    // A filter on the command line leaves some out.
    rows.extend(ROWS.into_iter().filter_map(comparison_row));
    if let Some(load) = median("start/load").map(|nanos| nanos / 1e6) {
        rows.push(format!("| the policy loaded: compiled, checked, started | {load:.1} ms | | |"));
    }
    for (what, id) in [
        ("start to first decision, compiled before", "start/first-decision-compiled-before"),
        ("start to first decision, nothing kept", "start/first-decision"),
    ] {
        if let Some(start) = median(id).map(|nanos| nanos / 1e6) {
            rows.push(format!("| {what} | {start:.1} ms | | <= {START_MILLIS} ms {} |", verdict(start <= START_MILLIS)));
        }
    }
    // Few keys disappear in what the process holds anyway.
    for Memory { keys, bytes_per_key, load_millis } in memory.iter().filter(|memory| memory.keys >= 100_000) {
        rows.push(format!("| {keys} keys loaded, {bytes_per_key} bytes each | {load_millis} ms | | |"));
    }
    rows.extend(live.into_iter().flat_map(rows_of_live));
    let (what, id, base, budget) = IN_PROCESS;
    rows.extend(comparison_row((what, id, base, Some(budget))));
    for (what, id, budget) in MANY_KEYS {
        if let Some(time) = median(id).map(|nanos| nanos / 1e6) {
            rows.push(format!("| {what} | {time:.1} ms | | <= {budget} ms {} |", verdict(time <= budget)));
        }
    }
    page::keep("decisions", &rows);
}

/// A row that compares two measurements, where both were made.
fn comparison_row((what, id, base, budget): (&str, &str, &str, Option<f64>)) -> Option<String> {
    let (time, base) = (median(id)?, median(base)?);
    let each = if id.ends_with("-1000") { 1_000.0 } else { 1.0 };
    let ratio = time / each / base;
    let budget = budget.map_or(String::new(), |budget| format!("<= {budget}x {}", verdict(ratio <= budget)));
    Some(format!("| {what} | {:.0} ns | {ratio:.2}x | {budget} |", time / each))
}

/// The budgets of versions that change while others ask.
const FLIP_MILLIS: f64 = 5.0;
const THROUGHPUT: f64 = 0.8;
const SETS: f64 = 200_000.0;
const DIFF_SECONDS: f64 = 60.0;
const SHADOWED: f64 = 2.0;

fn rows_of_live(Live { swaps, diff, shadows }: &Live) -> Vec<String> {
    let Swaps { swaps, median, longest, failed, mixed, throughput } = swaps;
    let (median, longest) = (median.as_secs_f64() * 1e3, longest.as_secs_f64() * 1e3);
    let Exhaustive { keys, places, took, cores, sets_each } = diff;
    let took = took.as_secs_f64();
    let mut rows = vec![
        format!(
            "| one version in the place of another, 2 threads checking, median | {median:.3} ms | | <= {FLIP_MILLIS} ms {} |",
            verdict(median <= FLIP_MILLIS)
        ),
        format!("| the longest of {swaps} | {longest:.3} ms | | |"),
        format!(
            "| {swaps} swaps, one every 5 ms: {failed} checks failed, {mixed} mixed; checks of 2 threads, with swaps against without | | {throughput:.2}x | >= {THROUGHPUT}x {} |",
            verdict(*throughput >= THROUGHPUT)
        ),
        format!(
            "| diff of {keys} keys at {places} places, {cores} cores | {took:.1} s | | < {DIFF_SECONDS} s {} |",
            verdict(took < DIFF_SECONDS)
        ),
        format!(
            "| of it: effective sets in a second on one core, gathered, asked and compared | {:.0} ns | {sets_each:.0}/s | >= {SETS}/s {} |",
            1e9 / sets_each,
            verdict(*sets_each >= SETS)
        ),
    ];
    rows.extend(shadows.iter().map(|Shadowed { what, alone, beside }| {
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        format!(
            "| p99 of checks beside a shadow {what}, against {} ns without | {} ns | {ratio:.2}x | <= {SHADOWED}x {} |",
            alone.as_nanos(),
            beside.as_nanos(),
            verdict(ratio <= SHADOWED)
        )
    }));
    rows
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "**missed**" }
}

/// The median of a measurement of this run, in nanoseconds.
fn median(id: &str) -> Option<f64> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Into::into);
    let estimates = fs::read_to_string(target.join("criterion").join(id).join("new/estimates.json")).ok()?;
    serde_json::from_str::<serde_json::Value>(&estimates).ok()?["median"]["point_estimate"].as_f64()
}
