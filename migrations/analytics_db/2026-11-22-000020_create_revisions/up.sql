-- What a published or adopted day said before and after a transaction changed it: a row a day and generation. Without
-- figures after it, the day was withdrawn. item_sales_from is unknown of a day adopted from the old service.
CREATE TABLE IF NOT EXISTS revisions (
    generation      BIGINT NOT NULL,
    date            DATE NOT NULL,
    run_id          BIGINT NOT NULL,
    revised_at      DATETIME(6) NOT NULL,
    cause           VARCHAR(16) NOT NULL,
    revenue_from    DECIMAL(18,2) NOT NULL,
    revenue_to      DECIMAL(18,2) NULL,
    orders_from     INT NOT NULL,
    orders_to       INT NULL,
    item_sales_from DECIMAL(20,2) NULL,
    item_sales_to   DECIMAL(20,2) NULL,
    hours_changed   INT NOT NULL,
    items_changed   INT NOT NULL,
    PRIMARY KEY (generation, date),
    KEY date_generation (date, generation)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
