//! What is noted of every request, whatever becomes of it: its id, its line in the log, and what is counted of it.
//!
//! A line names the route's pattern and not the path asked for, and never the query: paths are for grouping, and a query
//! may hold what is nobody's business. It names the caller, where callers are told apart, and never what the caller
//! showed.
//!
//! **Invariant:** whatever passes here, refused or failed, is answered with the id that its lines in the log have.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::hash::{BuildHasher as _, RandomState};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::{Error, InternalError};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError as _};
use log::Level;
use pin_project_lite::pin_project;
use runtime::logging::{ACCESS, Correlation, RequestId, Trace};

use crate::auth::Caller;
use crate::metrics::{Metrics, NO_ROUTE, UNREAD, WorkersRequests};
use crate::problem::{Kind, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A route's pattern, put where its requests can find it: to look it up by their paths takes longer.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(pub(crate) Rc<str>);

/// Whether lines are written that would name a caller.
pub(crate) fn names_callers() -> bool {
    log::log_enabled!(target: ACCESS, Level::Info)
}

/// The middleware, which must be the outermost. Each worker makes its own.
pub(crate) struct Observe(pub(crate) Arc<Metrics>);

impl<S, B> Transform<S, ServiceRequest> for Observe
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Observed<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let requests = Rc::new(self.0.requests());
        ready(Ok(Observed { service, requests, ids: Ids::default() }))
    }
}

/// A service that is observed.
pub(crate) struct Observed<S> {
    service: S,
    requests: Rc<WorkersRequests>,
    ids: Ids,
}

impl<S, B> Service<ServiceRequest> for Observed<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Observation<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let began = Instant::now();
        let id = self.ids.of(request.headers());
        let trace = only(request.headers(), &TRACEPARENT).and_then(|header| Trace::parse(header.as_bytes()));
        let correlation = Correlation { request_id: id.0, trace };
        let (method, requests) = (request.method().clone(), Rc::clone(&self.requests));
        requests.begin();
        let noted = Noted { began, correlation, id: id.1, method, requests, is_answered: false };
        let _entered = correlation.enter();
        Observation { answer: self.service.call(request), noted }
    }
}

pin_project! {
    /// A request on its way.
    pub(crate) struct Observation<F> {
        #[pin]
        answer: F,
        noted: Noted,
    }
}

impl<F, B> Future for Observation<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.noted.correlation.enter();
        let answer = ready!(this.answer.poll(context));
        Poll::Ready(this.noted.end(answer))
    }
}

/// What is known of a request before it is answered.
struct Noted {
    began: Instant,
    correlation: Correlation,
    /// The id as a header: the caller's own, where it is taken.
    id: HeaderValue,
    method: Method,
    requests: Rc<WorkersRequests>,
    is_answered: bool,
}

/// What there is to say of an answer.
struct Told<'a> {
    route: &'a str,
    status: StatusCode,
    bytes: u64,
    caller: Option<&'a str>,
}

impl Noted {
    /// Counts and logs the answer, and gives it the request's id.
    fn end<B: MessageBody>(
        &mut self,
        answer: Result<ServiceResponse<B>, Error>,
    ) -> Result<ServiceResponse<B>, Error> {
        self.is_answered = true;
        match answer {
            Ok(mut response) => {
                response.headers_mut().insert(REQUEST_ID, self.take_id());
                let request = response.request();
                let bytes = match response.response().body().size() {
                    BodySize::Sized(bytes) if self.method != Method::HEAD => bytes,
                    // A stream tells its length to nobody; no answer of figures is one.
                    BodySize::Sized(_) | BodySize::None | BodySize::Stream => 0,
                };
                if let Some(kind) = response.response().extensions().get::<Kind>() {
                    self.requests.problem(*kind);
                }
                let extensions = request.extensions();
                let caller = extensions.get::<Caller>().map(Caller::name);
                let status = response.status();
                if let Some(Pattern(route)) = request.app_data() {
                    self.tell(&Told { route, status, bytes, caller });
                } else {
                    // Refused before it was routed, served by what is not of our making, or nothing is there.
                    let route = request.match_pattern();
                    let route = route.as_deref().unwrap_or(NO_ROUTE);
                    self.tell(&Told { route, status, bytes, caller });
                }
                drop(extensions);
                Ok(response)
            }
            Err(error) => {
                let mut response = error.error_response();
                response.headers_mut().insert(REQUEST_ID, self.take_id());
                let status = response.status();
                self.tell(&Told { route: NO_ROUTE, status, bytes: 0, caller: None });
                Err(InternalError::from_response(error, response).into())
            }
        }
    }

    /// The id, for the answer: a copy would take memory of its own.
    fn take_id(&mut self) -> HeaderValue {
        mem::replace(&mut self.id, HeaderValue::from_static(""))
    }

    fn tell(&self, told: &Told<'_>) {
        let took = self.began.elapsed();
        let Told { route, status, bytes, caller } = *told;
        self.requests.answered(route, &self.method, status, took);
        // Probes and monitors ask every few seconds.
        let asked_often = route.starts_with("/health") || route == "/metrics";
        let level = if asked_often { Level::Debug } else { Level::Info };
        if !log::log_enabled!(target: ACCESS, level) {
            return;
        }
        let method = self.method.as_str();
        let status = status.as_u16();
        let duration_ms = milliseconds(took);
        if let Some(caller) = caller {
            log::log!(target: ACCESS, level, method, route, status, duration_ms, bytes, caller; "request");
        } else {
            log::log!(target: ACCESS, level, method, route, status, duration_ms, bytes; "request");
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.requests.end();
        if self.is_answered {
            return;
        }
        // Nothing was answered, and which route was asked for went with the request.
        self.requests.abandoned();
        let _entered = self.correlation.enter();
        let method = self.method.as_str();
        let duration_ms = milliseconds(self.began.elapsed());
        log::info!(target: ACCESS, method, duration_ms; "the caller went away before the answer");
    }
}

/// Notes what never became a request of this program: what was no HTTP, too large, or too slow.
pub(crate) struct Unread {
    requests: WorkersRequests,
    ids: Ids,
}

impl Unread {
    /// Counts in these.
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self { requests: metrics.requests(), ids: Ids::default() }
    }

    /// The answer, with an id of its own: one that came cannot be relied on. Counts and logs it.
    pub(crate) fn refused(&self, problem: &Problem) -> HttpResponse {
        let (request_id, header) = self.ids.next();
        let _entered = Correlation { request_id, trace: None }.enter();
        let mut response = problem.error_response();
        response.headers_mut().insert(REQUEST_ID, header);
        self.requests.unread(response.status());
        self.requests.problem(problem.kind());
        let (method, route, status) = (UNREAD, NO_ROUTE, response.status().as_u16());
        log::info!(target: ACCESS, method, route, status; "request");
        response
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

/// Gives requests their ids.
#[derive(Default)]
struct Ids {
    /// Keyed with random bits of the system's, so that no other process makes the same ids.
    random: RandomState,
    made: Cell<u64>,
}

impl Ids {
    /// The id of a request with these headers, also as a header: the one that its caller gave it, or a new one.
    fn of(&self, headers: &HeaderMap) -> (RequestId, HeaderValue) {
        let given = only(headers, &REQUEST_ID);
        if let Some((id, header)) = given.and_then(|given| Some((RequestId::parse(given.as_bytes())?, given)))
        {
            return (id, header.clone());
        }
        self.next()
    }

    /// A new one.
    fn next(&self) -> (RequestId, HeaderValue) {
        let count = self.made.get();
        self.made.set(count.wrapping_add(1));
        let half = |which: u8| u128::from(self.random.hash_one((count, which)));
        let id = RequestId::from_number(half(0) << 64 | half(1));
        // Digits are legal in a header.
        let header = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(id.as_str().as_bytes()));
        (id, header.unwrap_or(HeaderValue::from_static("")))
    }
}

/// The header, if there is just one of it: of two, one may be somebody else's.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name);
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests;
