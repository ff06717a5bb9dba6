-- Where each business day's orders lie in the source: the lowest and the highest id of any status, among all ids
-- up to the highest that a finished run has read. It is what spares a nightly run the scan of the whole table.
CREATE TABLE IF NOT EXISTS source_days (
    date             DATE NOT NULL PRIMARY KEY,
    lowest_order_id  BIGINT NOT NULL,
    highest_order_id BIGINT NOT NULL,
    has_served       BOOLEAN NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
