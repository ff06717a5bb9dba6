//! `sandbox check-docs`: runs the commands that README.md and docs/ print, as they are printed, each page's in a
//! throw-away place of its own, against a private server and the real programs. Whatever cannot be run says so above
//! its block, with the reason, and is told at the end: no block escapes. Links, anchors, settings and commands within
//! sentences are held against what there is.

mod page;
mod place;
mod words;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use sandbox::server::Engine;
use sandbox::{tools, workspace};

use self::page::{Block, Fate, Page};
use self::place::Host;
use super::SKIPPED;

/// Which pages.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run the blocks of pages whose path contains this, and no others.
    #[arg(long, default_value = "")]
    only: String,
}

/// Runs it; fails when anything does not do as it is printed.
pub(crate) async fn run(engine: Engine, arguments: &Arguments) -> Result<ExitCode> {
    let mut out = io::stdout();
    let pages = pages()?;
    let mistakes = words::mistakes(&pages)?;
    for mistake in &mistakes {
        writeln!(out, "FAILED  {mistake}")?;
    }
    let clients = clients();
    let skipped = clients.as_ref().err().map(ToString::to_string);
    let host = Host::start(engine, &clients.unwrap_or_default()).await?;
    let (mut ran, mut failed) = (0, mistakes.len());
    for page in pages.iter().filter(|page| page.path.to_string_lossy().contains(&arguments.only)) {
        let can_run = |block: &&Block| block.is_run() && (skipped.is_none() || !block.needs_client());
        let blocks: Vec<&Block> = page.blocks.iter().filter(can_run).collect();
        if blocks.is_empty() {
            continue;
        }
        let place = host.place().await?;
        for block in blocks {
            let at = format!("{}:{}", page.path.display(), block.line);
            match place.run(block).await {
                Ok(()) => writeln!(out, "ok      {at}  {}", block.title())?,
                Err(error) => {
                    failed += 1;
                    writeln!(out, "FAILED  {at}  {}\n{error:#}", block.title())?;
                }
            }
            ran += 1;
        }
    }
    for (page, block, reason) in not_run(&pages) {
        writeln!(out, "not run {}:{}  {}: {reason}", page.path.display(), block.line, block.title())?;
    }
    ensure!(failed == 0, "{failed} of what the papers say is not so: see FAILED above");
    writeln!(out, "{ran} blocks did as they are printed")?;
    if let Some(reason) = skipped {
        writeln!(out, "SKIPPED mysql: {}", reason.replace('\n', " "))?;
        return Ok(ExitCode::from(SKIPPED));
    }
    Ok(ExitCode::SUCCESS)
}

impl Block {
    /// Whether it holds commands, and nothing says that they are not to be run.
    fn is_run(&self) -> bool {
        ["sh", "sql"].contains(&self.language.as_str()) && matches!(self.fate, Fate::Exits(_))
    }

    fn needs_client(&self) -> bool {
        let shell = (self.language == "sh").then_some(&self.text);
        self.first.iter().chain(shell).any(|text| text.contains("mysql"))
    }

    /// Its first line.
    fn title(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

fn not_run(pages: &[Page]) -> impl Iterator<Item = (&Page, &Block, &str)> {
    let blocks = pages.iter().flat_map(|page| page.blocks.iter().map(move |block| (page, block)));
    blocks.filter_map(|(page, block)| match &block.fate {
        Fate::NotRun(reason) => Some((page, block, reason.as_str())),
        Fate::Exits(_) => None,
    })
}

fn clients() -> sandbox::Result<Vec<(&'static str, Vec<OsString>)>> {
    Ok(vec![("mysql", tools::mysql()?), ("mysqldump", tools::mysqldump()?)])
}

/// Those of the top folder and all of docs/.
fn pages() -> Result<Vec<Page>> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(PathBuf::from).into();
    collect(Path::new("docs"), &mut paths)?;
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(workspace().join(path));
        Ok(Page::read(path, &text.with_context(|| format!("cannot read {}", path.display()))?))
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(workspace().join(folder));
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    Ok(())
}
