-- Item sales by month and by year, so that ten years are not added up day by day. first_day is that of the month or
-- year; days is the number of rows of item_sales that are in the sums, and at none the row goes; last_day is the newest
-- of their dates.
CREATE TABLE IF NOT EXISTS item_sales_rollups (
    unit      VARCHAR(8) NOT NULL,
    first_day DATE NOT NULL,
    item_id   BIGINT NOT NULL,
    days      BIGINT NOT NULL,
    last_day  DATE NOT NULL,
    quantity  BIGINT NOT NULL,
    sales     DECIMAL(20,2) NOT NULL,
    PRIMARY KEY (unit, first_day, item_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
