//! What every request passes on its way in and every answer on its way out: who may in, which sites may read, and the
//! headers that tell a browser to take an answer for nothing but data.
//!
//! One middleware and not three, and one without a box of its own for the future: both would cost every request.
//!
//! **Invariant:** a path is closed unless it is on the list of those that are open. A path that nothing is at is
//! closed too, so that strangers cannot find out which there are.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, Poll};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::{Error, InternalError};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpMessage as _, HttpResponse, ResponseError as _};
use pin_project_lite::pin_project;

use crate::auth::Authenticator;
use crate::cors::Cors;
use crate::metrics::Metrics;
use crate::names::Names;
use crate::observe::names_callers;

/// Paths that need no token: what a stranger can read in the documentation, and what probes ask. Compared as they
/// were sent, so that no other spelling of a path gets in.
fn is_open(path: &str) -> bool {
    matches!(
        path,
        "/" | "/health" | "/health/live" | "/health/ready" | "/openapi.json" | "/docs" | "/dashboard"
    ) || path.starts_with("/docs/")
        || path.starts_with("/dashboard/")
}

/// The middleware. Each worker makes its own.
pub(crate) struct Gate {
    names: Names,
    authenticator: Authenticator,
    cors: Cors,
    metrics: Arc<Metrics>,
}

impl Gate {
    /// Answers to `names`, lets in whom `authenticator` knows, and pages of `cors` read, and counts whom it does not let
    /// in.
    pub(crate) fn new(names: Names, authenticator: Authenticator, cors: Cors, metrics: Arc<Metrics>) -> Self {
        Self { names, authenticator, cors, metrics }
    }
}

impl<S> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let gate = Self {
            names: self.names,
            authenticator: self.authenticator.clone(),
            cors: self.cors.clone(),
            metrics: Arc::clone(&self.metrics),
        };
        ready(Ok(Guarded { gate, service }))
    }
}

/// A service behind the gate.
pub(crate) struct Guarded<S> {
    gate: Gate,
    service: S,
}

impl<S> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Passage<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let cors = self.gate.cors.is_on();
        let marks = Marks { cors, origin: if cors { self.gate.cors.origin(&request) } else { None } };
        match self.gate.stop(&request) {
            Some(mut response) => {
                marks.put(response.headers_mut());
                Passage::Stopped { answer: ready(Ok(request.into_response(response))) }
            }
            None => Passage::Open { answer: self.service.call(request), marks },
        }
    }
}

pin_project! {
    /// What becomes of a request at the gate.
    #[project = PassageProjection]
    pub(crate) enum Passage<F> {
        /// It goes no further.
        Stopped {
            #[pin]
            answer: Ready<Result<ServiceResponse, Error>>,
        },
        /// It goes on, and its answer is marked on the way back.
        Open {
            #[pin]
            answer: F,
            marks: Marks,
        },
    }
}

impl<F: Future<Output = Result<ServiceResponse, Error>>> Future for Passage<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (answer, marks) = match self.project() {
            PassageProjection::Stopped { answer } => return answer.poll(context),
            PassageProjection::Open { answer, marks } => (task::ready!(answer.poll(context)), marks),
        };
        Poll::Ready(match answer {
            Ok(mut response) => {
                marks.put(response.headers_mut());
                Ok(response)
            }
            Err(error) => {
                let mut response = error.error_response();
                marks.put(response.headers_mut());
                Err(InternalError::from_response(error, response).into())
            }
        })
    }
}

/// The headers that every answer gets here.
struct Marks {
    /// Whether other sites may read answers at all.
    cors: bool,
    /// The one that asks, if it may.
    origin: Option<HeaderValue>,
}

impl Marks {
    fn put(&self, headers: &mut HeaderMap) {
        harden(headers);
        if self.cors {
            Cors::mark(headers, self.origin.clone());
        }
    }
}

impl Gate {
    /// The answer to a request that goes no further.
    fn stop(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        if let Some(problem) = self.names.refuse(request.headers()) {
            return Some(problem.error_response());
        }
        if self.cors.is_on() && Cors::is_preflight(request) && self.cors.origin(request).is_some() {
            return Some(Cors::preflight());
        }
        if is_open(request.path()) {
            return None;
        }
        match self.authenticator.authenticate(request.headers()) {
            Ok(None) => None,
            Ok(Some(caller)) => {
                if names_callers() {
                    request.extensions_mut().insert(caller);
                }
                None
            }
            Err(refusal) => {
                log::debug!("a caller was refused: its token is {}", refusal.word());
                self.metrics.refused(&refusal);
                if let Some(caller) = refusal.caller().filter(|_| names_callers()) {
                    request.extensions_mut().insert(caller.clone());
                }
                Some(refusal.response())
            }
        }
    }
}

/// Adds what keeps a browser from taking an answer for a page. An answer that is one brings a policy of its own.
/// `Strict-Transport-Security` is for the proxy to add, which alone knows whether there is TLS.
pub(crate) fn harden(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}
