//! How a route that answers with figures is served: from the kept answers, or made and kept.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{ACCEPT, Accept, Header as _, HeaderValue, Quality};
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
    let asked = Asked::by(request);
    let outlook = state.database.standing().outlook(Instant::now());
    let kept = state.answers.get(&asked.key);
    if let Some(kept) =
        kept.as_ref().filter(|kept| outlook.failing_for.is_some() || kept.is_of(&outlook.moment))
    {
        state.answers.counters().hits.inc();
        return respond(request, kept, &outlook);
    }
    state.answers.counters().misses.inc();
    // In a box of its own: all that may be asked of the database would otherwise be moved about for kept answers too.
    let made = Box::pin(made(&asked, state, request, endpoint, make)).await;
    let outlook = state.database.standing().outlook(Instant::now());
    match (made, kept) {
        (Ok(made), _) => respond(request, &made, &outlook),
        (Err(problem), Some(kept)) if problem.is_of_the_database() => respond(request, &kept, &outlook),
        (Err(problem), _) => Err(problem),
    }
}

/// Makes the answer and keeps it, unless another request has while this one waited for its turn.
async fn made(
    asked: &Asked<'_>,
    state: &State,
    request: &HttpRequest,
    endpoint: &Figures,
    make: impl Make,
) -> Result<Arc<Kept>, Problem> {
    let format = asked.format(request, endpoint)?;
    let parameters = Parameters::parse(request.query_string(), endpoint.parameters)?
        .with_path(request.match_info())
        .for_table(matches!(format, Format::Csv(_)));
    let _turn = state.turns.next().await?;
    let present = state.database.standing().outlook(Instant::now()).moment;
    if let Some(kept) = state.answers.get(&asked.key).filter(|kept| kept.is_of(&present)) {
        return Ok(kept);
    }
    let kept = Arc::new(Kept::new(make(state, &parameters).await?, format)?);
    state.answers.keep(&asked.key, &kept);
    Ok(kept)
}

/// What a request asks for, as far as its answer depends on it.
struct Asked<'r> {
    /// The path and the query, and the format if it is not the one that everybody gets. A format that the query names
    /// stands there as it is, so that the query need not be taken apart to find a kept answer.
    key: Cow<'r, str>,
    /// Whether the header rather has a table.
    accepts_csv: bool,
}

impl<'r> Asked<'r> {
    fn by(request: &'r HttpRequest) -> Self {
        let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
        let accepts_csv = accepts_csv(request);
        let key = if accepts_csv { Cow::Owned(format!("csv:{asked}")) } else { Cow::Borrowed(asked) };
        Self { key, accepts_csv }
    }

    /// What to send: the parameter `format` says, or else the header.
    fn format(&self, request: &HttpRequest, endpoint: &Figures) -> Result<Format, Problem> {
        let is_csv = match Parameters::parse(request.query_string(), &[&FORMAT])?.choice(&FORMAT)? {
            Wanted::Csv => true,
            Wanted::Json => false,
            Wanted::Acceptable => self.accepts_csv,
        };
        Ok(if is_csv { Format::Csv(endpoint.tables) } else { Format::Json })
    }
}

/// Whether, of both that an answer can be sent as, the client accepts a table first.
fn accepts_csv(request: &HttpRequest) -> bool {
    let names_csv =
        |accepted: &HeaderValue| accepted.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"csv"));
    if !request.headers().get_all(ACCEPT).any(names_csv) {
        return false;
    }
    let Ok(Accept(mut accepted)) = Accept::parse(request) else { return false };
    accepted.retain(|kind| kind.quality > Quality::ZERO);
    let first = Accept(accepted).ranked().iter().find_map(|kind| match kind.essence_str() {
        "text/csv" => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    });
    first.unwrap_or(false)
}

fn respond(request: &HttpRequest, kept: &Kept, outlook: &Outlook) -> Result<HttpResponse, Problem> {
    let age = outlook.failing_for.map(|silence| silence.as_secs());
    Ok(kept.rendered(outlook.stale)?.respond(request, age))
}
