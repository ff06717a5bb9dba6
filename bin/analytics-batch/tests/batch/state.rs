//! What analytics_db holds, as text to compare.

use sandbox::databases::Database;

use crate::support::{Kitchen, rows};

/// All that a run leaves behind for readers and for the next run, without row ids, run ids and times.
const LASTING: [&str; 10] = [
    "SELECT generation, timezone, day_start, currency, forecast_origin, forecast_stage, forecast_reason
     FROM publication",
    "SELECT date, order_count, total_revenue, average_order_value FROM daily_revenue_cache ORDER BY date",
    "SELECT date, hour, order_count, revenue FROM hourly_order_cache ORDER BY date, hour",
    "SELECT * FROM item_sales ORDER BY date, item_id",
    "SELECT * FROM item_sales_rollups ORDER BY unit, first_day, item_id",
    "SELECT forecast_type, forecast_date, origin, horizon, model, forecast_value, lower_80, upper_80, lower_95, upper_95
     FROM forecast_history ORDER BY origin, forecast_type, forecast_date",
    "SELECT * FROM forecast_accuracy ORDER BY date, forecast_type, horizon",
    "SELECT date, timezone, day_start, orders_timezone, scored, highest_order_id, judged
     FROM published_days ORDER BY date",
    "SELECT * FROM source_days ORDER BY date",
    "SELECT * FROM special_days ORDER BY date, kind",
];

/// All that a run leaves behind, and the order id that the next one goes on from. Equal for equal orders, however the
/// runs went that read them.
pub(crate) async fn lasting(kitchen: &Kitchen) -> Vec<String> {
    let mut state = Vec::new();
    for query in LASTING {
        state.push(format!("--- {query}"));
        state.extend(kitchen.published(query).await);
    }
    state.extend(
        kitchen.published("SELECT MAX(highest_order_id) FROM runs WHERE outcome = 'succeeded'").await,
    );
    state
}

/// Every row of every table, and how the tables were made.
pub(crate) async fn everything(kitchen: &Kitchen) -> Vec<String> {
    let mut state = Vec::new();
    for table in tables(kitchen).await {
        // The second column; the counter at its end moves with failed inserts as well.
        let made = kitchen.published(&format!("SHOW CREATE TABLE {table}")).await;
        state.extend(made.into_iter().map(|made| {
            made.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT=")).collect::<Vec<_>>().join(" ")
        }));
        state.extend(kitchen.published(&format!("SELECT * FROM {table} ORDER BY 1, 2")).await);
    }
    state
}

/// The tables of analytics_db.
pub(crate) async fn tables(kitchen: &Kitchen) -> Vec<String> {
    let tables =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1";
    rows(&kitchen.restaurant, Database::Analytics, tables).await
}

/// The columns and keys of every table.
pub(crate) async fn catalogue(kitchen: &Kitchen) -> Vec<String> {
    let columns = "SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default
                   FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY 1, 2";
    let keys = "SELECT table_name, index_name, seq_in_index, column_name, non_unique
                FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 3";
    [kitchen.published(columns).await, kitchen.published(keys).await].concat()
}
