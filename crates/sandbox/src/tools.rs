//! Programs that a bench or a check needs and a machine may not have.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::server::{run_unpacked, subfolders, unpack_package};

/// The words that run `wrk`, a load generator.
///
/// # Errors
/// If there is none and none can be had.
pub fn wrk() -> Result<Vec<OsString>> {
    tool("wrk", &["wrk"])
}

/// The words that run `mysql`, the client of MySQL or MariaDB that reads statements.
///
/// # Errors
/// If there is none and none can be had.
pub fn mysql() -> Result<Vec<OsString>> {
    client(&["mysql", "mariadb"])
}

/// The words that run `mysqldump`, which writes a database out as statements.
///
/// # Errors
/// If there is none and none can be had.
pub fn mysqldump() -> Result<Vec<OsString>> {
    client(&["mysqldump", "mariadb-dump"])
}

/// A client of the database. One that is unpacked looks for what MySQL's accounts need where it would be installed.
fn client(names: &[&str]) -> Result<Vec<OsString>> {
    let package = "mariadb-client";
    let mut words = tool(package, names)?;
    let is_unpacked = words.len() > 1;
    let libraries = subfolders(&environment::state_folder().join("tools").join(package).join("usr/lib"));
    let mut plugins = libraries.iter().map(|library| library.join("libmariadb3/plugin"));
    if let Some(plugins) = plugins.find(|folder| is_unpacked && folder.is_dir()) {
        words.push(format!("--plugin-dir={}", plugins.display()).into());
    }
    Ok(words)
}

/// The words that run a program that goes by one of these names: the machine's, or one unpacked into `.sandbox/tools`
/// from the distribution's package.
fn tool(package: &str, names: &[&str]) -> Result<Vec<OsString>> {
    let folders = environment::program_folders();
    let mut installed = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    if let Some(installed) = installed.find(|path| path.is_file()) {
        return Ok(vec![installed.into_os_string()]);
    }
    let tools = environment::state_folder().join("tools");
    let folder = tools.join(package);
    if let Some(words) = runs(&folder, names) {
        return Ok(words);
    }
    fs::create_dir_all(&tools).doing(|| format!("cannot create {}", tools.display()))?;
    let work = tempfile::Builder::new()
        .prefix(".unpacking-")
        .tempdir_in(&tools)
        .doing(|| format!("cannot create a folder in {}", tools.display()))?;
    let tree = work.path().join("tree");
    fs::create_dir(&tree).doing(|| format!("cannot create {}", tree.display()))?;
    unpack_package(package, work.path(), &tree)
        .map_err(|reason| Error::Invalid(format!("no {package} can be had: {reason}. Install it")))?;
    fs::rename(&tree, &folder).doing(|| format!("cannot move {package} to {}", folder.display()))?;
    runs(&folder, names)
        .ok_or_else(|| Error::Invalid(format!("the {package} unpacked to {} does not run", folder.display())))
}

/// The first of the programs that is in the folder and says its version.
fn runs(folder: &Path, names: &[&str]) -> Option<Vec<OsString>> {
    names.iter().find_map(|name| {
        let words = run_unpacked(folder, &format!("usr/bin/{name}"))?;
        let (program, arguments) = words.split_first()?;
        let output =
            Command::new(program).args(arguments).arg("--version").stdin(Stdio::null()).output().ok()?;
        // `wrk` says its version and then how it is used, as if that were an error.
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).contains(name).then_some(words)
    })
}
