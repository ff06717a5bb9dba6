//! `/health`, `/health/live` and `/health/ready`: whether the service can serve, for people and for probes.

use std::time::Instant;

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, Responder};
use chrono::{DateTime, NaiveDate, Utc};
use domain::analytics_db::answers::{Header, Readiness};
use serde::Serialize;

use crate::database::{Examination, database_unavailable};
use crate::meta::rfc3339;
use crate::problem::{Kind, Problem};
use crate::standing::describe;
use crate::state::State;

#[derive(Debug, Serialize)]
struct Health {
    status: Status,
    database: &'static str,
    last_success: Option<String>,
    computed_through: Option<NaiveDate>,
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// All is well.
    Ok,
    /// It serves, but what it serves is stale.
    Degraded,
    /// It cannot serve.
    Unavailable,
}

#[derive(Debug, Serialize)]
pub(super) struct Probe {
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
            unavailable(&state, "unreachable", "The database does not answer; the log says why.".to_owned())
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
        database: "ok",
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

fn database_word(readiness: &Readiness) -> &'static str {
    match readiness {
        Readiness::Ready => "ok",
        Readiness::NoTables => "no_tables",
        Readiness::Older { .. } => "schema_too_old",
    }
}
