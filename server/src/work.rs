//! What does not run on the threads that answer the gate: it waits for the database, or it grows with the data.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// A kind of work. Each kind has threads of its own, so that no kind can hold up another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Many questions about permissions at once.
    Question,
    /// Long bodies of questions about permissions, which are read.
    GateBody,
    /// What a caller may do and see.
    Caller,
    /// Other long bodies, which are read.
    Body,
    /// Routes that list keys, projects and operators.
    Listing,
    /// Writes, but for revocations.
    Write,
    /// Revocations, which pass other writes.
    Revocation,
    /// Policy versions that are made live, pinned or let go.
    Policy,
    /// What the server does by itself, and whether it is ready.
    Upkeep,
}

/// How much of each kind of work is under way and waits.
#[derive(Debug)]
pub(crate) struct Workers {
    question: Lane,
    gate_body: Lane,
    caller: Lane,
    body: Lane,
    listing: Lane,
    write: Lane,
    revocation: Lane,
    policy: Lane,
    upkeep: Lane,
}

/// One kind of work.
#[derive(Debug)]
struct Lane {
    /// One permit for each thread.
    running: Arc<Semaphore>,
    /// One permit for each request that waits for a thread.
    waiting: Semaphore,
    most_waiting: usize,
}

/// Tells work that has not begun that nobody waits for it any more.
struct Awaited(Arc<AtomicBool>);

impl Workers {
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            question: Lane::new(processors.max(2), 256),
            gate_body: Lane::new((processors / 2).max(1), 64),
            // The gate keeps at least half of the processors from each of these.
            caller: Lane::new((processors / 2).max(1), 64),
            body: Lane::new((processors / 2).max(1), 64),
            listing: Lane::new((processors / 2).max(1), 64),
            // One, so that what waits waits here, where it is dropped when nobody waits for it any more.
            write: Lane::new(1, 64),
            revocation: Lane::new(8, 256),
            policy: Lane::new(4, 16),
            upkeep: Lane::new(4, 16),
        }
    }

    fn lane(&self, work: Work) -> &Lane {
        match work {
            Work::Question => &self.question,
            Work::GateBody => &self.gate_body,
            Work::Caller => &self.caller,
            Work::Body => &self.body,
            Work::Listing => &self.listing,
            Work::Write => &self.write,
            Work::Revocation => &self.revocation,
            Work::Policy => &self.policy,
            Work::Upkeep => &self.upkeep,
        }
    }

    /// How much of a kind of work waits for a thread.
    pub(crate) fn waiting(&self, work: Work) -> usize {
        let lane = self.lane(work);
        lane.most_waiting.saturating_sub(lane.waiting.available_permits())
    }

    /// Calls something on a thread for this kind of work, as soon as one is free. If the future is dropped before the call
    /// begins, the call is never made.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where too much work of this kind waits, [`Error::Panic`] where the call panicked.
    pub(crate) async fn run<T: Send + 'static>(&self, work: Work, call: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        // It goes along with the call: a thread that works for nobody is still taken.
        let permit = self.lane(work).enter().await?;
        let is_dropped = Arc::new(AtomicBool::new(false));
        let _awaited = Awaited(Arc::clone(&is_dropped));
        let called = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            (!is_dropped.load(Ordering::Acquire)).then(call)
        });
        // It is called, for this future is still there.
        called.await.ok().flatten().ok_or(Error::Panic)
    }
}

impl Lane {
    fn new(running: usize, waiting: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(running)), waiting: Semaphore::new(waiting), most_waiting: waiting }
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        // Nobody closes it.
        Arc::clone(&self.running).acquire_owned().await.map_err(|_| Error::Busy)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Takes all threads of a kind of work until the answer is dropped.
    fn occupy(workers: &Arc<Workers>, work: Work, threads: usize) -> Vec<mpsc::Sender<()>> {
        (0..threads)
            .map(|_| {
                let (release, released) = mpsc::channel::<()>();
                let (begun, has_begun) = mpsc::channel();
                let workers = Arc::clone(workers);
                tokio::spawn(async move {
                    workers
                        .run(work, move || {
                            begun.send(()).unwrap();
                            let _ = released.recv();
                        })
                        .await
                });
                has_begun.recv().unwrap();
                release
            })
            .collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_kind_of_work_that_is_stuck_holds_up_no_other() {
        let workers = Arc::new(Workers::new());
        let _writes = occupy(&workers, Work::Write, 1);
        let _listings = occupy(&workers, Work::Listing, workers.listing.running.available_permits());
        assert_eq!(workers.run(Work::Revocation, || 7).await.unwrap(), 7);
        assert_eq!(workers.run(Work::Question, || 8).await.unwrap(), 8);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn management_takes_no_thread_from_questions() {
        let workers = Arc::new(Workers::new());
        let _bodies = occupy(&workers, Work::Body, workers.body.running.available_permits());
        let _callers = occupy(&workers, Work::Caller, workers.caller.running.available_permits());
        for work in [Work::GateBody, Work::Question] {
            assert_eq!(workers.run(work, || 7).await.unwrap(), 7, "{work:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_nobody_waits_for_is_never_begun() {
        let workers = Arc::new(Workers::new());
        let writes = occupy(&workers, Work::Write, 1);
        let begun = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&begun);
        let waiting = workers.run(Work::Write, move || noted.store(true, Ordering::SeqCst));
        assert!(tokio::time::timeout(Duration::from_millis(1), waiting).await.is_err());
        drop(writes);
        // A later request is served, so the earlier one has ended.
        workers.run(Work::Write, || ()).await.unwrap();
        workers.run(Work::Write, || ()).await.unwrap();
        assert!(!begun.load(Ordering::SeqCst));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn more_than_may_wait_is_refused() {
        let workers = Arc::new(Workers { write: Lane::new(1, 1), ..Workers::new() });
        let writes = occupy(&workers, Work::Write, 1);
        let waiting = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { workers.run(Work::Write, || 1).await.unwrap() }
        });
        while workers.write.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(workers.run(Work::Write, || 2).await, Err(Error::Busy)));
        drop(writes);
        assert_eq!(waiting.await.unwrap(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_gives_the_thread_back() {
        let workers = Workers::new();
        for _ in 0..4 {
            let panicked: Result<(), Error> = workers.run(Work::Write, || panic!("on purpose")).await;
            assert!(matches!(panicked, Err(Error::Panic)));
        }
        assert_eq!(workers.run(Work::Write, || 1).await.unwrap(), 1);
    }
}
