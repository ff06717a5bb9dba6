//! The list of an answer as CSV (RFC 4180, UTF-8), for spreadsheets.
//!
//! A cell that a spreadsheet would run as a formula is kept from it by a quotation mark before it, as OWASP advises
//! under "CSV Injection"; numbers are never touched.

use csv::{Terminator, WriterBuilder};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// A list of an answer, as rows and columns.
#[derive(Debug)]
pub(crate) struct Table {
    /// The answer's member that holds the list.
    pub(crate) list: &'static str,
    /// A member that the answer must have beside it.
    pub(crate) beside: Option<&'static str>,
    /// The member of each element that holds a list of its own, whose elements are then the rows.
    pub(crate) each: Option<&'static str>,
    /// Members of a row, of the element that it stands in, or by a dot of an object in it.
    pub(crate) columns: &'static [&'static str],
}

impl Table {
    /// What stands above each column: the member's name, with an underscore for the dot.
    pub(crate) fn headings(&self) -> impl Iterator<Item = String> {
        self.columns.iter().map(|column| column.replace('.', "_"))
    }
}

/// The first of `tables` that `figures` has, with a line of headings.
pub(crate) fn csv(figures: &Value, tables: &[Table]) -> Result<Vec<u8>, Problem> {
    let is_there = |member: Option<&str>| member.is_none_or(|member| figures.get(member).is_some());
    let found = tables
        .iter()
        .filter(|table| is_there(table.beside))
        .find_map(|table| Some((table, figures.get(table.list)?.as_array()?)));
    let Some((table, elements)) = found else {
        log::error!("an answer has none of the lists that its CSV is made of");
        return Err(Problem::internal());
    };
    write(table, elements).map_err(|error| {
        log::error!("an answer cannot be written as CSV: {error}");
        Problem::internal()
    })
}

fn write(table: &Table, elements: &[Value]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(table.headings())?;
    let nothing = Map::new();
    for element in elements.iter().filter_map(Value::as_object) {
        let rows = match table.each.and_then(|each| element.get(each)?.as_array()) {
            Some(rows) => rows.iter().filter_map(Value::as_object).collect(),
            None => vec![&nothing],
        };
        for row in rows {
            let cell = |column: &&str| {
                let (name, inner) = column.split_once('.').unwrap_or((*column, ""));
                let value = row.get(name).or_else(|| element.get(name)).unwrap_or(&Value::Null);
                text(if inner.is_empty() { value } else { value.get(inner).unwrap_or(&Value::Null) })
            };
            writer.write_record(table.columns.iter().map(cell))?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_run_by_spreadsheets(text) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_run_by_spreadsheets(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number(text)
}

/// Whether it is a number as answers write them: `-12.50`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    // By hand, after RFC 4180 and OWASP's list.
    #[rstest]
    #[case(json!("Margherita"), "Margherita")]
    #[case(json!("Soup, \"daily\"\nbowl"), "\"Soup, \"\"daily\"\"\nbowl\"")]
    #[case(json!("=HYPERLINK(1)"), "'=HYPERLINK(1)")]
    #[case(json!("@SUM"), "'@SUM")]
    #[case(json!("+49"), "'+49")]
    #[case(json!("-1+1|cmd"), "'-1+1|cmd")]
    #[case(json!("-12.50"), "-12.50")]
    #[case(json!("-"), "'-")]
    #[case(json!("\tx"), "'\tx")]
    #[case(json!(-3), "-3")]
    #[case(json!(4.25), "4.25")]
    #[case(json!(null), "\"\"")]
    #[case(json!("Crème brûlée"), "Crème brûlée")]
    fn a_cell_is_shown_and_never_run(#[case] value: Value, #[case] cell: &str) {
        let table = [Table { list: "rows", beside: None, each: None, columns: &["a"] }];
        let bytes = csv(&json!({"rows": [{"a": value}]}), &table).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("a\r\n{cell}\r\n"));
    }

    #[test]
    fn rows_may_stand_in_elements_and_hold_objects() {
        let table = [
            Table { list: "other", beside: None, each: None, columns: &["x"] },
            Table {
                list: "kinds",
                beside: None,
                each: Some("days"),
                columns: &["kind", "date", "sales.from"],
            },
        ];
        let figures = json!({"kinds": [
            {"kind": "a", "days": [{"date": 1, "sales": {"from": "2.00"}}, {"date": 2, "sales": null}]},
            {"kind": "b", "days": []}
        ]});
        let bytes = csv(&figures, &table).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "kind,date,sales_from\r\na,1,2.00\r\na,2,\r\n");
    }
}
