//! Where log lines go that are not read on a terminal: to standard error, most of them at once.
//!
//! A line that costs a system call of its own costs a request of the API a tenth of its time, and wakes up whoever
//! collects the log. So the lines of answered requests may wait for others, for a moment only and never for long: every
//! other line takes those before it along, so that the order stays.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use log::{Level, Log, Metadata, Record};

/// The target of lines that tell of a request, by which the log can be set: `LOG__LEVEL=info,analytics_api::access=warn`.
pub const ACCESS: &str = "analytics_api::access";

/// How long a line waits at most.
const PATIENCE: Duration = Duration::from_millis(100);

/// Bytes at which no line waits any longer.
const ENOUGH: usize = 32 * 1024;

/// A logger whose lines go through an [`Output`].
pub(super) struct Unhurried<L, W: Write> {
    pub(super) logger: L,
    pub(super) output: Arc<Output<W>>,
}

impl<L: Log, W: Write + Send + 'static> Log for Unhurried<L, W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.logger.log(record);
        if record.target() == ACCESS && record.level() >= Level::Info {
            self.output.flush_soon();
        } else {
            self.output.flush();
        }
    }

    fn flush(&self) {
        self.output.flush();
    }
}

/// Lines on their way to `W`.
pub(super) struct Output<W> {
    pending: Mutex<Pending<W>>,
    /// Whether the thread that writes what waits has been told to.
    is_due: AtomicBool,
    /// That thread; none if the system has none to give.
    writer: OnceLock<Option<Thread>>,
}

struct Pending<W> {
    lines: Vec<u8>,
    to: W,
}

impl<W: Write> Output<W> {
    pub(super) fn new(to: W) -> Arc<Self> {
        let pending = Mutex::new(Pending { lines: Vec::new(), to });
        Arc::new(Self { pending, is_due: AtomicBool::new(false), writer: OnceLock::new() })
    }

    /// Writes whatever waits.
    fn flush(&self) {
        self.pending().write();
    }

    fn pending(&self) -> MutexGuard<'_, Pending<W>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send + 'static> Output<W> {
    /// Writes whatever waits before [`PATIENCE`] has gone by.
    fn flush_soon(self: &Arc<Self>) {
        if self.is_due.swap(true, Ordering::AcqRel) {
            return;
        }
        match self.writer.get_or_init(|| self.begin()) {
            Some(writer) => writer.unpark(),
            None => {
                self.is_due.store(false, Ordering::Release);
                self.flush();
            }
        }
    }

    fn begin(self: &Arc<Self>) -> Option<Thread> {
        let output = Arc::clone(self);
        let writer = thread::Builder::new().name("log".to_owned()).spawn(move || output.write_when_due());
        writer.ok().map(|writer| writer.thread().clone())
    }

    fn write_when_due(&self) {
        loop {
            while !self.is_due.load(Ordering::Acquire) {
                thread::park();
            }
            thread::sleep(PATIENCE);
            // Before it writes: a line that comes in between is written now, or else makes it due again.
            self.is_due.store(false, Ordering::Release);
            self.flush();
        }
    }
}

impl<W: Write> Pending<W> {
    fn write(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        // There is nobody left to tell.
        let _: io::Result<()> = self.to.write_all(&self.lines).and_then(|()| self.to.flush());
        self.lines.clear();
    }
}

/// Takes the lines of a logger, each whole.
pub(super) struct Lines<W>(pub(super) Arc<Output<W>>);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut pending = self.0.pending();
        pending.lines.extend_from_slice(line);
        if pending.lines.len() >= ENOUGH {
            pending.write();
        }
        Ok(line.len())
    }

    /// The [`Unhurried`] logger says when.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Sends on what is written, as it is written.
    struct Wire(Sender<String>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Writes the message alone.
    struct Plain(Mutex<Lines<Wire>>);

    impl Log for Plain {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &Record<'_>) {
            self.0.lock().unwrap().write_all(format!("{}\n", record.args()).as_bytes()).unwrap();
        }

        fn flush(&self) {}
    }

    fn logger() -> (Unhurried<Plain, Wire>, Receiver<String>) {
        let (sender, written) = mpsc::channel();
        let output = Output::new(Wire(sender));
        (Unhurried { logger: Plain(Mutex::new(Lines(Arc::clone(&output)))), output }, written)
    }

    fn log(logger: &dyn Log, target: &str, level: Level, message: &str) {
        logger.log(&Record::builder().target(target).level(level).args(format_args!("{message}")).build());
    }

    #[test]
    fn requests_wait_for_each_other_and_come_by_themselves() {
        let (logger, written) = logger();
        log(&logger, ACCESS, Level::Info, "one");
        let mut all = written.recv_timeout(Duration::from_secs(60)).unwrap();
        for message in ["two", "three"] {
            log(&logger, ACCESS, Level::Info, message);
        }
        while !all.contains("three") {
            all.push_str(&written.recv_timeout(Duration::from_secs(60)).unwrap());
        }
        assert_eq!(all, "one\ntwo\nthree\n");
    }

    #[test]
    fn every_other_line_is_written_at_once_behind_those_before_it() {
        let (logger, written) = logger();
        log(&logger, ACCESS, Level::Info, "request");
        log(&logger, "analytics_api", Level::Info, "listening");
        assert_eq!(written.try_iter().collect::<String>(), "request\nlistening\n");
        log(&logger, ACCESS, Level::Warn, "warning");
        assert_eq!(written.try_iter().collect::<String>(), "warning\n");
        log(&logger, ACCESS, Level::Debug, "probe");
        logger.flush();
        assert_eq!(written.try_iter().collect::<String>(), "probe\n");
    }

    #[test]
    fn not_much_waits() {
        let (logger, written) = logger();
        let long = "a".repeat(ENOUGH);
        log(&logger, ACCESS, Level::Info, &long);
        assert_eq!(written.try_iter().map(|text| text.len()).sum::<usize>(), ENOUGH + 1);
    }
}
