//! What is counted, for Prometheus.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use hashbrown::{Equivalent, HashMap};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram};
use prometheus_client::registry::Registry;

use crate::log::DROPPED_LINES;

/// Counts what the server does. No label holds an id: there are few of each.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    /// The metrics of each kind of request that there was, found without making labels.
    kinds: RwLock<HashMap<Request, KindMetrics>>,
    answers: Family<Answered, Counter>,
    tend_failures: Counter,
    unstored_revocations: Gauge,
    refused_credentials: Gauge,
    connections_refused: Counter,
    roles_unusable: Gauge,
    waiting_writes: Gauge,
    waiting_revocations: Gauge,
}

/// What became of a question about a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Answer {
    Allow,
    Deny,
    Unauthorized,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

/// A [`Request`] that is looked for.
#[derive(Hash)]
struct RequestKind<'a> {
    route: &'a str,
    method: &'static str,
    status: u16,
}

impl Equivalent<Request> for RequestKind<'_> {
    fn equivalent(&self, Request { route, method, status }: &Request) -> bool {
        self.route == route && self.method == *method && self.status == *status
    }
}

/// What is counted of requests of one kind.
struct KindMetrics {
    requests: Counter,
    seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    answer: Answer,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("clearance");
        let requests = Family::default();
        registry.register("http_requests", "Requests that were answered", requests.clone());
        let seconds: Family<Route, Histogram, fn() -> Histogram> = Family::new_with_constructor(buckets);
        registry.register("http_request_seconds", "How long it took to answer", seconds.clone());
        let answers = Family::default();
        registry.register("answers", "What became of questions about permissions", answers.clone());
        let tend_failures = Counter::default();
        registry.register("tend_failures", "How often what can wait could not be written", tend_failures.clone());
        let unstored_revocations = Gauge::default();
        registry.register(
            "revocations_not_stored",
            "Revocations that count and are not stored yet",
            unstored_revocations.clone(),
        );
        let refused_credentials = Gauge::default();
        let help = "Stored credentials without a seal of this database, which let nobody in";
        registry.register("refused_credentials", help, refused_credentials.clone());
        let connections_refused = Counter::default();
        let help = "Connections that were closed at once, because their address had too many";
        registry.register("connections_refused", help, connections_refused.clone());
        registry.register("log_lines_dropped", "Lines of the log that could not be written", DROPPED_LINES.clone());
        let roles_unusable = Gauge::default();
        let help = "Custom roles that cannot be used: questions that depend on one fail";
        registry.register("roles_unusable", help, roles_unusable.clone());
        let waiting_writes = Gauge::default();
        registry.register("writes_waiting", "Writes that wait for their turn, without revocations", waiting_writes.clone());
        let waiting_revocations = Gauge::default();
        registry.register("revocations_waiting", "Revocations that wait for their turn", waiting_revocations.clone());
        Self {
            registry,
            requests,
            seconds,
            kinds: RwLock::default(),
            answers,
            tend_failures,
            unstored_revocations,
            refused_credentials,
            connections_refused,
            roles_unusable,
            waiting_writes,
            waiting_revocations,
        }
    }

    /// A request was answered.
    pub(crate) fn request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let count = |KindMetrics { requests, seconds }: &KindMetrics| {
            requests.inc();
            seconds.observe(took.as_secs_f64());
        };
        let kinds = self.kinds.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = kinds.get(&RequestKind { route, method, status }) {
            return count(kind);
        }
        drop(kinds);
        let request = Request { route: route.to_owned(), method, status };
        let requests = self.requests.get_or_create_owned(&request);
        let seconds = self.seconds.get_or_create_owned(&Route { route: route.to_owned() });
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        count(kinds.entry(request).or_insert(KindMetrics { requests, seconds }));
    }

    /// Counts an answer to a question about a permission.
    pub(crate) fn count_answer(&self, answer: Answer) {
        self.answers.get_or_create(&Answered { answer }).inc();
    }

    /// Counts a connection that was refused because its address had too many.
    pub(crate) fn count_refused_connection(&self) {
        self.connections_refused.inc();
    }

    /// Sets the number of custom roles that cannot be used.
    pub(crate) fn set_unusable_roles(&self, count: usize) {
        self.roles_unusable.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Sets the numbers of writes and of revocations that wait for their turn.
    pub(crate) fn set_waiting_writes(&self, (writes, revocations): (usize, usize)) {
        self.waiting_writes.set(i64::try_from(writes).unwrap_or(i64::MAX));
        self.waiting_revocations.set(i64::try_from(revocations).unwrap_or(i64::MAX));
    }

    /// What can wait could not be written.
    pub(crate) fn tend_failed(&self) {
        self.tend_failures.inc();
    }

    /// Sets the number of revocations that count and are not stored yet.
    pub(crate) fn set_unstored_revocations(&self, count: usize) {
        self.unstored_revocations.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Sets the number of stored credentials without the right seal.
    pub(crate) fn set_refused_credentials(&self, count: u64) {
        self.refused_credentials.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Everything, in the text format of OpenMetrics. `None` means that it could not be written, which only happens without memory.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry).ok()?;
        Some(text)
    }
}

/// From a tenth of a millisecond to some six seconds.
fn buckets() -> Histogram {
    Histogram::new([0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_counted_under_its_own_labels() {
        let metrics = Metrics::new();
        for (route, method, status) in [("/a", "GET", 200), ("/a", "GET", 200), ("/a", "PUT", 200), ("/b", "GET", 404)] {
            metrics.request(route, method, status, Duration::from_millis(1));
        }
        let text = metrics.text().unwrap();
        for line in [
            r#"clearance_http_requests_total{route="/a",method="GET",status="200"} 2"#,
            r#"clearance_http_requests_total{route="/a",method="PUT",status="200"} 1"#,
            r#"clearance_http_requests_total{route="/b",method="GET",status="404"} 1"#,
            r#"clearance_http_request_seconds_count{route="/a"} 3"#,
            r#"clearance_http_request_seconds_count{route="/b"} 1"#,
        ] {
            assert!(text.lines().any(|said| said == line), "{line}: {text}");
        }
    }
}
