//! Reading what `SHOW GRANTS` says: pure text, no database.

/// What one line of `SHOW GRANTS` gives, or takes away again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// A partial revoke of MySQL, which takes from what is granted everywhere.
    pub(super) is_revoke: bool,
    pub(super) scope: Scope,
    pub(super) privileges: Vec<Privilege>,
}

/// What a grant is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Everywhere,
    /// Databases whose names match this pattern, in which `%` and `_` are wildcards unless a backslash escapes them.
    Databases(String),
    /// One table, view or routine.
    Object {
        database: String,
        object: String,
    },
}

/// A privilege, on some columns or, if none are named, on the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Privilege {
    /// In capitals: `SELECT`, `ALL PRIVILEGES`.
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}

impl Grant {
    /// Reads a line. None if it is about something else: a role, a proxy.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (is_revoke, rest) = match line.strip_prefix("GRANT ") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("REVOKE ")?),
        };
        let (privileges, rest) = split_once_outside(rest, " ON ")?;
        let (object, _) = split_once_outside(rest, if is_revoke { " FROM " } else { " TO " })?;
        let privileges = split_outside(privileges, ",").into_iter().map(privilege).collect();
        Some(Self { is_revoke, scope: scope(object)?, privileges })
    }

    /// The privilege of this name, if the line is about it.
    pub(super) fn names(&self, privilege: &str) -> Option<&Privilege> {
        self.privileges.iter().find(|held| held.name == privilege)
    }
}

fn privilege(text: &str) -> Privilege {
    let (name, columns) = text.split_once('(').unwrap_or((text, ""));
    let columns = columns.trim_end().trim_end_matches(')');
    let name = name.trim().to_uppercase();
    Privilege {
        name: if name == "ALL" { "ALL PRIVILEGES".to_owned() } else { name },
        columns: split_outside(columns, ",").into_iter().map(identifier).filter(|c| !c.is_empty()).collect(),
    }
}

fn scope(object: &str) -> Option<Scope> {
    const KINDS: [&str; 5] = ["TABLE ", "PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE "];
    let name = KINDS.iter().find_map(|kind| object.strip_prefix(kind)).unwrap_or(object);
    let (database, object) = split_once_outside(name, ".")?;
    Some(match (database.trim(), object.trim()) {
        ("*", "*") => Scope::Everywhere,
        (database, "*") => Scope::Databases(identifier(database)),
        (database, object) => Scope::Object { database: identifier(database), object: identifier(object) },
    })
}

/// An identifier without its quotes.
fn identifier(text: &str) -> String {
    let text = text.trim();
    ['`', '"']
        .into_iter()
        .find_map(|quote| {
            let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
            Some(inner.replace(&String::from_iter([quote, quote]), &quote.to_string()))
        })
        .unwrap_or_else(|| text.to_owned())
}

/// Splits at the first `separator` that stands outside quotes and brackets.
fn split_once_outside<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (position, character) in text.char_indices() {
        if quote.is_none() && depth == 0 && text[position..].starts_with(separator) {
            return Some((&text[..position], &text[position + separator.len()..]));
        }
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '`' | '"' | '\'') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn split_outside<'t>(mut text: &'t str, separator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    while let Some((part, rest)) = split_once_outside(text, separator) {
        parts.push(part);
        text = rest;
    }
    parts.push(text);
    parts
}

/// Whether `name` matches a pattern of a grant, as `LIKE` would.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern_chars, mut name_chars) = (pattern.chars(), name.chars());
    match pattern_chars.next() {
        None => name.is_empty(),
        Some('%') => name
            .char_indices()
            .map(|(start, _)| start)
            .chain([name.len()])
            .any(|start| matches(pattern_chars.as_str(), &name[start..])),
        Some('_') => name_chars.next().is_some() && matches(pattern_chars.as_str(), name_chars.as_str()),
        Some(first) => {
            let wanted = if first == '\\' { pattern_chars.next().unwrap_or(first) } else { first };
            name_chars.next() == Some(wanted) && matches(pattern_chars.as_str(), name_chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("order_db", "order_db", true)]
    #[case("order_db", "orderXdb", true)]
    #[case(r"order\_db", "order_db", true)]
    #[case(r"order\_db", "orderXdb", false)]
    #[case("order%", "order_db", true)]
    #[case("%", "", true)]
    #[case("%db", "order_db", true)]
    #[case("order", "order_db", false)]
    #[case("order_db_", "order_db", false)]
    fn a_database_s_name_may_be_a_pattern(#[case] pattern: &str, #[case] name: &str, #[case] is_match: bool) {
        assert_eq!(matches(pattern, name), is_match);
    }

    // Lines as MariaDB 10.11, MySQL 9.7 and TiDB print them.
    #[rstest]
    #[case("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*0123'", Scope::Everywhere, &["USAGE"])]
    #[case("GRANT ALL PRIVILEGES ON *.* TO `u`@`%` WITH GRANT OPTION", Scope::Everywhere, &["ALL PRIVILEGES"])]
    #[case(r"GRANT SELECT, CREATE VIEW ON `order\_db`.* TO `u`@`%`", Scope::Databases(r"order\_db".into()), &["SELECT", "CREATE VIEW"])]
    #[case("GRANT SELECT,INSERT ON order_db.* TO 'u'@'%'", Scope::Databases("order_db".into()), &["SELECT", "INSERT"])]
    #[case(
        "GRANT EXECUTE ON PROCEDURE `a``b. TO c`.`p` TO `u`@`%`",
        Scope::Object { database: "a`b. TO c".into(), object: "p".into() },
        &["EXECUTE"]
    )]
    fn a_line_is_read(#[case] line: &str, #[case] scope: Scope, #[case] privileges: &[&str]) {
        let grant = Grant::parse(line).unwrap();
        let names: Vec<&str> = grant.privileges.iter().map(|privilege| privilege.name.as_str()).collect();
        assert_eq!((grant.is_revoke, grant.scope, names.as_slice()), (false, scope, privileges));
    }

    #[test]
    fn columns_are_read() {
        let grant = Grant::parse("GRANT SELECT (`id`, `a,b`), INSERT ON `o`.`t` TO `u`@`%`").unwrap();
        let columns: Vec<&[String]> = grant.privileges.iter().map(|held| held.columns.as_slice()).collect();
        assert_eq!(columns, [&["id".to_owned(), "a,b".to_owned()] as &[String], &[]]);
    }

    #[rstest]
    #[case("GRANT `reader`@`%` TO `u`@`%`")]
    #[case("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION")]
    #[case("SET DEFAULT ROLE `reader` FOR `u`@`%`")]
    fn what_grants_no_privilege_is_passed_over(#[case] line: &str) {
        assert_eq!(Grant::parse(line), None);
    }

    #[test]
    fn a_partial_revoke_is_told_apart() {
        let revoke = Grant::parse("REVOKE INSERT ON `order_db`.* FROM `u`@`%`").unwrap();
        assert!(revoke.is_revoke);
        assert_eq!(revoke.scope, Scope::Databases("order_db".to_owned()));
    }
}
