//! The clock that deadlines are measured with.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How many ticks without a question it takes to fall asleep: more than there are until a call is looked at for the first time.
const PATIENCE_TICKS: u64 = 12;

/// A thread that counts ticks while questions are asked, sleeps while none are, and ends when this is dropped.
///
/// A tick is lost when the machine is too busy to run the thread, never made up for: making up would interrupt calls that were
/// not running meanwhile.
pub(crate) struct Ticker {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    count: Box<dyn Fn() + Send + Sync>,
    tick: Duration,
    /// How many ticks there have been.
    ticks: AtomicU64,
    /// How many calls go on after they were looked at. The thread does not fall asleep while there is one.
    held: AtomicU64,
    /// A question was asked since the last tick.
    asked: AtomicBool,
    /// The thread is falling asleep or sleeps, and looks at `asked` before it does.
    asleep: AtomicBool,
    ended: AtomicBool,
}

impl Ticker {
    /// Starts a thread that calls `count` once a tick.
    pub(crate) fn start(tick: Duration, count: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let state = Arc::new(State {
            count: Box::new(count),
            tick,
            ticks: AtomicU64::new(0),
            held: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let thread = thread::Builder::new().name("clearance-tick".into()).spawn(move || shared.run())?;
        Ok(Self { state, thread: Some(thread) })
    }

    /// How many ticks there have been. They mean something beside each other alone.
    pub(crate) fn ticks(&self) -> u64 {
        self.state.ticks.load(Relaxed)
    }

    /// Counts ticks until the answer is dropped, however long nobody asks.
    pub(crate) fn hold_awake(&self) -> Awake {
        self.state.held.fetch_add(1, SeqCst);
        let awake = Awake(Arc::clone(&self.state));
        // It may have fallen asleep already, where the thread of the call did not run for long.
        self.wake();
        awake
    }

    /// From here on ticks are counted, [`PATIENCE_TICKS`] at the least.
    #[inline]
    pub(crate) fn watch(&self) {
        // Where it is set already, the thread has not fallen asleep: it goes on for some ticks after it has seen it.
        if !self.state.asked.load(Relaxed) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        // One of the two sees the other: the thread sets `asleep` and then reads `asked`.
        self.state.asked.store(true, SeqCst);
        if self.state.asleep.load(SeqCst)
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
    }
}

/// Keeps a [`Ticker`] from falling asleep.
pub(crate) struct Awake(Arc<State>);

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.ended.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It cannot panic, and there would be nobody to tell.
            let _ = thread.join();
        }
    }
}

impl State {
    fn run(&self) {
        let mut quiet = 0;
        while !self.has_ended() {
            if quiet < PATIENCE_TICKS || self.held.load(SeqCst) > 0 {
                self.pause();
                self.ticks.fetch_add(1, Relaxed);
                (self.count)();
                quiet = if self.asked.swap(false, SeqCst) { 0 } else { quiet.saturating_add(1) };
            } else {
                self.sleep();
                quiet = 0;
            }
        }
    }

    /// Waits for one tick.
    fn pause(&self) {
        let start = Instant::now();
        // The thread of a question may have left a token that ends the first wait at once.
        while let Some(left) = self.tick.checked_sub(start.elapsed()).filter(|left| !left.is_zero() && !self.has_ended()) {
            thread::park_timeout(left);
        }
    }

    /// Waits for a question.
    fn sleep(&self) {
        self.asleep.store(true, SeqCst);
        while !self.asked.load(SeqCst) && !self.has_ended() {
            thread::park();
        }
        self.asleep.store(false, SeqCst);
    }

    fn has_ended(&self) -> bool {
        self.ended.load(SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(1);
    /// Longer than anything takes on a busy machine.
    const LONG: Duration = Duration::from_secs(300);

    fn counting() -> (Ticker, Arc<AtomicU64>) {
        let ticks = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&ticks);
        let ticker = Ticker::start(TICK, move || _ = counted.fetch_add(1, SeqCst)).unwrap();
        (ticker, ticks)
    }

    /// Waits until the ticker sleeps.
    fn settle(ticker: &Ticker) {
        let start = Instant::now();
        while !ticker.state.asleep.load(SeqCst) {
            assert!(start.elapsed() < LONG, "the ticker never sleeps");
            thread::sleep(TICK);
        }
    }

    #[test]
    fn it_sleeps_while_nobody_asks() {
        let (ticker, ticks) = counting();
        settle(&ticker);
        let before = ticks.load(SeqCst);
        thread::sleep(30 * TICK);
        assert_eq!(ticks.load(SeqCst), before);
    }

    #[test]
    fn every_question_is_followed_by_all_of_its_ticks() {
        let (ticker, ticks) = counting();
        for round in 0..50 {
            if round % 2 == 0 {
                settle(&ticker);
            }
            let before = ticks.load(SeqCst);
            ticker.watch();
            let start = Instant::now();
            while ticks.load(SeqCst) < before + PATIENCE_TICKS {
                assert!(start.elapsed() < LONG, "the ticker stopped in round {round}");
                thread::sleep(TICK);
            }
            assert!(start.elapsed() >= (PATIENCE_TICKS as u32 - 1) * TICK, "the ticks came too early");
        }
    }

    #[test]
    fn it_stays_awake_while_a_call_goes_on() {
        let (ticker, ticks) = counting();
        settle(&ticker);
        let awake = ticker.hold_awake();
        let (before, start) = (ticks.load(SeqCst), Instant::now());
        // Nobody asks meanwhile.
        while ticks.load(SeqCst) < before + 4 * PATIENCE_TICKS {
            assert!(start.elapsed() < LONG, "the ticker fell asleep");
            thread::sleep(TICK);
        }
        assert!(ticker.ticks() >= before + 4 * PATIENCE_TICKS);
        drop(awake);
        settle(&ticker);
    }

    #[test]
    fn it_ends_at_once_when_it_is_dropped() {
        let (ticker, ticks) = counting();
        let state = Arc::downgrade(&ticker.state);
        drop(ticker);
        assert!(state.upgrade().is_none());
        let before = ticks.load(SeqCst);
        thread::sleep(10 * TICK);
        assert_eq!(ticks.load(SeqCst), before);

        let asleep = counting().0;
        settle(&asleep);
        drop(asleep);
    }
}
