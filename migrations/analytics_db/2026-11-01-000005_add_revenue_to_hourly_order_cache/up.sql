ALTER TABLE hourly_order_cache ADD COLUMN revenue DECIMAL(18,2) NULL;
