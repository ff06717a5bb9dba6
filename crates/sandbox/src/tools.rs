//! Programs that a bench needs and a machine may not have.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::server::{run_unpacked, unpack_package};

/// The words that run `wrk`, a load generator: the machine's, or one unpacked into `.sandbox/tools/wrk` from
/// the distribution's package.
///
/// # Errors
/// If there is none and none can be had.
pub fn wrk() -> Result<Vec<OsString>> {
    let installed = environment::program_folders().into_iter().map(|folder| folder.join("wrk"));
    if let Some(installed) = installed.into_iter().find(|path| path.is_file()) {
        return Ok(vec![installed.into_os_string()]);
    }
    let tools = environment::state_folder().join("tools");
    let folder = tools.join("wrk");
    if let Some(words) = runs(&folder) {
        return Ok(words);
    }
    fs::create_dir_all(&tools).doing(|| format!("cannot create {}", tools.display()))?;
    let work = tempfile::Builder::new()
        .prefix(".unpacking-")
        .tempdir_in(&tools)
        .doing(|| format!("cannot create a folder in {}", tools.display()))?;
    let tree = work.path().join("tree");
    fs::create_dir(&tree).doing(|| format!("cannot create {}", tree.display()))?;
    unpack_package("wrk", work.path(), &tree)
        .map_err(|reason| Error::Invalid(format!("no wrk can be had: {reason}. Install it")))?;
    fs::rename(&tree, &folder).doing(|| format!("cannot move wrk to {}", folder.display()))?;
    runs(&folder)
        .ok_or_else(|| Error::Invalid(format!("the wrk unpacked to {} does not run", folder.display())))
}

fn runs(folder: &Path) -> Option<Vec<OsString>> {
    let words = run_unpacked(folder, "usr/bin/wrk")?;
    let (program, arguments) = words.split_first()?;
    let output = Command::new(program).args(arguments).arg("--version").stdin(Stdio::null()).output().ok()?;
    // It says its version and then how it is used, as if that were an error.
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).contains("wrk").then_some(words)
}
