//! order_db is only ever read: what the server's own log of statements says.

use std::collections::{BTreeMap, BTreeSet};

/// First words of the statements that a reader may send.
const READS: [&str; 6] = ["SELECT", "SET", "START", "BEGIN", "COMMIT", "ROLLBACK"];

/// What `user` sent, by a general query log of MariaDB or MySQL: how many statements of each first word.
///
/// An entry of the log is `<time><TABs><connection> <command><TAB><argument>`, and a statement's further lines have no
/// such form. A `Connect` names the user of the connection, which the other commands do not.
pub(crate) fn statements(log: &str, user: &str) -> BTreeMap<String, u64> {
    let mut connections = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for line in log.lines() {
        let mut fields = line.split('\t').map(str::trim).skip_while(|field| entry(field).is_none());
        let Some((connection, command)) = fields.next().and_then(entry) else { continue };
        let argument = fields.next().unwrap_or_default();
        match command {
            "Connect" if argument.split('@').next() == Some(user) => {
                connections.insert(connection);
            }
            "Query" | "Execute" | "Prepare" if connections.contains(connection) => {
                let word = argument.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
                *counts.entry(word.to_ascii_uppercase()).or_default() += 1;
            }
            _ => {}
        }
    }
    counts
}

/// Connection and command of a field `10 Query`.
fn entry(field: &str) -> Option<(&str, &str)> {
    let (connection, command) = field.split_once(' ')?;
    let is_number = !connection.is_empty() && connection.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && command.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some((connection, command))
}

/// What is wrong with these statements, if anything.
pub(crate) fn differences(statements: &BTreeMap<String, u64>) -> Vec<String> {
    if !statements.contains_key("SELECT") {
        return vec!["the server's log shows no SELECT on order_db: it cannot tell what was sent".to_owned()];
    }
    let others = statements.iter().filter(|(word, _)| !READS.contains(&word.as_str()));
    others.map(|(word, count)| format!("the user of order_db sent {count} statements {word}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_users_own_statements_count() {
        let log = "Time\t\t    Id Command\tArgument\n\
                   261122 15:42:28\t     3 Connect\troot@localhost on  using Socket\n\
                   \t\t     3 Query\tDROP TABLE t\n\
                   \t\t    10 Connect\treader_1@localhost on order_db using TCP/IP\n\
                   \t\t    10 Query\tSET NAMES utf8mb4\n\
                   2026-11-22T15:42:30.123Z\t   10 Prepare\tselect 1\n\
                     from orders\twhere id = 1\n\
                   2026-11-22T15:42:30.123Z\t   10 Execute\tSELECT 1\n\
                   \t\t    10 Query\tdelete\tfrom orders\n\
                   \t\t    10 Quit\t\n";
        let found = statements(log, "reader_1");
        assert_eq!(found, [("DELETE", 1), ("SELECT", 2), ("SET", 1)].map(|(k, n)| (k.to_owned(), n)).into());
        assert_eq!(differences(&found), ["the user of order_db sent 1 statements DELETE"]);
        assert_eq!(differences(&statements(log, "nobody")).len(), 1);
    }
}
