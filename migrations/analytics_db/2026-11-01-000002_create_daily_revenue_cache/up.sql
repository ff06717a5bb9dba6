-- The shape of the old service, so that a table of its making is adopted as it stands.
CREATE TABLE IF NOT EXISTS daily_revenue_cache (
    id                  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    date                DATE NOT NULL,
    total_revenue       DECIMAL(10,2) NULL,
    order_count         INT NULL,
    average_order_value DECIMAL(10,2) NULL,
    created_at          TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE KEY unique_date (date)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
