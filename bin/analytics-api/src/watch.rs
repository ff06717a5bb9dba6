//! Looks at what is published, once in a while and for all workers, so that a request need not: one statement a look,
//! on a connection of its own.

use std::convert::Infallible;
use std::time::Duration;

use diesel::result::Error::DeserializationError;
use diesel_async::AsyncMysqlConnection;
use domain::analytics_db::answers::{Readiness, header, readiness};
use runtime::database::{Session, connect};
use runtime::settings::DatabaseSettings;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::standing::Standing;

/// How long a look may take before its connection is given up.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// Looks for ever, `every` so often.
pub(crate) async fn watch(settings: &DatabaseSettings, every: Duration, standing: &Standing) -> Infallible {
    let mut connection = None;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        standing.tick();
        match timeout(LONGEST_LOOK, look(settings, connection.take(), standing)).await {
            Ok(Ok(open)) => connection = Some(open),
            Ok(Err(error)) => standing.failed(&error),
            Err(_) => standing.failed(&format_args!("no answer within {} s", LONGEST_LOOK.as_secs())),
        }
    }
}

async fn look(
    settings: &DatabaseSettings,
    connection: Option<AsyncMysqlConnection>,
    standing: &Standing,
) -> anyhow::Result<AsyncMysqlConnection> {
    let mut connection = match connection {
        Some(open) => open,
        None => connect(settings, Session::ApiReader).await?,
    };
    match header(&mut connection).await {
        Ok(header) => standing.answered(&header),
        // The requests that it keeps from being answered log it.
        Err(DeserializationError(error)) => log::debug!("cannot read what the database holds: {error}"),
        // The number that says "no such table" or "no such column" is lost on the way here.
        Err(error) => match readiness(&mut connection).await? {
            Readiness::Ready => return Err(error.into()),
            not_ready => standing.examined(&not_ready),
        },
    }
    Ok(connection)
}
