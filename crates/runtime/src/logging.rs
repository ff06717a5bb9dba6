//! Logging to standard error, for people or as JSON lines.
//!
//! Standard output belongs to what a program was asked for. No line may hold a password: settings keep theirs in a
//! type that does not print, and the libraries that see connection options are kept quiet.

use std::io::Write as _;

use env_logger::fmt::Formatter;
use log::kv::{self, Key, Value, VisitSource, VisitValue};
use log::{Record, SetLoggerError};
use serde_json::{Map, Value as Json, json};

use crate::settings::{LogFormat, LogSettings};

/// What these crates say below a warning is of use to their authors only. The user's own directives come later and
/// win.
const QUIET: &str = "actix_http=warn,actix_server=warn,actix_web=warn,mio=warn,mysql_async=warn,rustls=warn";

/// Starts logging, once for the life of the process.
///
/// # Errors
/// If logging has been started before.
pub fn init(settings: &LogSettings) -> Result<(), SetLoggerError> {
    builder(settings).try_init()
}

fn builder(settings: &LogSettings) -> env_logger::Builder {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&format!("{QUIET},{}", settings.level)).format_timestamp_millis();
    if settings.format == LogFormat::Json {
        builder.format(|line, record| {
            let time = line.timestamp_millis().to_string();
            write_json(line, record, time)
        });
    }
    builder
}

fn write_json(line: &mut Formatter, record: &Record<'_>, time: String) -> std::io::Result<()> {
    writeln!(line, "{}", object(record, time))
}

/// A record as an object: time, level, target, message, and its own fields beside them.
fn object(record: &Record<'_>, time: String) -> Json {
    let mut fields = Fields(Map::new());
    // The visitor never fails, and a record without its fields is better than none.
    let _: Result<(), kv::Error> = record.key_values().visit(&mut fields);
    let Fields(mut object) = fields;
    // Last, so that no field can pass itself off as one of these.
    object.insert("time".to_owned(), Json::String(time));
    object.insert("level".to_owned(), json!(record.level().as_str()));
    object.insert("target".to_owned(), json!(record.target()));
    object.insert("message".to_owned(), Json::String(record.args().to_string()));
    Json::Object(object)
}

struct Fields(Map<String, Json>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let mut converted = Converted(Json::Null);
        value.visit(&mut converted)?;
        self.0.insert(key.to_string(), converted.0);
        Ok(())
    }
}

/// A value in JSON's own types where it has one, and as text where it has none.
struct Converted(Json);

impl<'v> VisitValue<'v> for Converted {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        self.0 = Json::String(value.to_string());
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = Json::Null;
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.0 = json!(value);
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.0 = json!(value);
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.0 = json!(value);
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.0 = json!(value);
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.0 = json!(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use log::{Level, Log as _, Metadata};

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
    fn a_json_line_keeps_types_and_its_own_names() {
        let fields: &[(&str, Value<'_>)] = &[
            ("days", Value::from(7)),
            ("share", Value::from(0.5)),
            ("dry_run", Value::from(true)),
            ("item", Value::from("Crème \"brûlée\"\n")),
            ("level", Value::from("none")),
        ];
        let record = Record::builder()
            .level(Level::Info)
            .target("analytics_batch")
            .key_values(&fields)
            .args(format_args!("published"))
            .build();
        let line = object(&record, "2026-01-31T23:30:00.000Z".to_owned()).to_string();
        assert!(!line.contains('\n'), "{line}");
        let read: Json = serde_json::from_str(&line).unwrap();
        let expected = json!({
            "time": "2026-01-31T23:30:00.000Z", "level": "INFO", "target": "analytics_batch", "message": "published",
            "days": 7, "share": 0.5, "dry_run": true, "item": "Crème \"brûlée\"\n",
        });
        assert_eq!(read, expected);
    }
}
