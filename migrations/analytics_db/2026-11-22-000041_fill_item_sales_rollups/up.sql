-- All or nothing: until this is committed readers find the table empty, and add up item_sales. Carried out again it
-- changes nothing. Each first day is made in a SELECT of its own: OceanBase does not see that the same expression is what
-- is grouped by.
INSERT INTO item_sales_rollups (unit, first_day, item_id, days, last_day, quantity, sales)
    SELECT 'month', first_day, item_id, COUNT(*), MAX(date), SUM(quantity), SUM(sales)
    FROM (SELECT DATE_SUB(date, INTERVAL DAYOFMONTH(date) - 1 DAY) AS first_day, item_id, date, quantity, sales
          FROM item_sales) AS by_month
    GROUP BY first_day, item_id
    UNION ALL
    SELECT 'year', first_day, item_id, COUNT(*), MAX(date), SUM(quantity), SUM(sales)
    FROM (SELECT DATE_SUB(date, INTERVAL DAYOFYEAR(date) - 1 DAY) AS first_day, item_id, date, quantity, sales
          FROM item_sales) AS by_year
    GROUP BY first_day, item_id
ON DUPLICATE KEY UPDATE days = VALUES(days), last_day = VALUES(last_day), quantity = VALUES(quantity),
    sales = VALUES(sales);
