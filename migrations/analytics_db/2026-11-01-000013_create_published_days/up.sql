-- A day is published when it stands here, with the calendar it was computed by.
CREATE TABLE IF NOT EXISTS published_days (
    date            DATE NOT NULL PRIMARY KEY,
    run_id          BIGINT NOT NULL,
    published_at    DATETIME(6) NOT NULL,
    timezone        VARCHAR(64) NOT NULL,
    day_start       TIME NOT NULL,
    orders_timezone VARCHAR(64) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
