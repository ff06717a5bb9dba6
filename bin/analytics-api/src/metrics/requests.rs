//! Requests, as they are counted: by route, method and status.
//!
//! Counting costs every request some time, so each worker looks its counters up once and keeps them.
//!
//! **Invariant:** no label is anything that a caller made up. Routes are patterns of ours, and all that match none are one;
//! methods that HTTP does not define are one too.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use crate::auth::Refusal;
use crate::problem::Kind;

/// The route of a request that matches none.
pub(crate) const NO_ROUTE: &str = "(none)";

/// The method of a request that could not be read.
pub(crate) const UNREAD: &str = "(unread)";

/// Upper bounds in seconds: a kept answer takes less than the first, one that is made some of the middle, and none more
/// than SERVER__REQUEST_TIMEOUT, by default 10 s, and a little.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted of requests. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    total: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGauge,
    abandoned: IntCounter,
    problems: IntCounterVec,
    refusals: IntCounterVec,
}

impl Requests {
    /// # Errors
    /// If one of its names is taken.
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let total = counter(
            "analytics_http_requests_total",
            "Requests that were answered",
            &["route", "method", "status"],
        )?;
        let options = HistogramOpts::new(
            "analytics_http_request_duration_seconds",
            "Time from a request's head to its answer's, which is then sent",
        );
        let duration = HistogramVec::new(options.buckets(BUCKETS.to_vec()), &["route"])?;
        registry.register(Box::new(duration.clone()))?;
        let in_flight =
            IntGauge::new("analytics_http_requests_in_flight", "Requests that are not answered yet")?;
        registry.register(Box::new(in_flight.clone()))?;
        let abandoned = IntCounter::new(
            "analytics_http_requests_abandoned_total",
            "Requests whose callers went away before the answer",
        )?;
        registry.register(Box::new(abandoned.clone()))?;
        Ok(Self {
            total,
            duration,
            in_flight,
            abandoned,
            problems: counter("analytics_http_problems_total", "Answers that were problems", &["code"])?,
            refusals: counter("analytics_auth_refusals_total", "Callers that were not let in", &["reason"])?,
        })
    }

    /// A caller was not let in.
    pub(super) fn refused(&self, refusal: &Refusal) {
        self.refusals.with_label_values(&[refusal.word()]).inc();
    }
}

/// A worker's counters: found once, and shared with the other workers'.
#[derive(Debug)]
pub(crate) struct WorkersRequests {
    all: Requests,
    /// There are few, and a list of few is searched in no time.
    routes: RefCell<Vec<Rc<Route>>>,
}

#[derive(Debug)]
struct Route {
    name: String,
    duration: Histogram,
    /// By method and status: fewer still.
    answers: RefCell<Vec<(&'static str, StatusCode, IntCounter)>>,
}

impl WorkersRequests {
    pub(super) fn new(all: Requests) -> Self {
        Self { all, routes: RefCell::default() }
    }

    /// A request has come.
    pub(crate) fn begin(&self) {
        self.all.in_flight.inc();
    }

    /// A request that came is answered or abandoned.
    pub(crate) fn end(&self) {
        self.all.in_flight.dec();
    }

    /// A request will have no answer, since its caller has gone.
    pub(crate) fn abandoned(&self) {
        self.all.abandoned.inc();
    }

    /// A request of `route`, a pattern of ours or [`NO_ROUTE`], was answered.
    pub(crate) fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let route = self.route(route);
        route.duration.observe(took.as_secs_f64());
        let method = label(method);
        let mut answers = route.answers.borrow_mut();
        if let Some((_, _, count)) = answers.iter().find(|(of, with, _)| *of == method && *with == status) {
            count.inc();
            return;
        }
        let count = self.all.total.with_label_values(&[route.name.as_str(), method, status.as_str()]);
        count.inc();
        answers.push((method, status, count));
    }

    /// What came could not be read as a request, and was answered with this. It had no duration to speak of.
    pub(crate) fn unread(&self, status: StatusCode) {
        self.all.total.with_label_values(&[NO_ROUTE, UNREAD, status.as_str()]).inc();
    }

    /// An answer was a problem.
    pub(crate) fn problem(&self, kind: Kind) {
        self.all.problems.with_label_values(&[kind.code()]).inc();
    }

    fn route(&self, pattern: &str) -> Rc<Route> {
        let mut routes = self.routes.borrow_mut();
        if let Some(route) = routes.iter().find(|route| route.name == pattern) {
            return Rc::clone(route);
        }
        let duration = self.all.duration.with_label_values(&[pattern]);
        let route = Rc::new(Route { name: pattern.to_owned(), duration, answers: RefCell::default() });
        routes.push(Rc::clone(&route));
        route
    }
}

fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "(other)",
    }
}
