//! How a route that answers with figures is served: from the kept answers, or made and kept.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{ACCEPT, Accept, Header as _};
use actix_web::{HttpRequest, HttpResponse};

use crate::answer::{Answer, Format};
use crate::kept::Kept;
use crate::openapi::Figures;
use crate::parameters::{Choice, Parameters};
use crate::problem::Problem;
use crate::standing::Outlook;
use crate::state::State;

/// What an answer is sent as. Every path with figures knows it.
pub(crate) const FORMAT: Choice<Wanted> = Choice {
    name: "format",
    about: "What to send. Without it, the header `Accept` says: `text/csv` asks for the list of the answer as a table, \
            anything else gets JSON.",
    legal: &[("json", Wanted::Json), ("csv", Wanted::Csv)],
    default: Wanted::Acceptable,
};

/// What a client wants an answer sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What its header says.
    Acceptable,
    /// All of it.
    Json,
    /// Its list.
    Csv,
}

/// What a route makes its answers by.
pub(crate) trait Make: AsyncFn(&State, &Parameters) -> Result<Answer, Problem> {}

impl<F: AsyncFn(&State, &Parameters) -> Result<Answer, Problem>> Make for F {}

/// Serves `request` to `endpoint`, whose answer `make` makes, as JSON or as one of its tables.
///
/// An answer that is kept and current is sent as it is. While the database does not answer, so is one that was current
/// when it last did: `meta.stale` tells when that is too long ago, and `Age` how long.
pub(super) async fn serve(
    request: &HttpRequest,
    state: &State,
    make: impl Make,
    endpoint: &'static Figures,
) -> Result<HttpResponse, Problem> {
    let format = match wanted(request)? {
        Wanted::Csv => Format::Csv(endpoint.tables),
        Wanted::Json | Wanted::Acceptable => Format::Json,
    };
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let asked = match format {
        Format::Json => Cow::Borrowed(asked),
        Format::Csv(_) => Cow::Owned(format!("csv:{asked}")),
    };
    let outlook = state.database.standing().outlook(Instant::now());
    let kept = state.answers.get(&asked);
    if let Some(kept) =
        kept.as_ref().filter(|kept| outlook.failing_for.is_some() || kept.is_of(&outlook.moment))
    {
        state.answers.counters().hits.inc();
        return respond(request, kept, &outlook);
    }
    state.answers.counters().misses.inc();
    let made = made(&asked, format, state, request, endpoint, make).await;
    let outlook = state.database.standing().outlook(Instant::now());
    match (made, kept) {
        (Ok(made), _) => respond(request, &made, &outlook),
        (Err(problem), Some(kept)) if problem.is_of_the_database() => respond(request, &kept, &outlook),
        (Err(problem), _) => Err(problem),
    }
}

/// Makes the answer and keeps it, unless another request has while this one waited for its turn.
async fn made(
    asked: &str,
    format: Format,
    state: &State,
    request: &HttpRequest,
    endpoint: &Figures,
    make: impl Make,
) -> Result<Arc<Kept>, Problem> {
    let parameters =
        Parameters::parse(request.query_string(), endpoint.parameters)?.with_path(request.match_info());
    let _turn = state.turns.next().await?;
    let present = state.database.standing().outlook(Instant::now()).moment;
    if let Some(kept) = state.answers.get(asked).filter(|kept| kept.is_of(&present)) {
        return Ok(kept);
    }
    let kept = Arc::new(Kept::new(make(state, &parameters).await?, format)?);
    state.answers.keep(asked, &kept);
    Ok(kept)
}

/// What the client wants: the parameter `format` says, or else the first of both that it accepts.
fn wanted(request: &HttpRequest) -> Result<Wanted, Problem> {
    if request.query_string().contains(FORMAT.name) {
        let wanted = Parameters::parse(request.query_string(), &[&FORMAT])?.choice(&FORMAT)?;
        if wanted != Wanted::Acceptable {
            return Ok(wanted);
        }
    }
    let accepts_csv = request
        .headers()
        .get(ACCEPT)
        .is_some_and(|accepted| accepted.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"csv")));
    if !accepts_csv {
        return Ok(Wanted::Json);
    }
    let ranked = Accept::parse(request).map(|accepted| accepted.ranked()).unwrap_or_default();
    let wanted = ranked.iter().find_map(|kind| match kind.essence_str() {
        "text/csv" => Some(Wanted::Csv),
        "application/json" | "application/*" | "*/*" => Some(Wanted::Json),
        _ => None,
    });
    Ok(wanted.unwrap_or(Wanted::Json))
}

fn respond(request: &HttpRequest, kept: &Kept, outlook: &Outlook) -> Result<HttpResponse, Problem> {
    let age = outlook.failing_for.map(|silence| silence.as_secs());
    Ok(kept.rendered(outlook.stale)?.respond(request, age))
}
