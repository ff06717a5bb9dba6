//! The problems that paths answer with, as they are sent.

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::ToSchema as _;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{Header, Ref, RefOr, Response, ResponseBuilder, Responses, Type};

use super::access::Access;
use super::endpoint::{Described, Schemas, Shared};
use crate::auth::{self, Caller};
use crate::connections::Refusal;
use crate::database::{database_unavailable, too_late};
use crate::names::misdirected;
use crate::problem::{self, ALLOWED, Kind, Problem};
use crate::routes::{ANALYTICS, method_not_allowed, never_sold, nothing_at};
use crate::turns::overloaded;

const UNAUTHORIZED: &str = "Unauthorized";
const FORBIDDEN: &str = "Forbidden";

impl Shared {
    const ALL: [Self; 8] = [
        Self::Malformed,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::InvalidParameter,
        Self::TooLarge,
        Self::InternalError,
        Self::Unavailable,
    ];

    /// What any path may answer, whatever is at it.
    const OF_ALL_PATHS: [Self; 4] = [Self::Malformed, Self::MethodNotAllowed, Self::TooSlow, Self::TooLarge];

    /// What any path may answer besides where nobody is asked who calls.
    fn of_open_ones(access: Access) -> Option<Self> {
        (access == Access::Open).then_some(Self::Misdirected)
    }

    /// The status and the response.
    pub(super) fn reply(self) -> (&'static str, RefOr<Response>) {
        match self {
            Self::Malformed => ("400", reference(self.name())),
            Self::NotFound => ("404", reference(self.name())),
            Self::MethodNotAllowed => ("405", reference(self.name())),
            Self::TooSlow => ("408", reference(self.name())),
            Self::Misdirected => ("421", reference(self.name())),
            Self::InvalidParameter => ("422", reference(self.name())),
            Self::TooLarge => ("431", reference(self.name())),
            Self::InternalError => ("500", reference(self.name())),
            Self::Unavailable => ("503", reference(self.name())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Malformed => "MalformedRequest",
            Self::NotFound => "NotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::TooSlow => "RequestTimeout",
            Self::Misdirected => "MisdirectedRequest",
            Self::InvalidParameter => "InvalidParameter",
            Self::TooLarge => "HeadTooLarge",
            Self::InternalError => "InternalError",
            Self::Unavailable => "Unavailable",
        }
    }

    fn response(self) -> serde_json::Result<Response> {
        let (about, problems) = match self {
            Self::Malformed => (
                "What came is no HTTP request, and the connection is closed; or its `Host` is no name.",
                vec![Refusal::Malformed.problem()],
            ),
            Self::TooSlow => (
                "The request did not come in whole in the time that a client has. The connection is closed.",
                vec![Refusal::TooSlow.problem()],
            ),
            Self::TooLarge => (
                "The line and the fields of the request are longer than 16 KiB, or more than 96. The connection is closed.",
                vec![Refusal::TooLarge.problem()],
            ),
            Self::Misdirected => (
                "The service asks nobody who calls, and answers to no domain's name, so that no site reads it by one.",
                vec![misdirected()],
            ),
            Self::NotFound => (
                "What the path names is not there; or there is no such path, as in a service older than this document.",
                vec![never_sold(99), nothing_at(&format!("{ANALYTICS}/sumary"))],
            ),
            Self::MethodNotAllowed => {
                ("The path can only be read: use GET or HEAD.", vec![method_not_allowed(&Method::POST)])
            }
            Self::InvalidParameter => (
                "A parameter is not legal, or the first day of a range is after its last. `parameter` names it.",
                vec![Problem::invalid_parameter(
                    "limit",
                    "limit is \"0\": give a whole number from 1 to 30.",
                )],
            ),
            Self::InternalError => {
                ("A fault of the service; the cause is in its log.", vec![Problem::internal()])
            }
            Self::Unavailable => (
                "The service cannot answer now. `Retry-After` says when to come again.",
                vec![
                    database_unavailable(),
                    Problem::new(
                        Kind::SchemaNotReady,
                        "The database holds no tables yet: run `analytics-batch migrate`.",
                    ),
                    too_late(std::time::Duration::from_secs(10)),
                    overloaded(),
                ],
            ),
        };
        let mut response = of(about, &problems)?;
        if self == Self::Unavailable {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
            let about = "Seconds after which to try again.";
            let header = HeaderBuilder::new().schema(Some(seconds)).description(Some(about));
            response.headers.insert("Retry-After".to_owned(), header.example(Some(json!(5))).build().into());
        }
        if self == Self::MethodNotAllowed {
            let methods = ObjectBuilder::new().schema_type(Type::String);
            let header =
                HeaderBuilder::new().schema(Some(methods)).description(Some("The methods that may be used."));
            response.headers.insert("Allow".to_owned(), header.example(Some(json!(ALLOWED))).build().into());
        }
        Ok(response)
    }
}

/// Adds what any path may answer.
pub(super) fn add_to_all(access: Access, responses: &mut Responses) {
    let shared = Shared::OF_ALL_PATHS.into_iter().chain(Shared::of_open_ones(access)).map(Shared::reply);
    responses.responses.extend(shared.map(|(status, response)| (status.to_owned(), response)));
}

/// What a caller is answered who may not in, by status.
pub(super) fn refusals(access: Access) -> Vec<(&'static str, RefOr<Response>)> {
    match access {
        Access::Open => Vec::new(),
        Access::Token => vec![("401", reference(UNAUTHORIZED))],
        Access::Jwt => vec![("401", reference(UNAUTHORIZED)), ("403", reference(FORBIDDEN))],
    }
}

/// The problems that paths refer to, by name.
pub(super) fn components(
    access: Access,
    schemas: &mut Schemas,
) -> serde_json::Result<BTreeMap<String, RefOr<Response>>> {
    Described::of::<problem::Body<'_>>().add_to(schemas);
    let mut responses = BTreeMap::new();
    for shared in Shared::ALL.into_iter().chain(Shared::of_open_ones(access)) {
        responses.insert(shared.name().to_owned(), shared.response()?.into());
    }
    let refused = |about, refusals: &[auth::Refusal]| {
        let problems: Vec<Problem> = refusals.iter().map(auth::Refusal::problem).collect();
        let mut response = of(about, &problems)?;
        let challenge = refusals.last().map(auth::Refusal::challenge);
        response.headers.insert("WWW-Authenticate".to_owned(), challenge_header(challenge).into());
        serde_json::Result::Ok(response)
    };
    if access != Access::Open {
        let refusals: &[auth::Refusal] = if access == Access::Token {
            &[auth::Refusal::Missing, auth::Refusal::Malformed, auth::Refusal::Unknown]
        } else {
            &[
                auth::Refusal::Missing,
                auth::Refusal::Malformed,
                auth::Refusal::Unknown,
                auth::Refusal::Early,
                auth::Refusal::Elsewhere,
                auth::Refusal::Expired,
            ]
        };
        let response = refused("The caller has not shown who it is. `detail` says what to do.", refusals)?;
        responses.insert(UNAUTHORIZED.to_owned(), response.into());
    }
    if access == Access::Jwt {
        let about = "The token is good, but lacks the claim that is asked for.";
        responses.insert(
            FORBIDDEN.to_owned(),
            refused(about, &[auth::Refusal::Lacking(Caller::example())])?.into(),
        );
    }
    Ok(responses)
}

fn challenge_header(example: Option<&str>) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(
            "What is wrong with the token, as RFC 6750 has it; no `error` where none was sent.",
        ))
        .example(example.map(|text| json!(text)))
        .build()
}

fn of(about: &str, problems: &[Problem]) -> serde_json::Result<Response> {
    let mut examples = Vec::new();
    for (number, problem) in problems.iter().enumerate() {
        let mut body = serde_json::to_value(problem.body())?;
        body["instance"] = json!("urn:restaurant-analytics:request:panel-0042");
        let code = body.get("code").and_then(Value::as_str).unwrap_or_default();
        // Several of the same code are told apart by their number.
        let name = if number == 0 { code.to_owned() } else { format!("{code}_{}", number + 1) };
        examples.push((name, ExampleBuilder::new().summary(problem.detail()).value(Some(body)).build()));
    }
    let schema = Ref::from_schema_name(problem::Body::name());
    let content = ContentBuilder::new().schema(Some(schema)).examples_from_iter(examples).build();
    Ok(ResponseBuilder::new().description(about).content("application/problem+json", content).build())
}

fn reference(name: &str) -> RefOr<Response> {
    Ref::from_response_name(name).into()
}
