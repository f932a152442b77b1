//! What this process logs.

use std::fmt;
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static LINES: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// What this thread has logged from the first call on, one line for an event with all its fields.
pub(crate) fn lines() -> Vec<String> {
    static START: Once = Once::new();
    START.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|(thread, _)| *thread == thread::current().id()).map(|(_, line)| line.clone()).collect()
}

struct Log;

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.lock().unwrap().push((thread::current().id(), line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}
