(
    -- What each item sold over a range of days: whole years and months from the rollups, the days at its ends one by
    -- one. Before the rollups are filled, which is done at once for all of them, every day is.
    SELECT part.item_id, SUM(part.quantity) AS quantity, SUM(part.sales) AS sales, MAX(part.last_day) AS last_day
    FROM (
        SELECT item_id, SUM(quantity) AS quantity, SUM(sales) AS sales, MAX(last_day) AS last_day
        FROM item_sales_rollups
        WHERE unit = 'year' AND first_day BETWEEN ? AND ?
        GROUP BY item_id
        UNION ALL
        SELECT item_id, SUM(quantity), SUM(sales), MAX(last_day)
        FROM item_sales_rollups
        WHERE unit = 'month' AND (first_day BETWEEN ? AND ? OR first_day BETWEEN ? AND ?)
        GROUP BY item_id
        UNION ALL
        SELECT item_id, SUM(quantity), SUM(sales), MAX(date)
        FROM item_sales
        WHERE date BETWEEN ? AND ? OR date BETWEEN ? AND ?
        GROUP BY item_id
        UNION ALL
        SELECT item_id, SUM(quantity), SUM(sales), MAX(date)
        FROM item_sales
        WHERE date BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM item_sales_rollups)
        GROUP BY item_id
    ) AS part
    GROUP BY part.item_id
)
