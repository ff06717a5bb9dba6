//! What a client is told when it does not get what it asked for: `application/problem+json` (RFC 9457).
//!
//! `type` and `code` are stable, one pair a kind; `instance` names the request, by the id that its answer and its lines
//! in the log have. Nothing that a library or the database said ever stands in a
//! problem: such text is logged where it arises.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use runtime::logging::Correlation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::words;

/// Seconds after which a client may try again while the database cannot answer.
const RETRY_AFTER: &str = "5";

/// The methods that a path knows.
pub(crate) const ALLOWED: &str = "GET, HEAD";

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What came is no request.
    MalformedRequest,
    /// A request did not come in time.
    RequestTimeout,
    /// A request is for a name that is not answered to.
    MisdirectedRequest,
    /// The head of a request is too large.
    HeadTooLarge,
    /// A query parameter is not legal.
    InvalidParameter,
    /// The caller has not shown who it is.
    Unauthorized,
    /// The caller is known and may not in.
    Forbidden,
    /// Nothing is at this path.
    NotFound,
    /// The path does not know this method.
    MethodNotAllowed,
    /// The database cannot be reached, or does not answer.
    DatabaseUnavailable,
    /// The tables are missing or older than this program.
    SchemaNotReady,
    /// The answer took longer than allowed.
    Timeout,
    /// More is asked for than can be answered.
    Overloaded,
    /// A fault of the program's own.
    Internal,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::MalformedRequest,
        Self::RequestTimeout,
        Self::MisdirectedRequest,
        Self::HeadTooLarge,
        Self::InvalidParameter,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::DatabaseUnavailable,
        Self::SchemaNotReady,
        Self::Timeout,
        Self::Overloaded,
        Self::Internal,
    ];

    fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest => StatusCode::BAD_REQUEST,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::InvalidParameter => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::DatabaseUnavailable | Self::SchemaNotReady | Self::Timeout | Self::Overloaded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable name of the kind.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed_request",
            Self::RequestTimeout => "request_timeout",
            Self::MisdirectedRequest => "misdirected_request",
            Self::HeadTooLarge => "head_too_large",
            Self::InvalidParameter => "invalid_parameter",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::DatabaseUnavailable => "database_unavailable",
            Self::SchemaNotReady => "schema_not_ready",
            Self::Timeout => "timeout",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal_error",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "What came is no HTTP request",
            Self::RequestTimeout => "The request did not come in time",
            Self::MisdirectedRequest => "The request is for another name",
            Self::HeadTooLarge => "The head of the request is too large",
            Self::InvalidParameter => "A query parameter is not legal",
            Self::Unauthorized => "The caller has not shown who it is",
            Self::Forbidden => "The caller may not read this",
            Self::NotFound => "There is nothing at this path",
            Self::MethodNotAllowed => "The path does not know this method",
            Self::DatabaseUnavailable => "The database does not answer",
            Self::SchemaNotReady => "The database is not ready for this program",
            Self::Timeout => "The answer took too long",
            Self::Overloaded => "The service is overloaded",
            Self::Internal => "The service made a mistake",
        }
    }
}

/// A problem: what a handler returns in place of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    parameter: Option<&'static str>,
}

/// An error, as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    /// What kind of problem it is; stable.
    #[serde(rename = "type")]
    #[schema(pattern = "^urn:restaurant-analytics:problem:[a-z_]+$")]
    kind: String,
    /// The kind in words, for people.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, to which thing, and what to do now; for people.
    detail: &'a str,
    /// The last word of `type`; stable.
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// The request, by the id that its answer and its lines in the service's log have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("urn:restaurant-analytics:request:panel-0042"))]
    instance: Option<String>,
    /// The query parameter that is not legal; only where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'static str>,
}

words!(ProblemCode: Kind::ALL.map(Kind::code));

impl Problem {
    /// A problem of this kind; `detail` says what happened, to which thing, and what to do now.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), parameter: None }
    }

    /// `parameter` is not legal; `detail` says what was given and what is legal.
    pub(crate) fn invalid_parameter(parameter: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Kind::InvalidParameter, detail: detail.into(), parameter: Some(parameter) }
    }

    /// Whether it says that the database could not be asked, and nothing about what was asked for.
    pub(crate) fn is_of_the_database(&self) -> bool {
        matches!(self.kind, Kind::DatabaseUnavailable | Kind::Timeout | Kind::Overloaded)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened, and what to do now.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// What is sent in answer to the present request.
    pub(crate) fn body(&self) -> Body<'_> {
        let code = self.kind.code();
        let instance = Correlation::current()
            .map(|request| format!("urn:restaurant-analytics:request:{}", request.request_id.as_str()));
        Body {
            kind: format!("urn:restaurant-analytics:problem:{code}"),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            code,
            instance,
            parameter: self.parameter,
        }
    }

    /// A fault of the program's own, whose cause is in the log.
    pub(crate) fn internal() -> Self {
        Self::new(Kind::Internal, "The service could not make this answer. The cause is in its log.")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponseBuilder::new(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        if self.kind == Kind::MethodNotAllowed {
            response.insert_header((header::ALLOW, ALLOWED));
        }
        let mut response = response.content_type("application/problem+json").json(self.body());
        // For those who count.
        response.extensions_mut().insert(self.kind);
        response
    }
}
