//! A body on its way: how long it may take, and what it holds meanwhile.
//!
//! A request whose body has not come yet holds none of the room for requests. A handler reads the body once it knows who asks, so
//! nobody holds anything before that.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::{Instant, Sleep};

use crate::error::Error;
use crate::room::Room;

/// A body that says it is no longer than this is short.
const SHORT_BODY_BYTES: u64 = 16 * 1024;

/// What a request with a body holds of the room.
pub(crate) struct Hold {
    room: Room,
    permit: Mutex<Permit>,
    failure: AtomicU8,
}

/// What is held at a moment.
enum Permit {
    /// A permit to be worked on.
    Request(#[expect(dead_code, reason = "it counts until it is dropped")] OwnedSemaphorePermit),
    /// A long body is on its way.
    LongBody(#[expect(dead_code, reason = "it counts until it is dropped")] OwnedSemaphorePermit),
    /// A short body is on its way.
    Nothing,
}

/// Why a body did not arrive, for the handler that reads it. [`Hold::failure`] says what the client reads.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Interrupted {
    #[error("the body took too long")]
    Late,
    #[error("there is no room for one more request")]
    Busy,
}

/// A body that is not waited for without end. Dropped before its end, a short one is read to its end in the background: so the answer
/// need not wait for it, and the connection can be used again.
struct Arriving {
    body: Body,
    hold: Arc<Hold>,
    until: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    is_short: bool,
    /// Whether somebody waits for the rest, and another kind of permit is held.
    is_waiting: bool,
    has_ended: bool,
}

impl Hold {
    /// Takes a permit for the request. `None` means that there is no room.
    pub(crate) fn take(room: &Room) -> Option<Arc<Self>> {
        let permit = Arc::clone(&room.requests).try_acquire_owned().ok()?;
        let permit = Mutex::new(Permit::Request(permit));
        Some(Arc::new(Self { room: room.clone(), permit, failure: AtomicU8::new(0) }))
    }

    /// Why the body did not arrive, if that is so.
    pub(crate) fn failure(&self) -> Option<Error> {
        match self.failure.load(Ordering::Relaxed) {
            0 => None,
            failure if failure == Interrupted::Late as u8 + 1 => Some(Error::Late),
            _ => Some(Error::Busy),
        }
    }

    fn fail(&self, interrupted: Interrupted) -> Interrupted {
        self.failure.store(interrupted as u8 + 1, Ordering::Relaxed);
        interrupted
    }

    /// The body has not come yet: others may be worked on.
    fn wait(&self, is_short: bool) -> Result<(), Interrupted> {
        let permit = if is_short { Ok(Permit::Nothing) } else { self.acquire(&self.room.long_bodies).map(Permit::LongBody) };
        self.exchange(permit)
    }

    /// The body is there.
    fn resume(&self) -> Result<(), Interrupted> {
        self.exchange(self.acquire(&self.room.requests).map(Permit::Request))
    }

    fn acquire(&self, semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        Arc::clone(semaphore).try_acquire_owned()
    }

    fn exchange(&self, permit: Result<Permit, TryAcquireError>) -> Result<(), Interrupted> {
        let mut held = self.permit.lock().unwrap_or_else(PoisonError::into_inner);
        match permit {
            Ok(permit) => {
                *held = permit;
                Ok(())
            }
            Err(_) => {
                *held = Permit::Nothing;
                Err(self.fail(Interrupted::Busy))
            }
        }
    }
}

/// The request with a body that must be there at a moment.
pub(crate) fn arriving(request: Request, hold: &Arc<Hold>, until: Instant) -> Request {
    let is_short = is_short(request.headers());
    request.map(|body| {
        let hold = Arc::clone(hold);
        Body::new(Arriving { body, hold, until, timer: None, is_short, is_waiting: false, has_ended: false })
    })
}

/// Whether the body is short. One that waits for a word of the server counts as long: after the answer, no word is sent any more.
fn is_short(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    length.is_some_and(|length: u64| length <= SHORT_BODY_BYTES) && !headers.contains_key(EXPECT)
}

impl Arriving {
    fn poll_late(&mut self, context: &mut Context<'_>) -> Result<(), Interrupted> {
        let until = self.until;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Err(self.hold.fail(Interrupted::Late)),
            Poll::Pending => Ok(()),
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(Some(Err(error))) => {
                self.has_ended = true;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                self.has_ended = true;
                if std::mem::take(&mut self.is_waiting)
                    && let Err(interrupted) = self.hold.resume()
                {
                    return Poll::Ready(Some(Err(interrupted.into())));
                }
                Poll::Ready(None)
            }
            Poll::Pending => {
                let is_short = self.is_short;
                let waits = if std::mem::replace(&mut self.is_waiting, true) { Ok(()) } else { self.hold.wait(is_short) };
                match waits.and_then(|()| self.poll_late(context)) {
                    Ok(()) => Poll::Pending,
                    Err(interrupted) => {
                        self.has_ended = true;
                        Poll::Ready(Some(Err(interrupted.into())))
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if self.has_ended || !self.is_short || self.body.is_end_stream() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut body = std::mem::take(&mut self.body);
        let until = self.until;
        runtime.spawn(async move {
            let rest = async { while let Some(Ok(_)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {} };
            // Whatever does not come costs the connection.
            let _ = tokio::time::timeout_at(until, rest).await;
        });
    }
}
