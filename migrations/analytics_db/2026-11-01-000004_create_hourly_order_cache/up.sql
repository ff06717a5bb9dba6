CREATE TABLE IF NOT EXISTS hourly_order_cache (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    date        DATE NOT NULL,
    hour        INT NOT NULL,
    order_count INT NULL,
    UNIQUE KEY unique_date_hour (date, hour)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
