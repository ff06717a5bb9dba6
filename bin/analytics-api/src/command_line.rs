//! The command line. Everything else is told by settings.

use clap::Parser;

use crate::probe::Probe;

/// Serves the published business days and forecasts of a restaurant over HTTP.
///
/// Settings come from the environment and from a file .env in the working directory: at least
/// ANALYTICS_DATABASE__USERNAME and ANALYTICS_DATABASE__DATABASE. See docs/configuration.md.
#[derive(Debug, Parser)]
#[command(version = runtime::release::VERSION_AND_COMMIT)]
pub struct Arguments {
    /// Print the OpenAPI document, as it is with AUTH__MODE=jwt, and end.
    #[arg(long)]
    pub openapi: bool,
    /// Ask the API that runs on this machine with the same SERVER__HOST and SERVER__PORT how it is, and end: with 0 if it
    /// is well, with 69 if not.
    #[arg(long, value_name = "WHAT", conflicts_with = "openapi")]
    pub probe: Option<Probe>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
