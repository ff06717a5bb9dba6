//! What the connection's user may do in its database, as the server itself tells it: nothing is ever tried out.
//!
//! `SHOW GRANTS` covers the user's own grants and those of the roles in force. Where several patterns match the
//! database, servers differ in which of them count; here all do. So a privilege that is called missing is missing,
//! and one that is called held may in such a case be shadowed.

use std::collections::BTreeSet;

use diesel::deserialize::{self, QueryableByName};
use diesel::mysql::Mysql;
use diesel::row::NamedRow;
use diesel::sql_types::Text;
use diesel::{QueryResult, sql_query};
use diesel_async::RunQueryDsl as _;
use runtime::database::AsyncMysqlConnection;

use super::grants::{Grant, Privilege, Scope, matches};

const ALL: &str = "ALL PRIVILEGES";

/// Privileges that change rows, tables or what else lies in a database. EXECUTE is among them because a routine acts
/// with its author's rights.
const WRITES: [&str; 15] = [
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "ALTER",
    "INDEX",
    "TRIGGER",
    "CREATE VIEW",
    "CREATE ROUTINE",
    "ALTER ROUTINE",
    "EVENT",
    "EXECUTE",
    "DELETE HISTORY",
    "DELETE VERSIONING ROWS",
];

/// The privileges of the connection's user in the connection's database.
#[derive(Clone, Debug)]
pub(super) struct Privileges {
    /// As the server knows the user: `'order_reader'@'%'`.
    pub(super) user: String,
    /// The database, quoted.
    pub(super) database: String,
    grants: Vec<Grant>,
}

struct GrantLine(String);

impl QueryableByName<Mysql> for GrantLine {
    fn build<'a>(row: &impl NamedRow<'a, Mysql>) -> deserialize::Result<Self> {
        // The column's name holds the user's: `Grants for order_reader@%`.
        row.get_value::<Text, String, _>(0).map(Self)
    }
}

#[derive(QueryableByName)]
struct Identity {
    #[diesel(sql_type = Text)]
    user_name: String,
    #[diesel(sql_type = Text)]
    database_name: String,
}

impl Privileges {
    pub(super) async fn read(connection: &mut AsyncMysqlConnection) -> QueryResult<Self> {
        let Identity { user_name, database_name } = sql_query(
            "SELECT CAST(CURRENT_USER() AS CHAR) AS user_name, CAST(DATABASE() AS CHAR) AS database_name",
        )
        .get_result(connection)
        .await?;
        let lines: Vec<GrantLine> = sql_query("SHOW GRANTS").load(connection).await?;
        let lines = lines.iter().map(|line| line.0.as_str());
        Ok(Self::of(&user_name, &database_name, lines))
    }

    fn of<'l>(user: &str, database: &str, lines: impl Iterator<Item = &'l str>) -> Self {
        let (name, host) = user.rsplit_once('@').unwrap_or((user, "%"));
        let concerns = |grant: &Grant| match &grant.scope {
            Scope::Everywhere => true,
            Scope::Databases(pattern) => matches(pattern, database),
            Scope::Object { database: of, .. } => of == database,
        };
        Self {
            user: format!("'{name}'@'{host}'"),
            database: format!("`{}`", database.replace('`', "``")),
            grants: lines.filter_map(Grant::parse).filter(concerns).collect(),
        }
    }

    /// The grants, on whatever, that give the privilege, on columns or on the whole.
    fn giving(&self, privilege: &str) -> impl Iterator<Item = (&Grant, &Privilege)> {
        let is_taken_back =
            self.grants.iter().any(|grant| grant.is_revoke && grant.names(privilege).is_some());
        self.grants
            .iter()
            .filter(|grant| !grant.is_revoke)
            .filter(move |grant| !is_taken_back || grant.scope != Scope::Everywhere)
            .filter_map(move |grant| Some((grant, grant.names(privilege)?)))
    }

    /// Whether the user has the privilege on the whole of a table.
    fn has(&self, privilege: &str, table: &str) -> bool {
        [privilege, ALL].into_iter().flat_map(|name| self.giving(name)).any(|(grant, held)| {
            let is_on_table = match &grant.scope {
                Scope::Everywhere | Scope::Databases(_) => true,
                Scope::Object { object, .. } => object == table,
            };
            is_on_table && held.columns.is_empty()
        })
    }

    /// Those of `tables` on which the privilege is missing.
    pub(super) fn lacks<'t>(&self, privilege: &str, tables: &[&'t str]) -> Vec<&'t str> {
        tables.iter().copied().filter(|table| !self.has(privilege, table)).collect()
    }

    /// The columns of a table that the user may read although not the whole table.
    pub(super) fn readable_columns(&self, table: &str) -> BTreeSet<&str> {
        self.giving("SELECT")
            .filter(|(grant, _)| matches!(&grant.scope, Scope::Object { object, .. } if object == table))
            .flat_map(|(_, held)| held.columns.iter().map(String::as_str))
            .collect()
    }

    /// What the user may do to the database beyond reading, anywhere in it.
    pub(super) fn writes(&self) -> Vec<&'static str> {
        if self.giving(ALL).next().is_some() {
            return vec![ALL];
        }
        WRITES.into_iter().filter(|name| self.giving(name).next().is_some()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn privileges(lines: &[&str]) -> Privileges {
        Privileges::of("u@%", "order_db", lines.iter().copied())
    }

    #[rstest]
    #[case(&["GRANT SELECT ON *.* TO `u`@`%`"], &[])]
    #[case(&["GRANT SELECT ON `order\\_db`.* TO `u`@`%`"], &[])]
    #[case(&["GRANT SELECT ON `order%`.* TO `u`@`%`"], &[])]
    #[case(&["GRANT ALL PRIVILEGES ON `order_db`.* TO `u`@`%`"], &[])]
    #[case(&["GRANT SELECT ON `order_db`.`orders` TO `u`@`%`"], &["order_items"])]
    #[case(&["GRANT SELECT (`id`) ON `order_db`.`orders` TO `u`@`%`"], &["orders", "order_items"])]
    #[case(&["GRANT SELECT ON `other`.* TO `u`@`%`", "GRANT USAGE ON *.* TO `u`@`%`"], &["orders", "order_items"])]
    #[case(&["GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `order_db`.* FROM `u`@`%`"], &["orders", "order_items"])]
    fn a_missing_privilege_is_named_with_its_tables(#[case] lines: &[&str], #[case] missing: &[&str]) {
        assert_eq!(privileges(lines).lacks("SELECT", &["orders", "order_items"]), missing);
    }

    #[rstest]
    #[case(&["GRANT SELECT, SHOW VIEW, LOCK TABLES ON `order_db`.* TO `u`@`%`"], &[])]
    #[case(&["GRANT DELETE, SELECT, INSERT ON `order_db`.* TO `u`@`%`"], &["INSERT", "DELETE"])]
    #[case(&["GRANT ALL PRIVILEGES ON `order_db`.* TO `u`@`%`"], &["ALL PRIVILEGES"])]
    #[case(&["GRANT INSERT ON `other`.* TO `u`@`%`"], &[])]
    #[case(&["GRANT UPDATE (`status`) ON `order_db`.`orders` TO `u`@`%`"], &["UPDATE"])]
    #[case(&["GRANT EXECUTE ON PROCEDURE `order_db`.`close` TO `u`@`%`"], &["EXECUTE"])]
    #[case(&["GRANT INSERT, DROP ON *.* TO `u`@`%`", "REVOKE INSERT ON `order_db`.* FROM `u`@`%`"], &["DROP"])]
    fn what_may_be_written_is_named(#[case] lines: &[&str], #[case] writes: &[&str]) {
        assert_eq!(privileges(lines).writes(), writes);
    }

    #[test]
    fn columns_add_up_over_grants() {
        let held = privileges(&[
            "GRANT SELECT (`id`, `status`) ON `order_db`.`orders` TO `u`@`%`",
            "GRANT SELECT (`total_amount`), INSERT (`note`) ON `order_db`.`orders` TO `r`",
        ]);
        assert_eq!(Vec::from_iter(held.readable_columns("orders")), ["id", "status", "total_amount"]);
    }
}
