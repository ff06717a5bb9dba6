//! How a route that answers with figures is served: from the kept answers, or made and kept.

use std::sync::Arc;
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse};

use crate::answer::Answer;
use crate::kept::Kept;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::standing::Outlook;
use crate::state::State;

/// Serves `request`, whose answer `make` makes.
///
/// An answer that is kept and current is sent as it is. While the database does not answer, so is one that was current
/// when it last did: `meta.stale` tells when that is too long ago, and `Age` how long.
pub(super) async fn serve(
    request: &HttpRequest,
    state: &State,
    make: impl AsyncFn(&State, &Parameters) -> Result<Answer, Problem>,
) -> Result<HttpResponse, Problem> {
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let outlook = state.database.standing().outlook(Instant::now());
    let kept = state.answers.get(asked);
    if let Some(kept) =
        kept.as_ref().filter(|kept| outlook.failing_for.is_some() || kept.is_of(&outlook.moment))
    {
        return respond(request, kept, &outlook);
    }
    let parameters = Parameters::parse(request.query_string())?;
    let made = made(asked, state, &parameters, make).await;
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
    state: &State,
    parameters: &Parameters,
    make: impl AsyncFn(&State, &Parameters) -> Result<Answer, Problem>,
) -> Result<Arc<Kept>, Problem> {
    let _turn = state.turns.next().await?;
    let present = state.database.standing().outlook(Instant::now()).moment;
    if let Some(kept) = state.answers.get(asked).filter(|kept| kept.is_of(&present)) {
        return Ok(kept);
    }
    let kept = Arc::new(Kept::new(make(state, parameters).await?)?);
    state.answers.keep(asked, &kept);
    Ok(kept)
}

fn respond(request: &HttpRequest, kept: &Kept, outlook: &Outlook) -> Result<HttpResponse, Problem> {
    let age = outlook.failing_for.map(|silence| silence.as_secs());
    Ok(kept.rendered(outlook.stale)?.respond(request, age))
}
