//! Manual pages and completions, from the command lines as the programs themselves read them.

use std::fs;
use std::path::{Path, PathBuf};

use analytics_api::Arguments;
use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use runtime::release;

/// Where each shell looks for completions below a prefix, so that the folder can be copied over `/usr/local`.
const SHELLS: [(Shell, &str); 3] = [
    (Shell::Bash, "share/bash-completion/completions"),
    (Shell::Fish, "share/fish/vendor_completions.d"),
    (Shell::Zsh, "share/zsh/site-functions"),
];

/// Writes `share/man/man1` and the completions into a folder.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    for command in [Arguments::command(), analytics_batch::command()] {
        // Without the commit, which a build for tests does not know.
        let command = command.version(release::VERSION);
        let name = command.get_name().to_owned();
        let pages = made(folder, "share/man/man1")?;
        clap_mangen::generate_to(command.clone(), &pages).with_context(|| format!("no manual of {name}"))?;
        for (shell, place) in SHELLS {
            let place = made(folder, place)?;
            clap_complete::generate_to(shell, &mut command.clone(), &name, &place)
                .with_context(|| format!("no completions of {name} for {shell}"))?;
        }
    }
    Ok(())
}

/// A folder below another, made if need be.
fn made(folder: &Path, place: &str) -> anyhow::Result<PathBuf> {
    let place = folder.join(place);
    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    Ok(place)
}
