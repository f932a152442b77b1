//! The log: one JSON object a line, on standard error.
//!
//! A thread of its own writes it. A thread that logs never waits: where nobody reads the log, or it cannot be written, lines are
//! dropped and counted.

use std::fs::File;
use std::io::{self, Write};
use std::iter;
use std::os::fd::AsFd as _;
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::filter::LevelFilter;

use crate::log_line::LogLine;

/// How many lines wait to be written at most.
const MAX_WAITING_LINES: usize = 8192;

/// How long lines gather before they are written.
const GATHER_TIME: Duration = Duration::from_millis(1);

/// The most bytes that are written at once, but for a line that is longer: a pipe takes as many whole or not at all.
const MAX_BATCH_BYTES: usize = 4096;

/// How long the end of the process waits for the lines that are still to be written.
const FLUSH_TIME: Duration = Duration::from_secs(1);

/// How many lines were not written, for the metrics.
pub(crate) static DROPPED_LINES: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The log of the process. Dropped at its end, it writes what still waits, if that can be written at once.
#[derive(Debug)]
#[must_use = "what still waits is written when it is dropped"]
pub struct Log {
    lines: Option<SyncSender<Entry>>,
}

/// What the writer is to do.
enum Entry {
    Line(Vec<u8>),
    /// Everything before is written.
    Mark(SyncSender<()>),
}

/// Takes lines for the writer.
struct Lines(SyncSender<Entry>);

/// Starts the log of the process, once. Later calls do nothing. From then on a panic says in the log where it happened, and nowhere else.
pub fn start_log() -> Log {
    let Ok(file) = io::stderr().as_fd().try_clone_to_owned().map(File::from) else { return Log { lines: None } };
    let (lines, waiting) = sync_channel(MAX_WAITING_LINES);
    let writer = thread::Builder::new().name("log".to_owned()).spawn(move || write(file, &waiting));
    if writer.is_err() {
        return Log { lines: None };
    }
    // Its complaints about itself would go to standard error, which is just what it cannot write to.
    let log = tracing_subscriber::fmt().log_internal_errors(false).event_format(LogLine).with_max_level(LevelFilter::INFO);
    let sender = lines.clone();
    // A log that was started elsewhere stays as it is.
    if log.with_writer(move || Lines(sender.clone())).try_init().is_err() {
        return Log { lines: None };
    }
    // The message of a panic may hold what a client sent.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(tracing::field::display);
        tracing::error!(place, "a defect stopped what was under way");
    }));
    Log { lines: Some(lines) }
}

fn write(mut file: File, waiting: &Receiver<Entry>) {
    while let Ok(first) = waiting.recv() {
        // Who logs while this thread sleeps wakes nobody: at many lines a second that costs more than the lines.
        thread::sleep(GATHER_TIME);
        let mut batch = Batch::default();
        for entry in iter::once(first).chain(waiting.try_iter()) {
            match entry {
                Entry::Line(line) => batch.add(&line, &mut file),
                Entry::Mark(reached) => {
                    batch.write(&mut file);
                    // The caller may have gone away.
                    let _ = reached.try_send(());
                }
            }
        }
        batch.write(&mut file);
    }
}

/// Lines that are written at once.
#[derive(Default)]
struct Batch {
    lines: Vec<u8>,
    count: u64,
}

impl Batch {
    fn add(&mut self, line: &[u8], file: &mut impl Write) {
        if self.lines.len().saturating_add(line.len()) > MAX_BATCH_BYTES {
            self.write(file);
        }
        self.lines.extend_from_slice(line);
        self.count = self.count.saturating_add(1);
    }

    fn write(&mut self, file: &mut impl Write) {
        if !self.lines.is_empty() && file.write_all(&self.lines).is_err() {
            DROPPED_LINES.inc_by(self.count);
        }
        *self = Self::default();
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.try_send(Entry::Line(line.to_vec())).is_err() {
            DROPPED_LINES.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        const PAUSE: Duration = Duration::from_millis(10);
        let Some(lines) = &self.lines else { return };
        let until = Instant::now() + FLUSH_TIME;
        let (mark, reached) = sync_channel(1);
        let mut entry = Entry::Mark(mark);
        loop {
            match lines.try_send(entry) {
                Err(TrySendError::Full(again)) if Instant::now() < until => entry = again,
                Err(_) => return,
                Ok(()) => break,
            }
            thread::sleep(PAUSE);
        }
        let _ = reached.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_finds_no_room_is_dropped_and_counted() {
        let (sender, waiting) = sync_channel(1);
        let mut lines = Lines(sender);
        let before = DROPPED_LINES.get();
        assert_eq!((lines.write(b"one\n").unwrap(), lines.write(b"two\n").unwrap()), (4, 4));
        // Another test counts as well.
        assert!(DROPPED_LINES.get() > before);
        let Ok(Entry::Line(line)) = waiting.recv() else { panic!("there is a line") };
        assert_eq!(line, b"one\n");
    }

    /// Takes nothing.
    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_in_their_order_and_those_that_cannot_be_are_counted() {
        let mut file = Vec::new();
        let mut batch = Batch::default();
        batch.add(b"one\n", &mut file);
        batch.add(b"two\n", &mut file);
        assert_eq!(file, b"");
        batch.add(&[b'x'; MAX_BATCH_BYTES], &mut file);
        assert_eq!(file, b"one\ntwo\n");
        batch.add(b"three\n", &mut file);
        assert!(file.ends_with(b"x"));
        batch.write(&mut file);
        batch.write(&mut file);
        assert!(file.ends_with(b"xthree\n"));

        let before = DROPPED_LINES.get();
        batch.add(b"four\n", &mut file);
        batch.add(b"five\n", &mut file);
        batch.write(&mut Broken);
        batch.write(&mut Broken);
        assert!(DROPPED_LINES.get() >= before + 2);
    }
}
