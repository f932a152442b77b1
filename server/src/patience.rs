//! How long a connection is waited for: by a client that sends no request, and by one that reads no answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::settings::Limits;

/// The longest waits on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the next request, after an answer.
    idle: Duration,
    /// For the head of a request, from its first byte on; and for the first request.
    head: Duration,
    /// For an answer to be taken further.
    write: Duration,
}

/// The requests of one connection.
#[derive(Debug)]
pub(crate) struct Activity {
    accepted: Instant,
    began: AtomicU64,
    ended: AtomicU64,
    /// When the last answer was there, in microseconds since the connection was accepted.
    last_end: AtomicU64,
}

/// A connection that is given up when its client is waited for too long. While a request is worked on, nothing is expected of the client.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Patience,
    activity: Arc<Activity>,
    /// How many requests had begun when the present wait began.
    seen: u64,
    /// Whether the first bytes of a request are there.
    has_begun: bool,
    waits_since: Instant,
    reading: Timer,
    blocked_since: Option<Instant>,
    writing: Timer,
}

/// Wakes the connection. It is set anew only when it has gone off, because most waits end long before.
#[derive(Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl From<&Limits> for Patience {
    fn from(limits: &Limits) -> Self {
        Self { idle: limits.keep_alive, head: limits.head, write: limits.write }
    }
}

impl Default for Activity {
    fn default() -> Self {
        let (began, ended, last_end) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Self { accepted: Instant::now(), began, ended, last_end }
    }
}

impl Activity {
    /// A request is there.
    pub(crate) fn begin(&self) {
        self.began.fetch_add(1, Ordering::Relaxed);
    }

    /// Its answer is there.
    pub(crate) fn end(&self) {
        let micros = u64::try_from(self.accepted.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_end.store(micros, Ordering::Relaxed);
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether there ever was a request.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.load(Ordering::Relaxed) > 0
    }

    fn last_end(&self) -> Instant {
        self.accepted + Duration::from_micros(self.last_end.load(Ordering::Relaxed))
    }
}

impl<S> Patient<S> {
    pub(crate) fn new(stream: S, patience: Patience, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            patience,
            activity,
            seen: 0,
            // A client that connects is expected to send a request.
            has_begun: true,
            waits_since: Instant::now(),
            reading: Timer::default(),
            blocked_since: None,
            writing: Timer::default(),
        }
    }

    /// Whether a request is worked on. After it, another wait begins.
    fn is_busy(&mut self) -> bool {
        let began = self.activity.began.load(Ordering::Relaxed);
        if began != self.activity.ended.load(Ordering::Relaxed) {
            return true;
        }
        if began != self.seen {
            self.seen = began;
            self.has_begun = false;
            self.waits_since = self.activity.last_end();
        }
        false
    }

    fn note_read(&mut self) {
        if !self.is_busy() && !self.has_begun {
            self.has_begun = true;
            self.waits_since = Instant::now();
        }
    }

    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.is_busy() {
            // Nobody may look here again when the answer is there: the timer must go off some time after that.
            let soon = Instant::now() + self.patience.idle.min(self.patience.head);
            let _ = self.reading.poll(soon, context);
            return Poll::Pending;
        }
        let patience = if self.has_begun { self.patience.head } else { self.patience.idle };
        self.reading.poll(self.waits_since + patience, context).map(|()| timed_out("no request came"))
    }

    /// Passes on what became of a write, unless nothing was taken for too long.
    fn note_write(&mut self, written: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.blocked_since = None;
            return written;
        }
        let since = *self.blocked_since.get_or_insert_with(Instant::now);
        ready!(self.writing.poll(since + self.patience.write, context));
        Poll::Ready(Err(timed_out("the answer was not read")))
    }
}

impl Timer {
    /// Ready after the moment.
    fn poll(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= until {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(until);
        }
    }
}

fn timed_out(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, message)
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return self.poll_silence(context).map(Err);
        }
        if buffer.filled().len() > before {
            self.note_read();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_write(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note_write(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
