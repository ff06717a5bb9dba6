//! Logging to standard error, for people or as JSON lines.
//!
//! Standard output belongs to what a program was asked for. No line may hold a password: settings keep theirs in a
//! type that does not print, and the libraries that see connection options are kept quiet.

mod correlation;
mod json;
mod output;
mod panics;

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::Arc;

use env_logger::fmt::{Formatter, default_kv_format};
use env_logger::{Target, WriteStyle};
use log::SetLoggerError;
use log::kv::Source;

pub use self::correlation::{Correlation, Entered, RequestId, Trace};
pub use self::output::ACCESS;
pub use self::panics::{panics, report_panics};

use self::output::{Lines, Output, Unhurried};
use crate::settings::{LogFormat, LogSettings};

/// What these crates say below a warning is of use to their authors only. The user's own directives come later and
/// win.
const QUIET: &str = "actix_http=warn,actix_server=warn,actix_web=warn,mio=warn,mysql_async=warn,rustls=warn";

/// Starts logging, of panics too, once for the life of the process. Where nobody reads along on a terminal, lines of
/// requests ([`ACCESS`]) may come a little later: end the process with `log::logger().flush()`.
///
/// # Errors
/// If logging has been started before.
pub fn init(settings: &LogSettings) -> Result<(), SetLoggerError> {
    let mut builder = builder(settings);
    if stderr().is_terminal() {
        builder.try_init()?;
    } else {
        let output = Output::new(stderr());
        builder.target(Target::Pipe(Box::new(Lines(Arc::clone(&output)))));
        let logger = builder.build();
        log::set_max_level(logger.filter());
        log::set_boxed_logger(Box::new(Unhurried { logger, output }))?;
    }
    report_panics();
    Ok(())
}

fn builder(settings: &LogSettings) -> env_logger::Builder {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&format!("{QUIET},{}", settings.level)).format_timestamp_millis();
    match settings.format {
        LogFormat::Text => builder.format_key_values(write_fields),
        // There is no colour in it, and so none to take out on the way.
        LogFormat::Json => builder.write_style(WriteStyle::Always).format(|line, record| {
            let time = line.timestamp_millis();
            json::write(line, record, time, Correlation::current())
        }),
    };
    builder
}

/// The fields of a text line: its own, and which request it belongs to.
fn write_fields(line: &mut Formatter, fields: &dyn Source) -> std::io::Result<()> {
    default_kv_format(line, fields)?;
    let Some(Correlation { request_id, trace }) = Correlation::current() else { return Ok(()) };
    write!(line, " request_id={}", request_id.as_str())?;
    let Some(trace) = trace else { return Ok(()) };
    write!(line, " trace_id={} span_id={}", trace.trace_id(), trace.span_id())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use log::kv::Value;
    use log::{Level, Log as _, Metadata, Record};
    use serde_json::{Value as Json, json};

    use super::*;

    fn enabled(level: &str, target: &str, at: Level) -> bool {
        let settings = LogSettings { level: level.to_owned(), ..LogSettings::default() };
        builder(&settings).build().enabled(&Metadata::builder().target(target).level(at).build())
    }

    #[test]
    fn noisy_crates_are_quiet_until_asked() {
        assert!(enabled("debug", "analytics_batch", Level::Debug));
        assert!(!enabled("debug", "rustls::client", Level::Debug));
        assert!(enabled("debug", "rustls::client", Level::Warn));
        assert!(enabled("info,rustls=debug", "rustls::client", Level::Debug));
        assert!(!enabled("info,rustls=debug", "analytics_batch", Level::Debug));
    }

    /// What a logger so set writes for one record.
    fn written(format: LogFormat) -> String {
        #[derive(Clone, Default)]
        struct Shared(Arc<Mutex<Vec<u8>>>);
        impl std::io::Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let shared = Shared::default();
        let settings = LogSettings { format, ..LogSettings::default() };
        let logger = builder(&settings).target(env_logger::Target::Pipe(Box::new(shared.clone()))).build();
        let fields: &[(&str, Value<'_>)] = &[("days", Value::from(7))];
        let mut record = Record::builder();
        record.level(Level::Warn).target("analytics_batch").key_values(&fields);
        logger.log(&record.args(format_args!("published")).build());
        let bytes = shared.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_has_its_time_in_utc_and_its_fields() {
        let text = written(LogFormat::Text);
        assert!(text.ends_with("Z WARN  analytics_batch] published days=7\n"), "{text}");
        let json: Json = serde_json::from_str(&written(LogFormat::Json)).unwrap();
        assert_eq!((&json["message"], &json["days"]), (&json!("published"), &json!(7)));
        let time = json["time"].as_str().unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok() && time.ends_with('Z'), "{time}");
    }

    #[test]
    fn a_line_names_the_request_that_it_was_logged_for() {
        let request_id = RequestId::parse(b"a-1").unwrap();
        let trace = Trace::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let entered = Correlation { request_id, trace }.enter();
        let text = written(LogFormat::Text);
        let ids = "request_id=a-1 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7";
        assert!(text.ends_with(&format!("published days=7 {ids}\n")), "{text}");
        assert_eq!(serde_json::from_str::<Json>(&written(LogFormat::Json)).unwrap()["request_id"], "a-1");
        drop(entered);
        assert!(!written(LogFormat::Text).contains("request_id"));
    }
}
