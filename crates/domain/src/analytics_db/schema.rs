//! The tables of analytics_db as the migrations leave them. A test compares this file with a migrated database.

#![expect(missing_docs, reason = "the macro makes an item of each column; the tables are documented")]

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    /// Who may publish, how often anything published has changed, and what the figures mean. One row.
    publication (name) {
        name -> Varchar,
        holder -> Nullable<Varchar>,
        fence -> BigInt,
        expires_at -> Nullable<Datetime>,
        generation -> BigInt,
        published_at -> Nullable<Datetime>,
        timezone -> Nullable<Varchar>,
        day_start -> Nullable<Time>,
        currency -> Nullable<Char>,
        forecast_origin -> Nullable<Date>,
        forecast_stage -> Nullable<Varchar>,
        forecast_reason -> Nullable<Varchar>,
    }
}

table! {
    /// One row a business day; also those adopted from the old service, which `published_days` does not list.
    daily_revenue_cache (id) {
        id -> BigInt,
        date -> Date,
        total_revenue -> Nullable<Decimal>,
        order_count -> Nullable<Integer>,
        average_order_value -> Nullable<Decimal>,
        created_at -> Nullable<Timestamp>,
    }
}

table! {
    /// 24 rows a published business day.
    hourly_order_cache (id) {
        id -> BigInt,
        date -> Date,
        hour -> Integer,
        order_count -> Nullable<Integer>,
        revenue -> Nullable<Decimal>,
    }
}

table! {
    /// Forecasts as issued. Rows without an origin are the old service's.
    forecast_history (id) {
        id -> BigInt,
        forecast_type -> Varchar,
        forecast_value -> Nullable<Decimal>,
        forecast_date -> Date,
        generated_at -> Nullable<Timestamp>,
        origin -> Nullable<Date>,
        horizon -> Nullable<Integer>,
        model -> Nullable<Varchar>,
        lower_80 -> Nullable<Decimal>,
        upper_80 -> Nullable<Decimal>,
        lower_95 -> Nullable<Decimal>,
        upper_95 -> Nullable<Decimal>,
    }
}

table! {
    /// How near forecasts came, as issued: a row a published business day, figure and horizon.
    forecast_accuracy (date, forecast_type, horizon) {
        date -> Date,
        forecast_type -> Varchar,
        horizon -> Integer,
        origin -> Date,
        model -> Nullable<Varchar>,
        actual -> Decimal,
        forecast -> Decimal,
        lower_80 -> Nullable<Decimal>,
        upper_80 -> Nullable<Decimal>,
        lower_95 -> Nullable<Decimal>,
        upper_95 -> Nullable<Decimal>,
        naive -> Nullable<Decimal>,
        absolute_error -> Decimal,
        naive_error -> Nullable<Decimal>,
        intervals -> Integer,
        inside_80 -> Integer,
        inside_95 -> Integer,
    }
}

table! {
    /// What each item sold on each published business day.
    item_sales (date, item_id) {
        date -> Date,
        item_id -> BigInt,
        item_name -> Varchar,
        quantity -> BigInt,
        sales -> Decimal,
    }
}

table! {
    /// Item sales by month and by year, as `item_sales` adds up.
    item_sales_rollups (unit, first_day, item_id) {
        unit -> Varchar,
        first_day -> Date,
        item_id -> BigInt,
        days -> BigInt,
        last_day -> Date,
        quantity -> BigInt,
        sales -> Decimal,
    }
}

table! {
    /// The ledger of runs.
    runs (id) {
        id -> BigInt,
        kind -> Varchar,
        version -> Varchar,
        holder -> Varchar,
        started_at -> Datetime,
        finished_at -> Nullable<Datetime>,
        outcome -> Varchar,
        first_day -> Nullable<Date>,
        last_day -> Nullable<Date>,
        days_planned -> Integer,
        days_changed -> Integer,
        orders_read -> BigInt,
        lines_read -> BigInt,
        rows_changed -> BigInt,
        duration_ms -> Nullable<BigInt>,
        highest_order_id -> Nullable<BigInt>,
        generation -> Nullable<BigInt>,
        forecast -> Nullable<Varchar>,
        error -> Nullable<Varchar>,
        failure -> Nullable<Varchar>,
        forecast_stage -> Nullable<Varchar>,
    }
}

table! {
    /// The ledger of published business days, each with the calendar it was computed by.
    published_days (date) {
        date -> Date,
        run_id -> BigInt,
        published_at -> Datetime,
        timezone -> Varchar,
        day_start -> Time,
        orders_timezone -> Varchar,
        scored -> Bool,
        judged -> Bool,
        highest_order_id -> Nullable<BigInt>,
    }
}

table! {
    /// What changed of a day that stood already: a row a day and generation.
    revisions (generation, date) {
        generation -> BigInt,
        date -> Date,
        run_id -> BigInt,
        revised_at -> Datetime,
        cause -> Varchar,
        revenue_from -> Decimal,
        revenue_to -> Nullable<Decimal>,
        orders_from -> Integer,
        orders_to -> Nullable<Integer>,
        item_sales_from -> Nullable<Decimal>,
        item_sales_to -> Nullable<Decimal>,
        hours_changed -> Integer,
        items_changed -> Integer,
    }
}

table! {
    /// Published figures that runs found far from their forecasts.
    suspicions (run_id, date, forecast_type) {
        run_id -> BigInt,
        date -> Date,
        forecast_type -> Varchar,
        reason -> Varchar,
        actual -> Decimal,
        forecast -> Decimal,
        lower_95 -> Decimal,
        upper_95 -> Decimal,
    }
}

table! {
    /// Where each business day's orders lie in the source: a row a range of ids.
    source_days (date, lowest_order_id) {
        date -> Date,
        lowest_order_id -> BigInt,
        highest_order_id -> BigInt,
        has_served -> Bool,
    }
}

table! {
    /// Days of which something is known beforehand.
    special_days (date, kind) {
        date -> Date,
        kind -> Varchar,
        name -> Varchar,
        effect -> Varchar,
    }
}

allow_tables_to_appear_in_same_query!(
    publication,
    daily_revenue_cache,
    hourly_order_cache,
    forecast_accuracy,
    item_sales,
    item_sales_rollups,
    published_days,
    revisions,
    runs,
);
