//! The log: one JSON object a line, on standard error.

use tracing_subscriber::filter::LevelFilter;

/// Starts the log of the process, once. Later calls do nothing.
pub fn start_log() {
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
    // A log that was started elsewhere stays as it is.
    let _ = log.with_max_level(LevelFilter::INFO).with_writer(std::io::stderr).try_init();
}
