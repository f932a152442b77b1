//! Who writes next.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The most writes that wait for their turn at once, without revocations.
const MAX_WAITING_WRITES: usize = 256;
/// The most revocations that wait for their turn at once.
const MAX_WAITING_REVOCATIONS: usize = 1024;

/// The queue of those who write: one at a time. Revocations pass everything that waits, so that a revocation waits for the write
/// under way and for earlier revocations, and for nothing else.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    moved: Condvar,
}

/// How soon a write gets its turn. Within a lane, the first that came is the first that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// After all revocations that wait.
    Ordinary,
    /// After the write under way.
    Revocation,
}

/// Too many writes wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QueueFull;

/// The right to write. Dropping it, also in a panic, lets the next one write.
#[derive(Debug)]
pub(super) struct Place<'a>(&'a Queue);

#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    /// The tickets that wait, oldest first.
    ordinary: VecDeque<u64>,
    revocations: VecDeque<u64>,
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
        self.revocations.front().or(self.ordinary.front()).copied().filter(|_| !self.is_taken)
    }
}

impl Queue {
    /// Waits for the turn. Blocks.
    ///
    /// # Errors
    ///
    /// Too many wait in this lane.
    pub(super) fn enter(&self, lane: Lane) -> Result<Place<'_>, QueueFull> {
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
        state.waiting(lane).0.pop_front();
        state.is_taken = true;
        Ok(Place(self))
    }

    /// A thread that panicked while it held the lock left a whole state behind: nothing here can panic halfway.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
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
        let waiting = |queue: &Queue| queue.state().waiting(lane).0.len();
        let before = waiting(queue);
        let thread = std::thread::spawn({
            let (queue, order) = (Arc::clone(queue), Arc::clone(order));
            move || {
                let _place = queue.enter(lane).unwrap();
                order.lock().unwrap().push(name);
            }
        });
        while waiting(queue) == before {
            std::thread::yield_now();
        }
        thread
    }

    #[test]
    fn a_revocation_passes_everything_that_waits() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        let place = queue.enter(Lane::Ordinary).unwrap();
        let writers = [
            writer(&queue, Lane::Ordinary, 3, &order),
            writer(&queue, Lane::Ordinary, 4, &order),
            writer(&queue, Lane::Revocation, 1, &order),
            writer(&queue, Lane::Revocation, 2, &order),
        ];
        drop(place);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4]);
    }

    #[test]
    fn the_queue_is_bounded_and_a_full_one_still_takes_revocations() {
        let (queue, order) = (Arc::new(Queue::default()), Arc::default());
        let place = queue.enter(Lane::Ordinary).unwrap();
        queue.state().ordinary.extend((0..MAX_WAITING_WRITES as u64).map(|ticket| ticket + 1_000_000));
        assert_eq!(queue.enter(Lane::Ordinary).unwrap_err(), QueueFull);
        let revocation = writer(&queue, Lane::Revocation, 7, &order);
        drop(place);
        revocation.join().unwrap();
        assert_eq!(*order.lock().unwrap(), [7]);
    }

    #[test]
    fn a_writer_that_panics_lets_the_next_one_write() {
        let queue = Arc::new(Queue::default());
        let panicking = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let _place = queue.enter(Lane::Ordinary).unwrap();
                panic!("on purpose");
            }
        });
        assert!(panicking.join().is_err());
        assert!(queue.enter(Lane::Ordinary).is_ok());
    }
}
