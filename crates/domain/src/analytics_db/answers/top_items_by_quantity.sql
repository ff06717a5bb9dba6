-- An item sums under its id; its name is that of its latest day in the range, read by primary key.
SELECT total.item_id, latest.item_name, total.total_quantity, total.total_sales
FROM (
    SELECT item_id,
           CAST(SUM(quantity) AS SIGNED) AS total_quantity,
           SUM(sales) AS total_sales,
           MAX(date) AS latest_date
    FROM item_sales
    WHERE date BETWEEN ? AND ?
    GROUP BY item_id
    ORDER BY total_quantity DESC, item_id
    LIMIT ?
) AS total
JOIN item_sales AS latest ON latest.date = total.latest_date AND latest.item_id = total.item_id
ORDER BY total.total_quantity DESC, total.item_id
