-- All or nothing: until this is committed readers find the table empty, and add up item_sales. Carried out again it
-- changes nothing.
INSERT INTO item_sales_rollups (unit, first_day, item_id, days, last_day, quantity, sales)
    SELECT 'month', DATE_SUB(date, INTERVAL DAYOFMONTH(date) - 1 DAY), item_id,
           COUNT(*), MAX(date), SUM(quantity), SUM(sales)
    FROM item_sales
    GROUP BY DATE_SUB(date, INTERVAL DAYOFMONTH(date) - 1 DAY), item_id
    UNION ALL
    SELECT 'year', DATE_SUB(date, INTERVAL DAYOFYEAR(date) - 1 DAY), item_id,
           COUNT(*), MAX(date), SUM(quantity), SUM(sales)
    FROM item_sales
    GROUP BY DATE_SUB(date, INTERVAL DAYOFYEAR(date) - 1 DAY), item_id
ON DUPLICATE KEY UPDATE days = VALUES(days), last_day = VALUES(last_day), quantity = VALUES(quantity),
    sales = VALUES(sales);
