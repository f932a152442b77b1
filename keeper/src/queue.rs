//! Who writes next.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The most writes that wait for their turn at once, without revocations.
const MAX_WAITING_WRITES: usize = 256;
/// The most revocations that wait for their turn at once.
const MAX_WAITING_REVOCATIONS: usize = 1024;
/// The most revocations in a row that pass an ordinary write that waits.
const MAX_REVOCATIONS_IN_A_ROW: usize = 8;

/// The queue of those who write: one at a time. Revocations pass the ordinary writes that wait, so that a revocation waits for the
/// write under way, for earlier revocations, and at most for one ordinary write after every eight revocations. Without that one,
/// revocations without an end would stop all other writes.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    moved: Condvar,
}

/// How soon a write gets its turn. Within a lane, the first that came is the first that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// After the revocations that wait, but after at most eight of them in a row.
    Ordinary,
    /// After the write under way, and at most one ordinary write after every eight revocations.
    Revocation,
}

/// Too many writes wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// The right to write. Dropping it, also in a panic, lets the next one write.
#[derive(Debug)]
pub(crate) struct WriteRight<'a>(&'a Queue);

#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    /// The tickets that wait, oldest first.
    ordinary: VecDeque<u64>,
    revocations: VecDeque<u64>,
    /// How many revocations passed the oldest ordinary write that waits.
    passed: usize,
    next_ticket: u64,
}

impl State {
    fn waiting(&mut self, lane: Lane) -> (&mut VecDeque<u64>, usize) {
        match lane {
            Lane::Ordinary => (&mut self.ordinary, MAX_WAITING_WRITES),
            Lane::Revocation => (&mut self.revocations, MAX_WAITING_REVOCATIONS),
        }
    }

    /// The ticket whose turn it is, if nobody writes.
    fn head(&self) -> Option<u64> {
        let (revocation, ordinary) = (self.revocations.front(), self.ordinary.front());
        let first = if self.passed < MAX_REVOCATIONS_IN_A_ROW { revocation.or(ordinary) } else { ordinary.or(revocation) };
        first.copied().filter(|_| !self.is_taken)
    }

    /// Gives the turn to the first of a lane.
    fn take(&mut self, lane: Lane) {
        self.waiting(lane).0.pop_front();
        self.is_taken = true;
        self.passed = match lane {
            Lane::Revocation if !self.ordinary.is_empty() => self.passed.saturating_add(1),
            Lane::Revocation | Lane::Ordinary => 0,
        };
    }
}

impl Queue {
    /// Waits for the turn. Blocks.
    ///
    /// # Errors
    ///
    /// Too many wait in this lane.
    pub(crate) fn enter(&self, lane: Lane) -> Result<WriteRight<'_>, QueueFull> {
        let mut state = self.state();
        let ticket = state.next_ticket;
        state.next_ticket = ticket.wrapping_add(1);
        let (waiting, most) = state.waiting(lane);
        if waiting.len() >= most {
            return Err(QueueFull);
        }
        waiting.push_back(ticket);
        while state.head() != Some(ticket) {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.take(lane);
        Ok(WriteRight(self))
    }

    /// How many wait for their turn.
    pub(crate) fn waiting(&self, lane: Lane) -> usize {
        self.state().waiting(lane).0.len()
    }

    /// A thread that panicked while it held the lock left a whole state behind: nothing here can panic halfway.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WriteRight<'_> {
    fn drop(&mut self) {
        self.0.state().is_taken = false;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread::JoinHandle;

    use super::*;

    /// Starts a writer that notes its name when it writes, and returns once the writer waits.
    fn writer(queue: &Arc<Queue>, lane: Lane, name: u32, order: &Arc<Mutex<Vec<u32>>>) -> JoinHandle<()> {
        let before = queue.waiting(lane);
        let thread = std::thread::spawn({
            let (queue, order) = (Arc::clone(queue), Arc::clone(order));
            move || {
                let _right = queue.enter(lane).unwrap();
                order.lock().unwrap().push(name);
            }
        });
        while queue.waiting(lane) == before {
            std::thread::yield_now();
        }
        thread
    }

    #[test]
    fn a_revocation_passes_everything_that_waits() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        let right = queue.enter(Lane::Ordinary).unwrap();
        let writers = [
            writer(&queue, Lane::Ordinary, 3, &order),
            writer(&queue, Lane::Ordinary, 4, &order),
            writer(&queue, Lane::Revocation, 1, &order),
            writer(&queue, Lane::Revocation, 2, &order),
        ];
        drop(right);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn revocations_without_an_end_leave_every_ninth_turn_to_other_writes() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        let right = queue.enter(Lane::Ordinary).unwrap();
        let mut writers: Vec<_> = (101..=102).map(|name| writer(&queue, Lane::Ordinary, name, &order)).collect();
        writers.extend((1..=20).map(|name| writer(&queue, Lane::Revocation, name, &order)));
        drop(right);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let expected: Vec<u32> = (1..=8).chain([101]).chain(9..=16).chain([102]).chain(17..=20).collect();
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[test]
    fn revocations_that_passed_nobody_do_not_count() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        for _ in 0..MAX_REVOCATIONS_IN_A_ROW {
            drop(queue.enter(Lane::Revocation).unwrap());
        }
        let right = queue.enter(Lane::Revocation).unwrap();
        let writers = [writer(&queue, Lane::Ordinary, 2, &order), writer(&queue, Lane::Revocation, 1, &order)];
        drop(right);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn the_queue_is_bounded_and_a_full_one_still_takes_revocations() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        let right = queue.enter(Lane::Ordinary).unwrap();
        queue.state().ordinary.extend((0..MAX_WAITING_WRITES as u64).map(|ticket| ticket + 1_000_000));
        assert_eq!(queue.enter(Lane::Ordinary).unwrap_err(), QueueFull);
        let revocation = writer(&queue, Lane::Revocation, 7, &order);
        drop(right);
        revocation.join().unwrap();
        assert_eq!(*order.lock().unwrap(), [7]);
    }

    #[test]
    fn a_writer_that_panics_lets_the_next_one_write() {
        let queue = Arc::new(Queue::default());
        let panicking = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let _right = queue.enter(Lane::Ordinary).unwrap();
                panic!("on purpose");
            }
        });
        assert!(panicking.join().is_err());
        assert!(queue.enter(Lane::Ordinary).is_ok());
    }
}
