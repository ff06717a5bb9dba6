CREATE TABLE IF NOT EXISTS forecast_history (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    forecast_type  VARCHAR(50) NOT NULL,
    forecast_value DECIMAL(10,2) NULL,
    forecast_date  DATE NOT NULL,
    generated_at   TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
