CREATE TABLE daily_revenue_cache (
    id BIGINT NOT NULL AUTO_INCREMENT,
    date DATE NOT NULL,
    total_revenue DECIMAL(10, 2),
    order_count INTEGER,
    average_order_value DECIMAL(10, 2),
    created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE (date)
);
CREATE INDEX ix_daily_revenue_cache_date ON daily_revenue_cache (date);
CREATE TABLE hourly_order_cache (
    id BIGINT NOT NULL AUTO_INCREMENT,
    date DATE NOT NULL,
    hour INTEGER NOT NULL,
    order_count INTEGER,
    PRIMARY KEY (id),
    CONSTRAINT unique_date_hour UNIQUE (date, hour)
);
CREATE TABLE forecast_history (
    id BIGINT NOT NULL AUTO_INCREMENT,
    forecast_type VARCHAR(50) NOT NULL,
    forecast_value DECIMAL(10, 2),
    forecast_date DATE NOT NULL,
    generated_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id)
);
