//! analytics_db: reachable, with the privileges that a run needs, and migrated or ready to be. Nothing is written.

use diesel::QueryResult;
use domain::analytics_db::catalogue::{self, Inventory};
use domain::analytics_db::days::PublishedDay;
use domain::analytics_db::migrations::Standing;
use runtime::database::{AsyncMysqlConnection, Session};
use runtime::settings::DatabaseSettings;

use super::findings::{Findings, counted};
use super::ledger::{self, Rules};
use super::privileges::Privileges;
use super::server;
use crate::failure::Failure;

/// What a run needs, for publishing and for migrating.
const NEEDED: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX"];

/// Looks at it, and gives the published days that a run may compute again, if they can be read.
pub(super) async fn check(
    settings: &DatabaseSettings,
    rules: Rules,
) -> (Findings, Option<Vec<PublishedDay>>) {
    let mut findings = Findings::about("analytics_db");
    let Some(mut connection) = server::open(settings, Session::ApiReader, &mut findings).await else {
        return (findings, None);
    };
    privileges(&mut connection, &mut findings).await;
    let days = tables(&mut connection, rules, &mut findings).await.unwrap_or_else(|error| {
        findings.problem(Failure::of_statement("analytics_db", &error));
        None
    });
    (findings, days)
}

async fn tables(
    connection: &mut AsyncMysqlConnection,
    rules: Rules,
    findings: &mut Findings,
) -> QueryResult<Option<Vec<PublishedDay>>> {
    let unfit = catalogue::without_transactions(connection).await?;
    if let Some(failure) = Failure::of_tables_without_transactions(&unfit) {
        findings.problem(failure);
    }
    let inventory = Inventory::read(connection).await?;
    // Tables of another version may lack columns, and only a run or `migrate` may change that.
    if schema(&inventory, findings) {
        ledger::check(connection, rules, findings).await.map(Some)
    } else {
        Ok(None)
    }
}

async fn privileges(connection: &mut AsyncMysqlConnection, findings: &mut Findings) {
    let privileges = match Privileges::read(connection).await {
        Ok(privileges) => privileges,
        Err(error) => {
            findings.warning(format!("what the user may do cannot be found out: {error}"));
            return;
        }
    };
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|privilege| !privileges.lacks(privilege, &catalogue::TABLES).is_empty())
        .collect();
    let Privileges { user, database, .. } = &privileges;
    if missing.is_empty() {
        findings.ok(format!("the user {user} has what a run needs: {}", NEEDED.join(", ")));
    } else {
        let missing = missing.join(", ");
        findings.problem(Failure::Permission(format!(
            "the user {user} lacks {missing}. Have an administrator run: GRANT {missing} ON {database}.* TO {user}"
        )));
    }
}

/// Tells how far the tables are migrated; gives whether this program can read them all.
fn schema(inventory: &Inventory, findings: &mut Findings) -> bool {
    let Standing { pending, unknown, .. } = &inventory.migrations;
    let pending_migrations = counted(pending.len(), "migration");
    let adopted = inventory.of_the_old_service();
    let missing = inventory.missing();
    let is_complete = inventory.was_migrated() && pending.is_empty() && missing.is_empty();
    match (inventory.was_migrated(), pending.first()) {
        (false, _) if adopted.is_empty() => {
            findings.ok(format!("no tables yet: the first run makes them, by {pending_migrations}"));
        }
        (false, _) => findings.ok(format!(
            "holds tables of the old service: {}. The first run adopts them with their rows, by {pending_migrations}",
            adopted.join(", ")
        )),
        (true, None) if is_complete => findings.ok("the tables are up to date"),
        (true, None) => findings.problem(Failure::Data(format!(
            "every migration was applied, and yet these tables are missing: {}. Restore them from a backup, or have \
             an administrator empty the database, so that the next run builds it anew",
            missing.join(", ")
        ))),
        (true, Some(first)) if inventory.migrations.has_gap() => findings.warning(format!(
            "{pending_migrations} missing, {first} the first of them, though later ones were applied, as after a part of \
             a backup was put back: the next run applies them first. See then that every table holds what it should"
        )),
        (true, Some(_)) => findings.ok(format!("{pending_migrations} pending, which the next run applies first")),
    }
    if let Some(version) = unknown.last() {
        findings.warning(format!(
            "migrated further than this program knows, to {version}: use the newer analytics-batch that did it"
        ));
    }
    if inventory.is_of_the_ordering_platform() {
        findings.problem(Failure::ordering_platforms_database());
    }
    is_complete
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    fn pending(count: usize) -> Standing {
        Standing { pending: (0..count).map(|nth| format!("2026{nth:02}")).collect(), ..Standing::default() }
    }

    fn newest(newest: &str, pending: &[&str], unknown: &[&str]) -> Standing {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Standing { newest: Some(newest.to_owned()), pending: owned(pending), unknown: owned(unknown) }
    }

    #[rstest]
    #[case(&[], pending(14), "ok       analytics_db: no tables yet: the first run makes them, by 14 migrations")]
    #[case(&["forecast_history"], pending(14), "ok       analytics_db: holds tables of the old service: forecast_history.")]
    #[case(&["__diesel_schema_migrations"], newest("01", &["02"], &[]), "ok       analytics_db: 1 migration pending")]
    #[case(&["__diesel_schema_migrations"], newest("03", &["02"], &[]), "warning  analytics_db: 1 migration missing, 02")]
    #[case(&["__diesel_schema_migrations"], pending(0), "problem  analytics_db: every migration was applied")]
    #[case(&["orders", "order_items"], pending(14), "problem  analytics_db: it holds orders and order_items")]
    #[case(
        &["__diesel_schema_migrations"], newest("2030", &[], &["2030"]),
        "warning  analytics_db: migrated further than this program knows, to 2030"
    )]
    fn how_far_it_is_migrated(#[case] tables: &[&str], #[case] migrations: Standing, #[case] said: &str) {
        let tables: BTreeSet<String> = tables.iter().map(ToString::to_string).collect();
        let mut findings = Findings::about("analytics_db");
        schema(&Inventory { tables, migrations }, &mut findings);
        let lines: Vec<String> = findings.lines().collect();
        assert!(lines.iter().any(|line| line.starts_with(said)), "{lines:#?}");
    }
}
