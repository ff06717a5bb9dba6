//! A record as one JSON object on one line, written straight into the line: an access log has one a request.

use std::fmt::Display;
use std::io::{self, Write};

use log::Record;
use log::kv::{self, Key, Value, VisitSource, VisitValue};
use serde::Serialize;

use super::Correlation;

/// Keys with a meaning of their own. No field of a line can pass itself off as one of these.
const RESERVED: [&str; 7] = ["time", "level", "target", "message", "request_id", "trace_id", "span_id"];

/// Writes the record and the line's end: time, level, target and message, the request that it belongs to, and its own
/// fields.
pub(super) fn write(
    line: &mut impl Write,
    record: &Record<'_>,
    time: impl Display,
    correlation: Option<Correlation>,
) -> io::Result<()> {
    write!(line, "{{\"time\":\"{time}\",\"level\":\"{}\",\"target\":", record.level())?;
    json(line, record.target())?;
    line.write_all(b",\"message\":")?;
    match record.args().as_str() {
        Some(literal) => json(line, literal)?,
        None => json(line, &record.args().to_string())?,
    }
    if let Some(Correlation { request_id, trace }) = correlation {
        // Characters of either need no escape.
        write!(line, ",\"request_id\":\"{}\"", request_id.as_str())?;
        if let Some(trace) = trace {
            write!(line, ",\"trace_id\":\"{}\",\"span_id\":\"{}\"", trace.trace_id(), trace.span_id())?;
        }
    }
    record.key_values().visit(&mut Fields(line)).map_err(io::Error::other)?;
    line.write_all(b"}\n")
}

fn json<T: Serialize + ?Sized>(line: &mut impl Write, value: &T) -> io::Result<()> {
    serde_json::to_writer(line, value).map_err(io::Error::from)
}

struct Fields<'l, W>(&'l mut W);

impl<'kvs, W: Write> VisitSource<'kvs> for Fields<'_, W> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        if RESERVED.contains(&key.as_str()) {
            return Ok(());
        }
        self.0.write_all(b",")?;
        json(self.0, key.as_str())?;
        self.0.write_all(b":")?;
        value.visit(InJson(self.0))
    }
}

/// Writes a value in JSON's own types where it has one, and as text where it has none.
struct InJson<'l, W>(&'l mut W);

impl<W: Write> InJson<'_, W> {
    fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), kv::Error> {
        Ok(json(self.0, value)?)
    }
}

impl<'v, W: Write> VisitValue<'v> for InJson<'_, W> {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        self.json(&value.to_string())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.json(&())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.json(&value)
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.json(&value)
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.json(&value)
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.json(&value)
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.json(value)
    }
}

#[cfg(test)]
mod tests {
    use log::Level;
    use serde_json::{Value as Json, json};

    use super::super::{RequestId, Trace};
    use super::*;

    fn written(fields: &[(&str, Value<'_>)], correlation: Option<Correlation>) -> String {
        let mut record = Record::builder();
        record.level(Level::Info).target("analytics_batch").key_values(&fields);
        let mut line = Vec::new();
        let time = "2026-01-31T23:30:00.000Z";
        write(&mut line, &record.args(format_args!("published")).build(), time, correlation).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn keeps_types_and_its_own_names() {
        let line = written(
            &[
                ("days", Value::from(7)),
                ("share", Value::from(0.5)),
                ("dry_run", Value::from(true)),
                ("item", Value::from("Crème \"brûlée\"\n")),
                ("name", Value::from_display(&format_args!("{}", "a\tb"))),
                ("level", Value::from("none")),
                ("request_id", Value::from("another")),
            ],
            None,
        );
        assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
        let expected = json!({
            "time": "2026-01-31T23:30:00.000Z", "level": "INFO", "target": "analytics_batch", "message": "published",
            "days": 7, "share": 0.5, "dry_run": true, "item": "Crème \"brûlée\"\n", "name": "a\tb",
        });
        assert_eq!(serde_json::from_str::<Json>(&line).unwrap(), expected);
    }

    #[test]
    fn names_the_request_that_it_belongs_to() {
        let request_id = RequestId::parse(b"a-1").unwrap();
        let trace = Trace::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let line = written(&[("days", Value::from(7))], Some(Correlation { request_id, trace }));
        assert_eq!(
            line,
            "{\"time\":\"2026-01-31T23:30:00.000Z\",\"level\":\"INFO\",\"target\":\"analytics_batch\",\
             \"message\":\"published\",\"request_id\":\"a-1\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\
             \"span_id\":\"00f067aa0ba902b7\",\"days\":7}\n"
        );
    }
}
