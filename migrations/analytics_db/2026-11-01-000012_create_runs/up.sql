-- The ledger of runs. first_day to last_day is what the run set out to publish.
CREATE TABLE IF NOT EXISTS runs (
    id               BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind             VARCHAR(16) NOT NULL,
    version          VARCHAR(32) NOT NULL,
    holder           VARCHAR(64) NOT NULL,
    started_at       DATETIME(6) NOT NULL,
    finished_at      DATETIME(6) NULL,
    outcome          VARCHAR(16) NOT NULL,
    first_day        DATE NULL,
    last_day         DATE NULL,
    days_planned     INT NOT NULL DEFAULT 0,
    days_changed     INT NOT NULL DEFAULT 0,
    orders_read      BIGINT NOT NULL DEFAULT 0,
    lines_read       BIGINT NOT NULL DEFAULT 0,
    rows_changed     BIGINT NOT NULL DEFAULT 0,
    duration_ms      BIGINT NULL,
    highest_order_id BIGINT NULL,
    generation       BIGINT NULL,
    forecast         VARCHAR(255) NULL,
    error            VARCHAR(2000) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
