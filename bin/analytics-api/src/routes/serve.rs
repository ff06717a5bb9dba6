//! How a route that answers with figures is served: from the kept answers, or made and kept.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{ACCEPT, Accept, Header as _};
use actix_web::{HttpRequest, HttpResponse};

use crate::answer::{Answer, Format};
use crate::csv::Table;
use crate::kept::Kept;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::standing::Outlook;
use crate::state::State;

/// What a route makes its answers by.
pub(super) trait Make: AsyncFn(&State, &Parameters) -> Result<Answer, Problem> {}

impl<F: AsyncFn(&State, &Parameters) -> Result<Answer, Problem>> Make for F {}

/// Serves `request`, whose answer `make` makes, as JSON or as one of `tables`.
///
/// An answer that is kept and current is sent as it is. While the database does not answer, so is one that was current
/// when it last did: `meta.stale` tells when that is too long ago, and `Age` how long.
pub(super) async fn serve(
    request: &HttpRequest,
    state: &State,
    make: impl Make,
    tables: &'static [Table],
) -> Result<HttpResponse, Problem> {
    let format = format(request, tables)?;
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
    let made = made(&asked, format, state, request, make).await;
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
    make: impl Make,
) -> Result<Arc<Kept>, Problem> {
    let parameters = Parameters::parse(request.query_string())?;
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
fn format(request: &HttpRequest, tables: &'static [Table]) -> Result<Format, Problem> {
    let formats = [("json", Format::Json), ("csv", Format::Csv(tables))];
    if request.query_string().contains("format") {
        let parameters = Parameters::parse(request.query_string())?;
        if let Some(format) =
            parameters.choice("format", &formats.map(|(name, of)| (name, Some(of))), None)?
        {
            return Ok(format);
        }
    }
    let accepts_csv = request
        .headers()
        .get(ACCEPT)
        .is_some_and(|accepted| accepted.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"csv")));
    if !accepts_csv {
        return Ok(Format::Json);
    }
    let ranked = Accept::parse(request).map(|accepted| accepted.ranked()).unwrap_or_default();
    let wanted = ranked.iter().find_map(|kind| match kind.essence_str() {
        "text/csv" => Some(Format::Csv(tables)),
        "application/json" | "application/*" | "*/*" => Some(Format::Json),
        _ => None,
    });
    Ok(wanted.unwrap_or(Format::Json))
}

fn respond(request: &HttpRequest, kept: &Kept, outlook: &Outlook) -> Result<HttpResponse, Problem> {
    let age = outlook.failing_for.map(|silence| silence.as_secs());
    Ok(kept.rendered(outlook.stale)?.respond(request, age))
}
