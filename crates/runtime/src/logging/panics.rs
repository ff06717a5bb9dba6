//! Panics, told like everything else: as one line of the log, with the request that it happened in, and counted.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use log::Level;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// How many panics there were in this process since they are reported, whatever became of them.
#[must_use]
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Logs every panic from now on, with its backtrace if RUST_BACKTRACE asks for one. Where nothing is logged it stays
/// with the line that Rust itself prints: a bug is never silent. [`init`](super::init) does this.
pub fn report_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        if log::log_enabled!(Level::Error) { log(panic) } else { before(panic) }
    }));
}

fn log(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    let message = panic.payload_as_str().unwrap_or("it said nothing");
    let place = panic.location().map(ToString::to_string);
    let place = place.as_deref().unwrap_or("an unknown place");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        log::error!(thread, backtrace:%; "a panic, which is a bug, at {place}: {message}");
    } else {
        log::error!(thread; "a panic, which is a bug, at {place}: {message}");
    }
}
