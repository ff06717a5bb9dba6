//! `analytics-batch`: reads the orders, publishes business days and issues forecasts, once, and ends.

use std::process::ExitCode;

fn main() -> ExitCode {
    analytics_batch::main()
}
