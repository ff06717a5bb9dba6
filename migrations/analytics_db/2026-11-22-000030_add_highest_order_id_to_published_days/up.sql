-- The highest id of the orders that a day counts: with their number and their sum it tells whether the source still
-- holds the same. NULL for a day without orders, and for one last changed before this column.
ALTER TABLE published_days ADD COLUMN highest_order_id BIGINT NULL;
