-- item_name is that of the day's highest line id; sales is quantity times unit price, summed.
CREATE TABLE IF NOT EXISTS item_sales (
    date      DATE NOT NULL,
    item_id   BIGINT NOT NULL,
    item_name VARCHAR(255) NOT NULL,
    quantity  BIGINT NOT NULL,
    sales     DECIMAL(18,2) NOT NULL,
    PRIMARY KEY (date, item_id),
    KEY item_date (item_id, date)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
