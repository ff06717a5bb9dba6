-- How near each forecast came, as it was issued. hourly_orders is one row for the 24 hours of a day: its errors and its
-- interval counts are those of the hours, added up. No interval is judged of a day or hour that was forecast as closed.
CREATE TABLE IF NOT EXISTS forecast_accuracy (
    date           DATE NOT NULL,
    forecast_type  VARCHAR(50) NOT NULL,
    horizon        INT NOT NULL,
    origin         DATE NOT NULL,
    model          VARCHAR(64) NULL,
    actual         DECIMAL(18,2) NOT NULL,
    forecast       DECIMAL(18,2) NOT NULL,
    lower_80       DECIMAL(18,2) NULL,
    upper_80       DECIMAL(18,2) NULL,
    lower_95       DECIMAL(18,2) NULL,
    upper_95       DECIMAL(18,2) NULL,
    naive          DECIMAL(18,2) NULL,
    absolute_error DECIMAL(20,2) NOT NULL,
    naive_error    DECIMAL(20,2) NULL,
    intervals      INT NOT NULL,
    inside_80      INT NOT NULL,
    inside_95      INT NOT NULL,
    PRIMARY KEY (date, forecast_type, horizon)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
