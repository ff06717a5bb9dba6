-- Where each business day's orders lie in the source: ranges of ids of orders of any status, among all ids that a run
-- has read. Most days have one range; an order entered long before or after its day has one of its own. It is what
-- spares a nightly run the scan of the whole table.
CREATE TABLE IF NOT EXISTS source_days (
    date             DATE NOT NULL,
    lowest_order_id  BIGINT NOT NULL,
    highest_order_id BIGINT NOT NULL,
    has_served       BOOLEAN NOT NULL,
    PRIMARY KEY (date, lowest_order_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
