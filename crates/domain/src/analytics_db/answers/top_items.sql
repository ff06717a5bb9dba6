-- $ marks what is put in: item_totals.sql, and the column to sort by. An item's name is that of its latest day in the
-- range, read by primary key.
SELECT present.item_id,
       latest.item_name,
       CAST(present.quantity AS SIGNED) AS quantity,
       present.sales,
       present.all_sales,
       CAST(base.place AS SIGNED) AS base_place,
       CAST(base.quantity AS SIGNED) AS base_quantity,
       base.sales AS base_sales,
       base.all_sales AS base_all_sales
FROM (
    SELECT total.item_id, total.quantity, total.sales, total.last_day, SUM(total.sales) OVER () AS all_sales
    FROM $TOTALS AS total
    ORDER BY total.$KEY DESC, total.item_id
    LIMIT ?
) AS present
JOIN item_sales AS latest ON latest.date = present.last_day AND latest.item_id = present.item_id
LEFT JOIN (
    SELECT total.item_id, total.quantity, total.sales, SUM(total.sales) OVER () AS all_sales,
           ROW_NUMBER() OVER (ORDER BY total.$KEY DESC, total.item_id) AS place
    FROM $TOTALS AS total
) AS base ON base.item_id = present.item_id
ORDER BY present.$KEY DESC, present.item_id
