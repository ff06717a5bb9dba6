//! Makes what lies beside the two programs in a release, from the programs' own command lines and from what they are
//! built of: manual pages, completions for shells, the licences of others, and bills of materials.
//!
//! Of one commit it must write the same bytes wherever it runs: no time, no path, and nothing in an order of chance.

mod bill;
mod licences;
mod manual;
mod packages;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Parser;

use packages::Workspace;

/// The programs that are released.
const PROGRAMS: [&str; 2] = ["analytics-api", "analytics-batch"];

/// Makes what lies beside the programs in a release.
#[derive(Parser)]
struct Arguments {
    /// The workspace that the programs are built from.
    #[arg(long, default_value = ".")]
    workspace: PathBuf,
    /// What the programs are built for: what others bring only elsewhere is not told of.
    #[arg(long)]
    target: String,
    /// The folder to write to. It is made if need be.
    folder: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let workspace = Workspace::read(&arguments.workspace, &arguments.target)?;
    let programs = PROGRAMS.map(|program| workspace.program(program));
    let programs = programs.into_iter().collect::<anyhow::Result<Vec<_>>>()?;

    manual::write(&arguments.folder)?;
    for program in &programs {
        let bill = bill::of(program).with_context(|| format!("no bill of materials of {}", program.name))?;
        save(&arguments.folder.join("sbom").join(format!("{}.cdx.json", program.name)), &bill)?;
    }
    save(&arguments.folder.join("THIRD-PARTY.txt"), &licences::text(&programs, &arguments.workspace)?)
}

/// Writes a file, and the folders that lead to it.
fn save(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
