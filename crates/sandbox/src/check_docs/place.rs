//! The throw-away place in which a page's blocks run: a folder with the papers and the programs, a sample restaurant
//! that is published, and the API on top.
//!
//! Blocks run as they are printed. What they leave to the reader is answered by files that the reader would have:
//! `.env` for the programs, `~/.my.cnf` for the client of the database, and `~/.curlrc`, which leads the API's usual
//! port to the one that it has here.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use chrono::NaiveDate;
use mysql_async::prelude::Queryable as _;
use sandbox::databases::{Database, Restaurant};
use sandbox::programs::{Api, Batch, beside_this};
use sandbox::sample::{self, Sample};
use sandbox::server::{Engine, Options, Server};
use sandbox::workspace;
use tempfile::TempDir;

use super::page::{Block, Fate};
use crate::demo::{SEED, calendar};

/// The sample's first day. The papers print days from March 2026 on.
const FIRST_DAY: (i32, u32, u32) = (2026, 2, 16);

/// A caller's token, known to this one private server, and the line of its digest:
/// `printf %s check-docs-only | sha256sum`.
const TOKEN: &str = "check-docs-only";
const TOKENS: &str = "panel ae45f38519ea135ab4855bb1849f8bbf357a2ccab76b847368bd27e29d86efe7\n";

/// Longer than any block should take on a busy machine.
const SECONDS: &str = "120";

/// What of the workspace a reader has at hand, and the tables that one who comes from the old service has.
const PAPERS: [&str; 5] =
    [".env.example", "Makefile", "deploy", "docs", "crates/sandbox/src/old_service.sql"];

/// A database server and a folder of programs, for all pages.
pub(super) struct Host {
    // Before the folder: what runs in it must have ended.
    server: Server,
    tools: TempDir,
}

/// One page's folder, databases and API.
pub(super) struct Place {
    _api: Api,
    restaurant: Restaurant,
    folder: TempDir,
    path: String,
}

impl Host {
    /// Starts the server and fills order_db. `clients` are the words that run `mysql` and `mysqldump`.
    pub(super) async fn start(engine: Engine, clients: &[(&str, Vec<OsString>)]) -> Result<Self> {
        let tools = tempfile::tempdir().context("cannot create a folder")?;
        for (name, words) in clients {
            let words: Vec<String> =
                words.iter().map(|word| format!("'{}'", word.to_string_lossy())).collect();
            let script = tools.path().join(name);
            fs::write(&script, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        }
        let server = Server::start(engine, Options::default())?;
        let (restaurant, _) = server.plain_restaurant().await?;
        let (year, month, day) = FIRST_DAY;
        let first = NaiveDate::from_ymd_opt(year, month, day).context("the sample has no first day")?;
        let sample = Sample { seed: SEED, first, last: Sample::yesterday() };
        sample::fill(&restaurant, &sample, first, |_, _| {}).await?;
        Ok(Self { server, tools })
    }

    /// A place for a page: made anew but for order_db, so that no page rests on what another has left.
    pub(super) async fn place(&self) -> Result<Place> {
        let mut admin = self.server.admin(None).await?;
        admin.query_drop("DROP DATABASE analytics_db").await?;
        admin.disconnect().await?;
        let (restaurant, _) = self.server.plain_restaurant().await?;
        let programs = beside_this("analytics-batch")?.with_file_name("");
        let batch_settings = restaurant.env_for_batch().into_iter().chain(calendar());
        let batch_settings: Vec<(String, String)> = batch_settings.collect();
        let batch = Batch::new(programs.join("analytics-batch")).with(batch_settings.clone());
        let run = batch.run(&[])?;
        ensure!(
            run.code == Some(0),
            "analytics-batch ended with {:?}:\n{}{}",
            run.code,
            run.stdout,
            run.stderr
        );

        let folder = tempfile::tempdir().context("cannot create a folder")?;
        let at = |name: &str| folder.path().join(name);
        let papers = PAPERS.map(|name| workspace().join(name));
        let copied = Command::new("cp").arg("-R").args(&papers).arg(folder.path()).status()?;
        ensure!(copied.success(), "cannot copy the papers to {}", folder.path().display());
        fs::create_dir(at("target"))?;
        std::os::unix::fs::symlink(&programs, at("target/release"))?;
        let settings = batch_settings.iter().map(|(key, value)| format!("{key}={value}\n"));
        let settings = settings.collect::<String>();
        fs::write(at(".env"), &settings)?;
        fs::write(at("filled-in"), &settings)?;
        fs::write(at("tokens"), TOKENS)?;
        let login = format!(
            "[client]\nuser=root\npassword={}\nsocket={}\n",
            self.server.root_password(),
            self.server.socket().display()
        );
        fs::write(at(".my.cnf"), login)?;

        let auth =
            [("AUTH__MODE", "token".to_owned()), ("AUTH__TOKENS_FILE", at("tokens").display().to_string())];
        let auth = auth.map(|(key, value)| (key.to_owned(), value));
        let api =
            Api::start(&programs.join("analytics-api"), restaurant.env_for_api().into_iter().chain(auth))?;
        let port = api.address().replace("http://", "");
        fs::write(
            at(".curlrc"),
            format!("connect-to = \"127.0.0.1:8087:{port}\"\nfail\nsilent\nshow-error\n"),
        )?;
        Ok(Place { _api: api, restaurant, path: self.path(&programs), folder })
    }

    fn path(&self, programs: &Path) -> String {
        let tools = self.tools.path().display();
        format!("{tools}:{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", programs.display())
    }
}

impl Place {
    /// Runs a block; an error is what went otherwise than it says.
    pub(super) async fn run(&self, block: &Block) -> Result<()> {
        let Fate::Exits(expected) = block.fate else { return Ok(()) };
        let mut script = block.first.clone();
        if block.language == "sql" {
            self.shell(&script.join("\n"), 0)?;
            return Ok(self.restaurant.run(Database::Analytics, &block.text).await?);
        }
        script.push(block.text.clone());
        self.shell(&script.join("\n"), expected)
    }

    fn shell(&self, script: &str, expected: i32) -> Result<()> {
        let folder: PathBuf = self.folder.path().to_owned();
        let output = Command::new("timeout")
            .args([SECONDS, "bash", "-euo", "pipefail", "-c", script])
            .env_clear()
            .envs([("PATH", self.path.as_str()), ("LANG", "C.UTF-8"), ("TOKEN", TOKEN)])
            .env("HOME", &folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .context("cannot run timeout and bash")?;
        ensure!(
            output.status.code() == Some(expected),
            "it ended with {:?} and should with {expected}:\n{}{}",
            output.status.code(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}
