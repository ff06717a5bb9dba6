//! axe-core, which finds what keeps people out of a page. It is under the MPL, so a copy is downloaded and none is kept
//! in the repository.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::server::run;

const VERSION: &str = "4.14.1";

/// `sha256sum` of the archive that the registry gives out; what its `dist.integrity` says of it holds as well.
const DIGEST: &str = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745";

/// apt's own way to download a file and hold it against a digest: it is where apt is, and uses the same proxy.
const DOWNLOADER: &str = "/usr/lib/apt/apt-helper";

/// The script of axe-core, to be run in a page.
///
/// # Errors
/// [`Error::Missing`] if it is not there and cannot be downloaded.
pub fn axe() -> Result<String> {
    let tools = environment::state_folder().join("tools");
    let file = tools.join(format!("axe-{VERSION}.js"));
    if !file.is_file() {
        fs::create_dir_all(&tools).doing(|| format!("cannot create {}", tools.display()))?;
        let work = tempfile::Builder::new()
            .prefix(".unpacking-")
            .tempdir_in(&tools)
            .doing(|| format!("cannot create a folder in {}", tools.display()))?;
        download(work.path()).map_err(|reason| Error::Missing { program: "axe-core", reason })?;
        let unpacked = work.path().join("package/axe.min.js");
        fs::rename(&unpacked, &file).doing(|| format!("cannot move axe-core to {}", file.display()))?;
    }
    fs::read_to_string(&file).doing(|| format!("cannot read {}", file.display()))
}

fn download(folder: &Path) -> std::result::Result<(), String> {
    let archive = folder.join("axe-core.tgz");
    let address = format!("https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz");
    let mut fetch = Command::new(DOWNLOADER);
    fetch.args([
        "-oAPT::Sandbox::User=",
        "-oAcquire::Retries=2",
        "-oAcquire::https::Timeout=30",
        "download-file",
    ]);
    run(fetch.arg(address).arg(&archive).arg(format!("SHA256:{DIGEST}")))?;
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder).arg("package/axe.min.js"))
}
