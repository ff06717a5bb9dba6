//! order_db: reachable, readable and nothing more, and shaped as expected. It is only read, like in a run.

use domain::order_db::catalogue::{Catalogue, CatalogueError, TABLES, columns_of};
use domain::order_db::newest;
use runtime::database::{AsyncMysqlConnection, Session};
use runtime::settings::DatabaseSettings;

use super::findings::Findings;
use super::newest::{Newest, Reading};
use super::privileges::Privileges;
use super::server;
use crate::failure::Failure;

/// Looks at it, and gives its catalogue if it can be read.
pub(super) async fn check(settings: &DatabaseSettings, reading: Reading) -> (Findings, Option<Catalogue>) {
    let mut findings = Findings::about("order_db");
    let Some(mut connection) = server::open(settings, Session::SourceReader, &mut findings).await else {
        return (findings, None);
    };
    let unreadable = privileges(&mut connection, &mut findings).await;
    let catalogue = tables(&mut connection, &unreadable, &mut findings).await;
    if let Some(catalogue) = &catalogue {
        index(catalogue, &mut findings);
        if let Some(warning) = catalogue.want_of_snapshots() {
            findings.warning(warning);
        }
        if !unreadable.contains(&"orders") {
            newest_order(&mut connection, catalogue, reading, &mut findings).await;
        }
    }
    (findings, catalogue)
}

/// Gives the tables that the user may not read.
async fn privileges(connection: &mut AsyncMysqlConnection, findings: &mut Findings) -> Vec<&'static str> {
    let privileges = match Privileges::read(connection).await {
        Ok(privileges) => privileges,
        Err(error) => {
            findings.warning(format!("what the user may do cannot be found out: {error}"));
            return Vec::new();
        }
    };
    let Privileges { user, database, .. } = &privileges;
    let mut unreadable = Vec::new();
    for table in privileges.lacks("SELECT", &TABLES) {
        let readable = privileges.readable_columns(table);
        let missing: Vec<&str> = columns_of(table).filter(|column| !readable.contains(column)).collect();
        let what = match (missing.as_slice(), readable.is_empty()) {
            ([], _) => continue,
            (_, true) => "SELECT".to_owned(),
            (columns, false) => format!("SELECT ({})", columns.join(", ")),
        };
        unreadable.push(table);
        findings.problem(Failure::Permission(format!(
            "the user {user} lacks {what} on {table}. Have an administrator run: GRANT {what} ON {database}.`{table}` \
             TO {user}"
        )));
    }
    match (privileges.writes().as_slice(), unreadable.as_slice()) {
        ([], []) => findings.ok(format!("the user {user} may read both tables and write nothing")),
        ([], _) => {}
        (writes, _) => findings.warning(format!(
            "the user {user} may write here: {}. Nothing in this program would, but give it a user with SELECT alone: \
             see deploy/sql/grants.sql",
            writes.join(", ")
        )),
    }
    unreadable
}

async fn tables(
    connection: &mut AsyncMysqlConnection,
    unreadable: &[&str],
    findings: &mut Findings,
) -> Option<Catalogue> {
    match Catalogue::read(connection).await {
        Ok(catalogue) => {
            findings.ok("orders and order_items have the columns, types and keys that are needed");
            Some(catalogue)
        }
        Err(CatalogueError::Unexpected(differences)) => {
            // The catalogue hides what the user may not read, and that has been told already.
            for difference in differences.iter().filter(|difference| !unreadable.contains(&difference.table))
            {
                findings.problem(Failure::Data(format!(
                    "{difference}. Check ORDER_DATABASE__DATABASE, or ask whoever keeps the ordering platform"
                )));
            }
            None
        }
        Err(CatalogueError::Database(error)) => {
            findings.problem(Failure::of_statement("order_db", &error));
            None
        }
    }
}

fn index(catalogue: &Catalogue, findings: &mut Findings) {
    match (&catalogue.created_at_index, catalogue.ids_in_order) {
        (Some(index), _) => findings.ok(format!(
            "the index {index} leads with created_at: the nightly run reads just its days by it"
        )),
        (None, true) => findings.ok(
            "no index leads with created_at: the nightly run goes by order ids, from the first of its days on, and \
             still does not read the whole table",
        ),
        (None, false) => findings.warning(
            "no index leads with created_at, and this engine does not give out ids in order, so every run reads the \
             whole table. Ask for one: CREATE INDEX created_at ON orders (created_at)",
        ),
    }
}

async fn newest_order(
    connection: &mut AsyncMysqlConnection,
    catalogue: &Catalogue,
    reading: Reading,
    findings: &mut Findings,
) {
    match newest(connection).await {
        Ok(None) => findings.warning("there are no orders yet: a run would publish nothing"),
        Ok(Some(order)) => {
            let newest = Newest {
                id: order.id,
                created_at: order.created_at.0,
                is_timestamp: catalogue.created_at_is_utc,
            };
            newest.judge(reading, findings);
        }
        Err(error) => findings.problem(Failure::of_statement("order_db", &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(created_at_index: Option<&str>, ids_in_order: bool) -> Catalogue {
        Catalogue {
            created_at_is_utc: false,
            created_at_index: created_at_index.map(ToOwned::to_owned),
            order_id_index: "order_id".to_owned(),
            quantities_are_small: true,
            lines_lie_by_id: true,
            without_snapshots: Vec::new(),
            ids_in_order,
        }
    }

    #[test]
    fn an_index_is_asked_for_only_where_ids_come_in_no_order() {
        let said = |catalogue: Catalogue| {
            let mut findings = Findings::about("order_db");
            index(&catalogue, &mut findings);
            findings.lines().collect::<String>()
        };
        assert!(said(catalogue(Some("by_time"), false)).starts_with("ok       order_db: the index by_time"));
        assert!(said(catalogue(None, true)).starts_with("ok "));
        let asked = said(catalogue(None, false));
        assert!(asked.starts_with("warning ") && asked.contains("CREATE INDEX"), "{asked}");
    }
}
