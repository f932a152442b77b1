//! What a run has shown.

use std::{fmt, time::Duration};

use super::{count::Counts, ground::Ground};

/// What came of one step.
pub(super) struct Row {
    /// What was done.
    pub(super) name: &'static str,
    /// Why it was not done, if it was not.
    pub(super) skipped: Option<String>,
    /// What became of requests, until all was well again.
    pub(super) counts: Counts,
    /// How long the step took by itself.
    pub(super) taken: Duration,
    /// How long it took afterwards until all was well. `None` means that it did not become so by itself.
    pub(super) well: Option<Duration>,
    /// The memory before, at most, and in the end.
    pub(super) memory: [Option<u64>; 3],
    /// What broke a promise.
    pub(super) findings: Vec<String>,
}

/// All rows of a run.
pub(super) struct Table {
    memory_at_start: Option<u64>,
    is_short: bool,
    rows: Vec<Row>,
}

/// What the page says before the table.
const PAGE: &str = "\
# A chaos run

`cargo xtask chaos --page` writes this page. It runs `clearance serve`, as it is built for release, under load from keys that stay valid,
from keys that are revoked in the course of the run, and from tokens that nobody was given, while other clients make and revoke keys. One
thing after the other goes wrong meanwhile. `cargo xtask chaos --short --clearance PATH` takes less than a minute and is part of `.ci/run`.

An answer is *right* when a valid key is allowed, and when a key whose revocation was acknowledged, or an unknown token, gets a 401. It is
*refused* where nobody answers or the status is 429 or 5xx. Everything else is *wrong*, and fails the run. All is *well again* when 20 answers
of each kind are right one after the other, a key can be made, and `/readyz` says 200. Memory is that of the process (`VmRSS`): before, at
most (`VmHWM`), and when all was well again. While a row says that the gate serves, it may refuse one of a hundred valid keys.

";

impl Row {
    /// A step that was not done because those before it took all the time, which fails the run.
    pub(super) fn too_late(name: &'static str) -> Self {
        let reason = "the steps before it took too long".to_owned();
        Self {
            name,
            skipped: Some(reason.clone()),
            counts: Counts::default(),
            taken: Duration::ZERO,
            well: None,
            memory: [None; 3],
            findings: vec![reason],
        }
    }

    /// The row in one line, with what was found below it.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{:>6.1} s  {}: {}", self.taken.as_secs_f64(), self.name, self.outcome());
        for finding in &self.findings {
            line.push_str("\n          broken: ");
            line.push_str(finding);
        }
        line
    }

    fn outcome(&self) -> String {
        match &self.skipped {
            Some(reason) => format!("SKIPPED, because {reason}"),
            None => format!("{} right, {} wrong, {} refused", self.counts.right, self.counts.wrong, self.counts.refused),
        }
    }

    fn cells(&self) -> String {
        if let Some(reason) = &self.skipped {
            return format!("| {} | skipped: {reason} | | | | | |", self.name);
        }
        let well = match self.well {
            Some(well) => format!("{:.1} s", well.as_secs_f64()),
            None => "**not by itself**".to_owned(),
        };
        let [before, peak, after] =
            self.memory.map(|bytes| bytes.map_or_else(|| "–".to_owned(), |bytes| (bytes >> 20).to_string()));
        let Counts { right, wrong, refused, .. } = self.counts;
        let wrong = if wrong == 0 { "0".to_owned() } else { format!("**{wrong}**") };
        let broken = if self.findings.is_empty() { "–".to_owned() } else { format!("**{}**", self.findings.len()) };
        format!("| {} | {right} | {wrong} | {refused} | {well} | {before}, {peak}, {after} MiB | {broken} |", self.name)
    }
}

impl Table {
    /// An empty table, of a server that is well.
    pub(super) fn begin(ground: &Ground) -> Self {
        Self { memory_at_start: ground.server.memory("VmRSS"), is_short: ground.short, rows: Vec::new() }
    }

    /// Adds what came of a step.
    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The memory before the first step.
    pub(super) fn memory_at_start(&self) -> Option<u64> {
        self.memory_at_start
    }

    /// How many promises were broken.
    pub(super) fn broken(&self) -> usize {
        let wrong = |row: &Row| usize::try_from(row.counts.wrong).unwrap_or(usize::MAX);
        self.rows.iter().map(|row| row.findings.len().max(wrong(row))).sum()
    }

    /// The page of a long run.
    pub(super) fn page(&self) -> String {
        format!("{PAGE}{self}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what was done | right | wrong | refused | well again after | memory: before, at most, after | broken |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(f, "{}", row.cells())?;
        }
        let skipped = self.rows.iter().filter(|row| row.skipped.is_some()).count();
        if skipped > 0 {
            writeln!(f, "\n{skipped} steps were not possible on this machine, and show nothing.")?;
        }
        if self.is_short {
            writeln!(f, "\nThis is the short form, whose steps are shorter.")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(findings: &[&str], wrong: u64) -> Row {
        Row {
            name: "a step",
            skipped: None,
            counts: Counts { right: 5, wrong, ..Counts::default() },
            taken: Duration::from_secs(1),
            well: None,
            memory: [Some(3 << 20), None, Some(4 << 20)],
            findings: findings.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn what_is_wrong_is_broken_with_and_without_words() {
        let mut table = Table { memory_at_start: None, is_short: false, rows: Vec::new() };
        table.add(row(&[], 0));
        assert_eq!(table.broken(), 0);
        table.add(row(&["a promise"], 0));
        table.add(row(&["an answer"], 7));
        assert_eq!(table.broken(), 8);
        let page = table.page();
        assert!(page.contains("| a step | 5 | **7** | 0 | **not by itself** | 3, –, 4 MiB | **1** |"), "{page}");
    }

    #[test]
    fn a_step_that_was_skipped_says_so() {
        let skipped = Row { skipped: Some("no disk".to_owned()), ..row(&[], 0) };
        assert!(skipped.line().contains("SKIPPED, because no disk"), "{}", skipped.line());
        let table = Table { memory_at_start: None, is_short: true, rows: vec![skipped] };
        assert!(table.to_string().contains("1 steps were not possible"), "{table}");
    }
}
