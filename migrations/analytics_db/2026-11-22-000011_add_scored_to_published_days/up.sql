-- Whether forecast_accuracy says what the day's figures now make of its forecasts. Days of before this table are not
-- scored yet, and are by the next run.
ALTER TABLE published_days ADD COLUMN scored BOOLEAN NOT NULL DEFAULT FALSE;
