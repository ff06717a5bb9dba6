//! Which release a program is of, and which commit it was built from. All crates here have one version.

/// The version, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first twelve digits of the commit; `development` in a build for tests, `unknown` where no repository was at hand.
pub const COMMIT: &str = env!("SOURCE_COMMIT");

/// Both, as `--version` tells them.
pub const VERSION_AND_COMMIT: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("SOURCE_COMMIT"), ")");
