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
