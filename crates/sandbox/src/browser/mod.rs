//! A headless Chromium and its driver, for the tests that look at pages: the machine's, or Debian's packages unpacked
//! into `.sandbox/tools/chromium`.
//!
//! Of a browser's many libraries only those are unpacked that the machine has not: an own C library, as our servers
//! get, would not reach the processes that a browser starts of itself. It brings its own font, so that a page looks the
//! same on every machine. It must never look at anything but loopback.

mod axe;
mod driver;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use axe::axe;
pub use driver::Driver;

use crate::environment;
use crate::error::{Doing as _, Error, Result};
use crate::server::{subfolders, unpack_beside};

/// Brought with all that the machine lacks of what it depends on.
const BROWSER: &str = "chromium-headless-shell";

/// Brought alone: the driver names the whole of Chromium as what it depends on, and makes do with the above.
const ALONE: [&str; 3] = ["chromium-driver", "fonts-roboto-unhinted", "fonts-dejavu-core"];

/// What the browser draws text with.
const FONTS: &str = include_str!("fonts.conf");

/// A browser and its driver, which run here.
#[derive(Clone, Debug)]
pub struct Chromium {
    browser: PathBuf,
    driver: PathBuf,
    /// What both need to find their libraries and fonts.
    environment: Vec<(&'static str, OsString)>,
    version: String,
}

impl Chromium {
    /// The machine's, one unpacked before, or one unpacked now.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is none and none can be had.
    pub fn provide() -> Result<Self> {
        let tools = environment::state_folder().join("tools");
        fs::create_dir_all(&tools).doing(|| format!("cannot create {}", tools.display()))?;
        let folder = tools.join("chromium");
        if let Some(found) = Self::installed().or_else(|| Self::unpacked(&folder).ok()) {
            return Ok(found);
        }
        let lock_path = tools.join("chromium.lock");
        let lock = File::create(&lock_path).doing(|| format!("cannot create {}", lock_path.display()))?;
        lock.lock().doing(|| format!("cannot lock {}", lock_path.display()))?;
        // Whoever held the lock before may have unpacked it meanwhile.
        Self::unpacked(&folder).or_else(|_| Self::unpack(&tools, &folder))
    }

    /// What it calls itself: `Chromium 150.0.7871.100`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The browser's program, for its driver.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.browser
    }

    /// Starts a driver.
    ///
    /// # Errors
    /// [`Error::NotReady`] when it does not come up.
    pub fn drive(&self) -> Result<Driver> {
        Driver::start(&self.driver, &self.environment)
    }

    fn installed() -> Option<Self> {
        let find = |name: &str| {
            let mut paths = environment::program_folders().into_iter().map(|folder| folder.join(name));
            paths.find(|path| path.is_file())
        };
        Self::ask(find("chromium")?, find("chromedriver")?, Vec::new()).ok()
    }

    fn unpacked(folder: &Path) -> std::result::Result<Self, String> {
        let libraries: Vec<PathBuf> = ["lib", "usr/lib"]
            .iter()
            .flat_map(|parent| subfolders(&folder.join(parent)))
            .filter(|path| path.to_string_lossy().contains("-linux-gnu"))
            // PulseAudio and NSS keep some of theirs in a folder within.
            .flat_map(|path| [subfolders(&path), vec![path]].concat())
            .collect();
        let libraries = std::env::join_paths(&libraries).map_err(|error| error.to_string())?;
        let environment = vec![
            ("LD_LIBRARY_PATH", libraries),
            ("FONTCONFIG_FILE", folder.join("fonts.conf").into_os_string()),
        ];
        Self::ask(
            folder.join("usr/lib/chromium").join(BROWSER),
            folder.join("usr/bin/chromedriver"),
            environment,
        )
    }

    /// Runs both with `--version`, which tells whether they run at all. An error is the reason why not.
    fn ask(
        browser: PathBuf,
        driver: PathBuf,
        environment: Vec<(&'static str, OsString)>,
    ) -> std::result::Result<Self, String> {
        let said = |program: &Path| {
            let mut command = Command::new(program);
            command.arg("--version").envs(environment.iter().cloned()).stdin(Stdio::null());
            let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
            let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
            if output.status.success() { Ok(text) } else { Err(format!("{}: {text}", program.display())) }
        };
        let version = said(&browser)?;
        said(&driver)?;
        Ok(Self { browser, driver, environment, version })
    }

    fn unpack(tools: &Path, folder: &Path) -> Result<Self> {
        let missing = |reason: String| Error::Missing { program: "Chromium", reason };
        let work = tempfile::Builder::new()
            .prefix(".unpacking-")
            .tempdir_in(tools)
            .doing(|| format!("cannot create a folder in {}", tools.display()))?;
        let tree = work.path().join("tree");
        fs::create_dir(&tree).doing(|| format!("cannot create {}", tree.display()))?;
        unpack_beside(&[BROWSER], &ALONE, work.path(), &tree).map_err(missing)?;
        let fonts = FONTS.replace("FOLDER", &folder.to_string_lossy());
        let path = tree.join("fonts.conf");
        fs::write(&path, fonts).doing(|| format!("cannot write {}", path.display()))?;
        // What no longer runs, since the machine has other libraries now, makes room.
        if folder.exists() {
            fs::remove_dir_all(folder).doing(|| format!("cannot remove {}", folder.display()))?;
        }
        fs::rename(&tree, folder).doing(|| format!("cannot move Chromium to {}", folder.display()))?;
        Self::unpacked(folder).map_err(|reason| missing(format!("what was unpacked does not run: {reason}")))
    }
}
