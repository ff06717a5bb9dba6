//! What strangers send, driven by the targets of `fuzz/` and, with made-up input, by the tests of this crate.
//!
//! Compiled for those two only. A property that does not hold is a panic, which is what both look for.

#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::http::header::HeaderValue;
use actix_web::http::{StatusCode, Uri};
use actix_web::rt::Runtime;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{Bytes, Data};
use chrono::{DateTime, TimeDelta};
use domain::dayparts::Dayparts;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use runtime::clock::Clock;
use runtime::settings::{AnalyticsDatabase, Environment};
use serde_json::Value;

use crate::auth::Authenticator;
use crate::cors::Cors;
use crate::gate::Gate;
use crate::kept::Answers;
use crate::metrics::Metrics;
use crate::names::Names;
use crate::observe::Observe;
use crate::rendered::Rendered;
use crate::routes;
use crate::standing::Standing;
use crate::state::Workers;

pub use crate::auth::fuzzing::tokens;

/// What is asked of, by the first byte of the input.
const PATHS: [&str; 11] = [
    "summary",
    "top-items",
    "hourly",
    "dayparts",
    "forecast/daily",
    "forecast/hourly",
    "forecast/accuracy",
    "revisions",
    "batch/runs",
    "items/7",
    "nothing",
];

/// What an answer may be while no database is there: all but a mistake of the program's own.
const CODES: [&str; 4] = ["invalid_parameter", "not_found", "database_unavailable", "overloaded"];

/// A query as it comes off the wire: a path by the first byte, then anything.
///
/// # Panics
/// If the answer is not a problem that says what is wrong, or repeats more of the query than a little.
pub fn query(input: &[u8]) {
    let Some((&which, query)) = input.split_first() else { return };
    let path = PATHS[usize::from(which) % PATHS.len()];
    let text = [b"/api/admin/analytics/", path.as_bytes(), b"?", query].concat();
    // What is not legal in a URI is refused before the program sees it.
    let Ok(uri) = Uri::try_from(text) else { return };
    let (status, body) = APP.with(|app| app.ask(uri));
    let problem: Value = serde_json::from_slice(&body).expect("a problem is JSON");
    let code = problem["code"].as_str().expect("a problem has a code");
    assert!(CODES.contains(&code), "{problem}");
    assert_eq!(problem["status"], status.as_u16(), "{problem}");
    let detail = problem["detail"].as_str().expect("a problem says what happened");
    assert!(detail.chars().count() < 500, "{problem}");
    if status == StatusCode::UNPROCESSABLE_ENTITY
        && let Some(parameter) = problem["parameter"].as_str()
    {
        assert!(detail.starts_with(parameter), "{problem}");
    }
}

thread_local! {
    /// Never dropped: at the end of a thread, what actix-web needs for that is gone.
    static APP: &'static Program = Box::leak(Box::new(Program::new()));
}

type Ask = Box<dyn Fn(Uri) -> LocalBoxFuture<'static, (StatusCode, Bytes)>>;

/// The program without a listener, in front of a database that refuses every connection.
struct Program {
    runtime: Runtime,
    ask: Ask,
}

impl Program {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let ask = runtime.block_on(program());
        Self { runtime, ask }
    }

    fn ask(&self, uri: Uri) -> (StatusCode, Bytes) {
        self.runtime.block_on((self.ask)(uri))
    }
}

async fn program() -> Ask {
    let settings = Environment::from_iter([
        ("ANALYTICS_DATABASE__USERNAME", "nobody"),
        ("ANALYTICS_DATABASE__DATABASE", "nothing"),
        // Nothing listens there, and only root could.
        ("ANALYTICS_DATABASE__PORT", "1"),
    ]);
    let AnalyticsDatabase(database) = settings.read().expect("settings").settings;
    let now = DateTime::from_timestamp(1_790_000_000, 0).expect("a moment");
    let metrics = Arc::new(Metrics::new(now, None).expect("metrics"));
    let workers = Workers {
        database,
        request_timeout: Duration::from_secs(10),
        standing: Arc::new(Standing::new(Clock::Fixed(now), TimeDelta::hours(6))),
        answers: Answers::new(1 << 20, metrics.cache().clone()),
        dayparts: Dayparts::default().with_the_rest().into(),
        metrics: Arc::clone(&metrics),
        document: Arc::new(Rendered::new(Vec::new(), HeaderValue::from_static("application/json"))),
    };
    let state = workers.state().expect("a pool");
    let app = App::new()
        .app_data(Data::new(state))
        .configure(|config| routes::configure(config, true))
        .wrap(Gate::new(Names::Own, Authenticator::Open, Cors::new(&[]), Arc::clone(&metrics)))
        .wrap(Observe(metrics));
    let service = Rc::new(init_service(app).await);
    Box::new(move |uri| {
        let service = Rc::clone(&service);
        async move {
            let request = TestRequest::default().uri(&uri.to_string()).to_request();
            let response = match try_call_service(&*service, request).await {
                Ok(response) => response.into_parts().1.map_into_boxed_body(),
                Err(error) => error.as_response_error().error_response(),
            };
            (response.status(), to_bytes(response.into_body()).await.unwrap_or_default())
        }
        .boxed_local()
    })
}
