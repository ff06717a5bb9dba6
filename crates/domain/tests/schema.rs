//! `schema.rs` against the catalogue of a migrated database: it is written by hand, and Diesel believes it.

use std::collections::BTreeMap;

use diesel_async::{AsyncConnection as _, AsyncMysqlConnection};
use domain::analytics_db::{lease, migrations};
use sandbox::databases::Database;
use sandbox::server::Server;

/// The columns of each table in their order, each as `name -> Type`.
type Schema = BTreeMap<String, Vec<String>>;

/// What the file says.
fn written() -> Schema {
    let mut schema = Schema::new();
    let mut columns: Option<&mut Vec<String>> = None;
    for line in include_str!("../src/analytics_db/schema.rs").lines() {
        let line = line.trim();
        if let Some((table, _)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            columns = Some(schema.entry(table.to_owned()).or_default());
        } else if line.contains(" -> ")
            && let Some(columns) = columns.as_deref_mut()
        {
            columns.push(line.trim_end_matches(',').to_owned());
        }
    }
    schema
}

/// The type that Diesel has for a column of the catalogue; the catalogue's own where there is none yet.
fn diesel_type<'a>(data_type: &str, column_type: &'a str) -> &'a str {
    match data_type {
        "bigint" => "BigInt",
        "char" => "Char",
        "date" => "Date",
        "datetime" => "Datetime",
        "decimal" => "Decimal",
        "int" => "Integer",
        "time" => "Time",
        "timestamp" => "Timestamp",
        "tinyint" if column_type == "tinyint(1)" => "Bool",
        "varchar" => "Varchar",
        _ => column_type,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_that_of_a_migrated_database() {
    let restaurant = Server::shared().unwrap().restaurant("schema").await.unwrap();
    let settings: BTreeMap<String, String> = restaurant.env_for_batch().into_iter().collect();
    let setting = |name: &str| &settings[&format!("ANALYTICS_DATABASE__{name}")];
    let url = format!(
        "mysql://{}:{}@{}:{}/{}",
        setting("USERNAME"),
        setting("PASSWORD"),
        setting("HOST"),
        setting("PORT"),
        setting("DATABASE")
    );
    let mut connection = AsyncMysqlConnection::establish(&url).await.unwrap();
    lease::prepare(&mut connection).await.unwrap();
    assert!(!migrations::standing(&mut connection).await.unwrap().pending.is_empty());
    let (mut connection, applied) = migrations::run(connection).await.unwrap();
    let standing = migrations::standing(&mut connection).await.unwrap();
    assert_eq!((standing.pending, standing.unknown), (vec![], vec![]));
    assert!(applied.iter().any(|name| name.contains("create_item_sales")), "{applied:?}");

    let catalogue = restaurant
        .query(
            Database::Analytics,
            "SELECT table_name, column_name, data_type, column_type, is_nullable FROM information_schema.columns
             WHERE table_schema = DATABASE() AND table_name <> '__diesel_schema_migrations'
             ORDER BY table_name, ordinal_position",
        )
        .await
        .unwrap();
    let mut found = Schema::new();
    for row in catalogue {
        let [table, column, data_type, column_type, is_nullable] =
            row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().try_into().unwrap();
        let plain = diesel_type(&data_type, &column_type);
        let sql_type = if is_nullable == "YES" { format!("Nullable<{plain}>") } else { plain.to_owned() };
        found.entry(table).or_default().push(format!("{column} -> {sql_type}"));
    }
    assert_eq!(written(), found);
    let newest = restaurant
        .query(Database::Analytics, "SELECT MAX(version) FROM __diesel_schema_migrations")
        .await
        .unwrap();
    assert_eq!(newest, [[standing.newest]]);
}
