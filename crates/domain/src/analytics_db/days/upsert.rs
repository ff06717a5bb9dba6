//! Statements that write many rows at once, with the values in their text.
//!
//! A full build writes little else, and a placeholder for each value costs a server more than the row itself: it
//! describes every one of them, each time. Only numbers, dates and [`Digits`] may stand in such a text, since nothing
//! here is quoted.

use std::fmt::{self, Write as _};

/// The statement that writes `rows` into the table and columns `into`, each as `values` writes it, and makes those that
/// stand already what `update` says.
pub(super) fn upsert<R>(
    into: &str,
    rows: &[R],
    values: impl Fn(&R, &mut String) -> fmt::Result,
    update: &str,
) -> String {
    let mut statement = format!("INSERT INTO {into} VALUES ");
    for (nth, row) in rows.iter().enumerate() {
        statement.push_str(if nth == 0 { "(" } else { ",(" });
        // Writing to a string cannot fail.
        let _ = values(row, &mut statement);
        statement.push(')');
    }
    statement.push_str(" ON DUPLICATE KEY UPDATE ");
    statement.push_str(update);
    statement
}

/// A text as hexadecimal digits, whatever it holds.
pub(super) struct Digits<'a>(pub(super) &'a str);

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_utf8mb4 X'")?;
        for nibble in self.0.bytes().flat_map(|byte| [byte >> 4, byte & 15]) {
            f.write_char(char::from_digit(nibble.into(), 16).ok_or(fmt::Error)?)?;
        }
        f.write_char('\'')
    }
}

/// A value, or NULL.
pub(super) struct OrNull<T>(pub(super) Option<T>);

impl<T: fmt::Display> fmt::Display for OrNull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("NULL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_own_value() {
        let rows = [(1, Some("a'); DROP TABLE x; --")), (2, Some("\\ü")), (3, None)];
        let statement = upsert(
            "menu (id, name)",
            &rows,
            |(id, name), values| write!(values, "{id},{}", OrNull(name.map(Digits))),
            "name = VALUES(name)",
        );
        // The bytes of the texts, as `printf '%s' TEXT | xxd -p` shows them.
        assert_eq!(
            statement,
            "INSERT INTO menu (id, name) VALUES (1,_utf8mb4 X'6127293b2044524f50205441424c4520783b202d2d'),\
             (2,_utf8mb4 X'5cc3bc'),(3,NULL) ON DUPLICATE KEY UPDATE name = VALUES(name)"
        );
    }
}
