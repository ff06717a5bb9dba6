//! Naming the row of the source that has stopped a run, which the driver does not.

use domain::order_db::unreadable_row;
use runtime::settings::DatabaseSettings;

use crate::connections::{In as _, answered, source};
use crate::failure::Failure;

/// `outcome`, with the row that could not be read if that is what it failed for and the row can be found.
pub(super) async fn with_the_row<T>(
    settings: &DatabaseSettings,
    outcome: Result<T, Failure>,
) -> Result<T, Failure> {
    let Err(Failure::Unreadable(said)) = outcome else { return outcome };
    let look = answered("order_db", 2 * settings.statement_timeout, async {
        unreadable_row(&mut source(settings).await?).await.in_order_db()
    });
    Err(Failure::Data(match look.await {
        Ok(Some(row)) => format!(
            "{row}, and cannot be counted. Have it corrected or removed in order_db and run again: what had been \
             published stands"
        ),
        Ok(None) => said,
        Err(failure) => {
            log::debug!("the row that cannot be read is not found: {failure}");
            said
        }
    }))
}
