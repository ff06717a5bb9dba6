-- One row: who may publish (the lease), how often anything published has changed (the generation), and what
-- the published figures mean (their calendar and currency). Made before the lease is taken, hence IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS publication (
    name            VARCHAR(32) NOT NULL PRIMARY KEY,
    holder          VARCHAR(64) NULL,
    fence           BIGINT NOT NULL DEFAULT 0,
    expires_at      DATETIME(6) NULL,
    generation      BIGINT NOT NULL DEFAULT 0,
    published_at    DATETIME(6) NULL,
    timezone        VARCHAR(64) NULL,
    day_start       TIME NULL,
    currency        CHAR(3) NULL,
    forecast_origin DATE NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
