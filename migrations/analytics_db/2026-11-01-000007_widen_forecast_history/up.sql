ALTER TABLE forecast_history MODIFY COLUMN forecast_value DECIMAL(18,2) NULL;
