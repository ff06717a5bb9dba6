//! Child processes that never outlive their owner.
//!
//! A test runner may be killed with -9, and then no destructor runs. So a program is started under a small shell
//! script that holds the other end of a pipe: when the owner ends, for whatever reason, the pipe does too, and the
//! script ends the program by its pid and removes its folder. It runs in a process group of its own, so that Ctrl-C
//! in a terminal reaches the owner alone, who then decides.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use crate::error::{Doing as _, Error, Result};

/// A running program that ends with its owner. Dropping it ends the program and waits for that.
#[derive(Debug)]
pub(crate) struct Guarded {
    guard: Child,
    pipe: Option<ChildStdin>,
}

impl Guarded {
    /// A command that runs `program` under the guard. To it, add the program's arguments, environment and output.
    ///
    /// `last_signal` is what ends the program when the owner is gone; `folder` is then removed.
    pub(crate) fn command(program: &OsStr, last_signal: &str, folder: Option<&Path>) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(include_str!("guard.sh")).arg("sandbox-guard").arg(last_signal);
        command.arg(folder.map_or(OsStr::new(""), Path::as_os_str)).arg(program);
        command.stdin(Stdio::piped()).process_group(0);
        command
    }

    /// Starts a command made by [`Guarded::command`].
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut guard = command.spawn().doing(|| "cannot start /bin/sh")?;
        let pipe = guard.stdin.take();
        Ok(Self { guard, pipe })
    }

    /// The program's process id: the first child of its guard.
    pub(crate) fn program(&self) -> Result<u32> {
        let guard = self.guard.id();
        let path = format!("/proc/{guard}/task/{guard}/children");
        let children = fs::read_to_string(&path).doing(|| format!("cannot read {path}"))?;
        let first = children.split_whitespace().next().and_then(|child| child.parse().ok());
        first.ok_or_else(|| Error::Invalid("the program has ended".to_owned()))
    }

    /// The program's standard error, if it was piped and not yet taken.
    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.guard.stderr.take()
    }

    /// The program's standard output, if it was piped and not yet taken.
    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.guard.stdout.take()
    }

    /// Sends the program a signal: `TERM`, `KILL`.
    pub(crate) fn signal(&mut self, name: &str) -> Result<()> {
        match self.pipe.as_mut() {
            Some(pipe) => writeln!(pipe, "{name}").doing(|| format!("cannot send {name}")),
            None => Ok(()),
        }
    }

    /// How the program ended, or none while it runs. A signal N shows as status 128 + N.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.guard.try_wait().doing(|| "cannot ask after a child process")
    }

    /// Waits for the program to end by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        // `Child::wait` closes the standard input it still holds; ours is kept apart, or the guard would end it all.
        self.guard.wait().doing(|| "cannot wait for a child process")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.guard.wait() {
            log::warn!("cannot wait for a guarded process to end: {error}");
        }
    }
}
