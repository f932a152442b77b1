//! What is counted, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram};
use prometheus_client::registry::Registry;

/// Counts what the server does. No label holds an id: there are few of each.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    answers: Family<Answered, Counter>,
    tend_failures: Counter,
    roles_unusable: Gauge,
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
    method: String,
    status: u16,
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
        let roles_unusable = Gauge::default();
        registry.register(
            "roles_unusable",
            "Custom roles that cannot be used: questions that depend on one fail",
            roles_unusable.clone(),
        );
        Self { registry, requests, seconds, answers, tend_failures, roles_unusable }
    }

    /// A request was answered.
    pub(crate) fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let request = Request { route: route.to_owned(), method: method.to_owned(), status };
        self.requests.get_or_create(&request).inc();
        self.seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// A question about a permission was answered.
    pub(crate) fn answered(&self, answer: Answer) {
        self.answers.get_or_create(&Answered { answer }).inc();
    }

    /// So many custom roles cannot be used.
    pub(crate) fn set_unusable_roles(&self, count: usize) {
        self.roles_unusable.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// What can wait could not be written.
    pub(crate) fn tend_failed(&self) {
        self.tend_failures.inc();
    }

    /// Everything, in the text format of OpenMetrics. None when it cannot be written, which memory alone prevents.
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
