-- DECIMAL(10,2) ends at 99,999,999.99, which a busy day in a currency without minor units passes.
ALTER TABLE daily_revenue_cache
    MODIFY COLUMN total_revenue DECIMAL(18,2) NULL,
    MODIFY COLUMN average_order_value DECIMAL(18,2) NULL;
