//! What a call has used of its time.

use std::time::Duration;

use cpu_time::ThreadTime;
use thiserror::Error;

use crate::{Limits, ticker::Awake};

/// Measures one call from the first look at it on. Calls that are done before the first look, as almost all are, have none.
pub(crate) struct Meter {
    begin: Reading,
    /// The ticks that end the call must go on while it runs.
    _awake: Awake,
}

/// What the clocks say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The processor time of this thread. `None` where the system has no clock for it.
    computed: Option<Duration>,
    /// How many ticks there have been. A process that stands still as a whole has none meanwhile.
    ticks: u64,
}

/// What a call has used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum UsedUp {
    /// [`Limits::deadline`].
    #[error("the deadline is used up")]
    Deadline,
    /// [`Limits::timeout`].
    #[error("the timeout is over")]
    Timeout,
}

impl Reading {
    /// Reads the clocks of the thread that calls.
    pub(crate) fn now(ticks: u64) -> Self {
        Self { computed: ThreadTime::try_now().ok().map(|time| time.as_duration()), ticks }
    }
}

impl Meter {
    pub(crate) fn new(begin: Reading, awake: Awake) -> Self {
        Self { begin, _awake: awake }
    }

    /// What the call has used up by now, if anything.
    pub(crate) fn find_used_up(&self, now: Reading, tick: Duration, limits: &Limits) -> Option<UsedUp> {
        find_used_up(self.begin, now, tick, limits)
    }
}

fn find_used_up(begin: Reading, now: Reading, tick: Duration, limits: &Limits) -> Option<UsedUp> {
    let ticks = u32::try_from(now.ticks.saturating_sub(begin.ticks)).unwrap_or(u32::MAX);
    let passed = tick.saturating_mul(ticks);
    let computed = match (begin.computed, now.computed) {
        (Some(begin), Some(now)) => now.saturating_sub(begin),
        // Nothing that runs may run for ever, so all time counts where nobody knows better.
        _ => passed,
    };
    if computed >= limits.deadline {
        Some(UsedUp::Deadline)
    } else if passed >= limits.timeout {
        Some(UsedUp::Timeout)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(10);
    const BEGIN: Reading = Reading { computed: Some(Duration::from_secs(7)), ticks: 1_000 };

    fn limits() -> Limits {
        Limits { deadline: Duration::from_millis(100), timeout: Duration::from_secs(10), ..Limits::default() }
    }

    /// What is used up after this much computing and this many ticks.
    fn after(computed: Duration, ticks: u64) -> Option<UsedUp> {
        let now = Reading { computed: BEGIN.computed.map(|begin| begin + computed), ticks: BEGIN.ticks + ticks };
        find_used_up(BEGIN, now, TICK, &limits())
    }

    #[test]
    fn what_is_computed_counts_and_what_is_waited_does_not() {
        let millis = Duration::from_millis;
        assert_eq!(after(millis(0), 0), None);
        assert_eq!(after(millis(99), 10), None);
        assert_eq!(after(millis(100), 10), Some(UsedUp::Deadline));
        // The machine ran other threads for all but a hundredth of the time.
        assert_eq!(after(millis(99), 999), None);
        assert_eq!(after(millis(100), 999), Some(UsedUp::Deadline));
    }

    #[test]
    fn nobody_waits_without_end() {
        assert_eq!(after(Duration::ZERO, 999), None);
        assert_eq!(after(Duration::ZERO, 1_000), Some(UsedUp::Timeout));
        assert_eq!(after(Duration::from_millis(99), u64::MAX - BEGIN.ticks), Some(UsedUp::Timeout));
    }

    #[test]
    fn a_process_that_stood_still_lost_no_time() {
        // However late it is: there were no ticks.
        assert_eq!(after(Duration::from_millis(1), 1), None);
    }

    #[test]
    fn without_a_clock_for_the_thread_all_time_counts() {
        let blind = Reading { computed: None, ..BEGIN };
        for (begin, end) in [(BEGIN, None), (blind, BEGIN.computed), (blind, None)] {
            let at = |ticks| find_used_up(begin, Reading { computed: end, ticks: BEGIN.ticks + ticks }, TICK, &limits());
            assert_eq!((at(9), at(10)), (None, Some(UsedUp::Deadline)));
        }
    }

    #[test]
    fn a_clock_that_goes_back_stops_nothing() {
        let now = Reading { computed: Some(Duration::ZERO), ticks: 0 };
        assert_eq!(find_used_up(BEGIN, now, TICK, &limits()), None);
    }
}
