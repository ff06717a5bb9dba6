-- Published figures that are too far from what was forecast for them to be left without a word, as a run found them.
CREATE TABLE IF NOT EXISTS suspicions (
    run_id        BIGINT NOT NULL,
    date          DATE NOT NULL,
    forecast_type VARCHAR(50) NOT NULL,
    reason        VARCHAR(16) NOT NULL,
    actual        DECIMAL(18,2) NOT NULL,
    forecast      DECIMAL(18,2) NOT NULL,
    lower_95      DECIMAL(18,2) NOT NULL,
    upper_95      DECIMAL(18,2) NOT NULL,
    PRIMARY KEY (run_id, date, forecast_type)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
