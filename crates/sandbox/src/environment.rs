//! What the sandbox takes from around it: the workspace, the search path and the engine to test on.
//!
//! The programs read their settings through the crate `runtime`; the sandbox may not depend on it, and has these few.

use std::path::{Path, PathBuf};

/// The workspace that this sandbox belongs to.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// Where everything that the sandbox keeps lies: `.sandbox/` of the workspace, or the folder that `SANDBOX_FOLDER`
/// names, for a workspace that cannot be written to.
#[must_use]
pub fn state_folder() -> PathBuf {
    variable("SANDBOX_FOLDER").map_or_else(|| workspace().join(".sandbox"), PathBuf::from)
}

/// The value of an environment variable, if it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox has no settings of its own and may not use `runtime`"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folders in which programs are looked for: PATH, and those that a user's PATH often leaves out.
pub(crate) fn program_folders() -> Vec<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for usual in ["/usr/sbin", "/usr/local/sbin", "/usr/libexec"] {
        if !folders.iter().any(|folder| folder == Path::new(usual)) {
            folders.push(PathBuf::from(usual));
        }
    }
    folders
}

/// The present moment, which the demo's sample ends at.
#[expect(clippy::disallowed_methods, reason = "the sandbox may not use `runtime`, and replays nothing")]
pub(crate) fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
