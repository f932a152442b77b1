//! One line of the log, as JSON.
//!
//! It says the same as the JSON of `tracing-subscriber`, to the byte, in a quarter of the time: every refusal writes a line, so its cost
//! is part of what a refusal costs.

use std::cell::RefCell;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use clearance::document::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event as one line: the time, the level, the fields, and the module.
pub(crate) struct LogLine;

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        out.write_str(r#"{"timestamp":""#)?;
        write_time(&mut out)?;
        out.write_str(r#"","level":""#)?;
        out.write_str(metadata.level().as_str())?;
        out.write_char('"')?;
        let mut fields = Fields { out: &mut out, written: Ok(()) };
        event.record(&mut fields);
        fields.written?;
        out.write_str(r#","target":"#)?;
        write_text(&mut out, metadata.target())?;
        out.write_str("}\n")
    }
}

/// Writes the fields of an event, one after the other.
struct Fields<'a, 'b> {
    out: &'a mut Writer<'b>,
    /// Whether all could be written so far.
    written: fmt::Result,
}

impl Fields<'_, '_> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = field.name();
        self.written = self.written.and_then(|()| {
            self.out.write_char(',')?;
            write_text(self.out, name)?;
            self.out.write_char(':')?;
            value(self.out)
        });
    }
}

impl Visit for Fields<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, |out| write_text(out, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |out| write!(out, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, |out| write!(out, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, |out| out.write_str(if value { "true" } else { "false" }));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, |out| out.write_str(&serde_json::to_string(&value).map_err(|_| fmt::Error)?));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, |out| write_text(out, &format!("{value:?}")));
    }
}

/// Writes a text as a JSON string.
fn write_text(out: &mut Writer<'_>, text: &str) -> fmt::Result {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return out.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?);
    }
    out.write_char('"')?;
    out.write_str(text)?;
    out.write_char('"')
}

/// Writes the present time, such as `2026-01-02T03:04:05.000006Z`. Many lines share a second, whose text is kept.
fn write_time(out: &mut Writer<'_>) -> fmt::Result {
    thread_local! {
        /// A second since 1970, and its text.
        static SECOND: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
    }
    // As everywhere, a clock that cannot be read counts as the end of time.
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let (second, micros) = elapsed.map_or((u64::MAX, 0), |elapsed| (elapsed.as_secs(), elapsed.subsec_micros()));
    SECOND.with_borrow_mut(|(known, text)| {
        if *known != second || text.is_empty() {
            let whole = Timestamp::saturating_from_millis(second.saturating_mul(1000)).to_string();
            *text = whole.split_once('.').map(|(second, _)| second.to_owned()).unwrap_or(whole);
            *known = second;
        }
        out.write_str(text)
    })?;
    write!(out, ".{micros:06}Z")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    impl Lines {
        /// The lines, without their times, and whether each time is one.
        fn without_times(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let without = |line: &str| {
                let (time, rest) = line.strip_prefix(r#"{"timestamp":""#).unwrap().split_at("2026-01-02T03:04:05.000006Z".len());
                assert!(time.ends_with('Z') && time.parse::<Timestamp>().is_ok(), "{time}");
                rest.to_owned()
            };
            assert!(text.ends_with("}\n"));
            text.lines().map(without).collect()
        }
    }

    fn log_something() {
        let absent: Option<&str> = None;
        tracing::info!(request = "0af7", method = "GET", status = 403_u16, micros = 17_u64, absent, "answered");
        tracing::error!(error = %"a \"quoted\"\\ one\n\u{1}\u{7f}ü", found = ?Some("x\ty"), "it's wrong: {}", '"');
        tracing::warn!(is_late = true, drain = 0.5, endless = f64::INFINITY, below = -3_i32);
        tracing::info!(target: "another::place", text = "", "");
        // Each in a text of its own, where nothing else takes the longer way.
        tracing::info!(backslash = r"a\b", quote = "a\"b", control = "a\u{1f}b", line = "a\nb", "plain");
    }

    #[test]
    fn a_line_is_what_tracing_subscriber_writes() {
        let (ours, theirs) = (Lines::default(), Lines::default());
        let subscriber = tracing_subscriber::fmt().event_format(LogLine).with_writer(ours.clone()).finish();
        tracing::subscriber::with_default(subscriber, log_something);
        let json = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
        tracing::subscriber::with_default(json.with_writer(theirs.clone()).finish(), log_something);
        let (ours, theirs) = (ours.without_times(), theirs.without_times());
        assert_eq!(ours.len(), 5);
        assert_eq!(ours, theirs);
    }
}
