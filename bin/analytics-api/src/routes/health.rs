//! `/health`, `/health/live` and `/health/ready`: whether the service can serve, for people and for probes.

use std::time::Instant;

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder};
use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::{Header, Readiness};
use serde::Serialize;
use utoipa::ToSchema;

use crate::database::{Examination, database_unavailable};
use crate::meta::rfc3339;
use crate::openapi::{Body, Described, Page, Reply, Shared, Tag, words};
use crate::problem::{Kind, Problem};
use crate::standing::describe;
use crate::state::State;

pub(super) const HEALTH: Page = Page {
    path: "/health",
    name: "health",
    tag: Tag::Service,
    summary: "Whether the service is well, and when the batch last was",
    description: "Everything there is to say, for people and for monitoring.",
    is_closed: false,
    replies: &[
        Reply {
            status: "200",
            about: "It can serve; what it serves may be stale.",
            body: Body::Json(Described::of::<Health>(), include_str!("../openapi/examples/health.json")),
        },
        Reply {
            status: "503",
            about: "It cannot serve; `reason` says why.",
            body: Body::Json(
                Described::of::<Health>(),
                include_str!("../openapi/examples/health_unavailable.json"),
            ),
        },
    ],
};

pub(super) const LIVE: Page = Page {
    path: "/health/live",
    name: "health_live",
    tag: Tag::Service,
    summary: "Whether the process runs: for a liveness probe",
    description: "It does not look at the database.",
    is_closed: false,
    replies: &[RUNNING],
};

pub(super) const READY: Page = Page {
    path: "/health/ready",
    name: "health_ready",
    tag: Tag::Service,
    summary: "Whether requests should be sent here: for a readiness probe",
    description: "It looks at the database.",
    is_closed: false,
    replies: &[RUNNING, Reply { status: "503", about: "", body: Body::Problem(Shared::Unavailable) }],
};

const RUNNING: Reply = Reply {
    status: "200",
    about: "It is.",
    body: Body::Json(Described::of::<Probe>(), r#"{"status":"ok"}"#),
};

/// Everything there is to say of how the service is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`; `degraded`: it serves, but what it serves is stale; `unavailable`: it cannot serve.
    status: Status,
    /// Whether the database answers and holds the tables.
    #[schema(value_type = DatabaseState)]
    database: &'static str,
    /// When a run of the batch last finished well, in UTC; null if none has, or if the database does not answer.
    #[schema(required, format = DateTime)]
    last_success: Option<String>,
    /// The newest published business day, as far as is known.
    #[schema(required)]
    computed_through: Option<NaiveDate>,
    /// As in every answer's `meta`.
    stale: bool,
    /// Why `status` is not `ok`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HealthStatus)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// All is well.
    Ok,
    /// It serves, but what it serves is stale.
    Degraded,
    /// It cannot serve.
    Unavailable,
}

/// What a probe is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Probe {
    /// `ok`.
    status: Status,
}

/// Everything there is to say. 200 while the service can serve, else 503.
pub(super) async fn health(state: Data<State>) -> impl Responder {
    let health = match state.database.examine().await {
        Examination::Ready { header, last_success } => ready_health(&state, &header, last_success),
        Examination::NotReady(readiness) => {
            unavailable(&state, database_word(&readiness), describe(&readiness))
        }
        Examination::Unreachable => {
            unavailable(&state, UNREACHABLE, "The database does not answer; the log says why.".to_owned())
        }
    };
    let mut response = match health.status {
        Status::Ok | Status::Degraded => HttpResponse::Ok(),
        Status::Unavailable => HttpResponse::ServiceUnavailable(),
    };
    if health.status == Status::Unavailable {
        response.insert_header((RETRY_AFTER, "5"));
    }
    response.insert_header((CACHE_CONTROL, "no-store")).json(health)
}

/// Whether the process runs: it does if it can answer at all.
pub(super) async fn live() -> Json<Probe> {
    Json(Probe { status: Status::Ok })
}

/// Whether requests should be sent here: 200, or 503 with the reason.
pub(super) async fn ready(state: Data<State>) -> Result<Json<Probe>, Problem> {
    match state.database.examine().await {
        Examination::Ready { .. } => Ok(Json(Probe { status: Status::Ok })),
        Examination::NotReady(readiness) => Err(Problem::new(Kind::SchemaNotReady, describe(&readiness))),
        Examination::Unreachable => Err(database_unavailable()),
    }
}

fn ready_health(state: &State, header: &Header, last_success: Option<DateTime<Utc>>) -> Health {
    let stale = state.database.standing().is_overdue(header);
    let reason = if !stale {
        None
    } else if let Some(day) = header.computed_through {
        Some(format!(
            "No business day after {day} is published, and a later one is overdue: see the runs of analytics-batch."
        ))
    } else {
        Some("Nothing is published yet: run analytics-batch.".to_owned())
    };
    Health {
        status: if stale { Status::Degraded } else { Status::Ok },
        database: OK,
        last_success: last_success.map(rfc3339),
        computed_through: header.computed_through,
        stale,
        reason,
    }
}

fn unavailable(state: &State, database: &'static str, reason: String) -> Health {
    let outlook = state.database.standing().outlook(Instant::now());
    Health {
        status: Status::Unavailable,
        database,
        last_success: None,
        computed_through: outlook.moment.header.computed_through,
        stale: outlook.stale,
        reason: Some(reason),
    }
}

const OK: &str = "ok";
const UNREACHABLE: &str = "unreachable";
const NO_TABLES: &str = "no_tables";
const SCHEMA_TOO_OLD: &str = "schema_too_old";

fn database_word(readiness: &Readiness) -> &'static str {
    match readiness {
        Readiness::Ready => OK,
        Readiness::NoTables => NO_TABLES,
        Readiness::Older { .. } | Readiness::Gap { .. } => SCHEMA_TOO_OLD,
    }
}

words!(DatabaseState: [OK, UNREACHABLE, NO_TABLES, SCHEMA_TOO_OLD]);
