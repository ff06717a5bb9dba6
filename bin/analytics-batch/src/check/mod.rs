//! `analytics-batch check`: whether everything is ready for a run, in plain words.

use std::process::ExitCode;

use runtime::clock::Clock;
use runtime::settings::{AnalyticsDatabase, AnalyticsSettings, OrderDatabase, OrdersSettings};

use crate::failure::Failure;

pub(crate) async fn check(
    _settings: (OrderDatabase, AnalyticsDatabase, AnalyticsSettings, OrdersSettings),
    _clock: Clock,
) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}
