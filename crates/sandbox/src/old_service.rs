//! The analytics_db of the Python 2.0.0 service, for tests of the takeover.

/// The three tables as that service's models made them.
pub const SCHEMA: &str = include_str!("old_service.sql");

/// A few rows such as it left behind: a day with sales, a day without, and the forecasts of two nights, the later of
/// which repeats a day of the earlier and of itself.
pub const ROWS: &str = "
INSERT INTO daily_revenue_cache (date, total_revenue, order_count, average_order_value) VALUES
    ('2026-01-10', 1234.50, 61, 20.24), ('2026-01-11', 0.00, 0, 0.00), ('2026-01-12', 987.65, 50, 19.75);
INSERT INTO hourly_order_cache (date, hour, order_count) VALUES
    ('2026-01-10', 12, 25), ('2026-01-10', 19, 36), ('2026-01-12', 12, 20), ('2026-01-12', 20, 30);
INSERT INTO forecast_history (forecast_type, forecast_value, forecast_date, generated_at) VALUES
    ('daily_revenue', 1000.00, '2026-01-13', '2026-01-12 02:00:00'),
    ('daily_revenue', 1100.00, '2026-01-14', '2026-01-12 02:00:00'),
    ('daily_revenue', 1050.00, '2026-01-13', '2026-01-13 02:00:00'),
    ('daily_revenue', 1060.00, '2026-01-13', '2026-01-13 02:00:01'),
    ('hourly_12', 21.50, '2026-01-13', '2026-01-13 02:00:00'),
    ('hourly_12', 22.50, '2026-01-13', '2026-01-13 02:00:00');
";
