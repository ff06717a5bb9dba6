//! What a page writes, read back.

use chrono::NaiveDate;
use serde_json::Value;

/// The first number of a text that an American reads: `€20,248.74` is 20248.74, `-2.5%` is -2.5.
pub(crate) fn number(text: &str) -> f64 {
    let text = text.replace(',', "").replace('\u{2212}', "-");
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or_else(|| panic!("no number in {text:?}"));
    let is_negative = text[..start].contains('-');
    let digits: String = text[start..].chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let value: f64 = digits.trim_end_matches('.').parse().unwrap();
    if is_negative { -value } else { value }
}

/// A number of an answer, which may be written as text.
pub(crate) fn given(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

/// Whether a text shows a figure, rounded to so many places.
#[track_caller]
pub(crate) fn shows(text: &str, figure: &Value, places: i32) {
    let (shown, wanted) = (number(text), given(figure));
    let most = 0.5 * 10_f64.powi(-places) + 1e-9;
    assert!((shown - wanted).abs() <= most, "{text:?} for {figure}");
}

/// A day as an American reads it: `Sat, Nov 21`.
pub(crate) fn day(value: &Value) -> String {
    let day: NaiveDate = value.as_str().unwrap().parse().unwrap();
    day.format("%a, %b %-d").to_string()
}

/// An hour of the wall clock as an American reads it: `7 PM`.
pub(crate) fn hour(value: &Value) -> String {
    let hour = value.as_u64().unwrap();
    let name = if hour < 12 { "AM" } else { "PM" };
    format!("{} {name}", (hour + 11) % 12 + 1)
}

/// Without the narrow spaces that newer browsers write before `PM`.
pub(crate) fn plain(text: &str) -> String {
    text.replace(['\u{202f}', '\u{a0}'], " ")
}
