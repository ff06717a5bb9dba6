-- A made-up restaurant in the ordering platform's tables: 120 days up to now, some 60 orders a day, busier at weekends.
-- For a look at the programs; where there is a table of orders already it fails before it writes anything.

USE order_db;

CREATE TABLE orders (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    created_at DATETIME(6) NOT NULL,
    status ENUM('CREATED', 'CONFIRMED', 'PREPARING', 'READY', 'SERVED') NOT NULL,
    table_id BIGINT NOT NULL,
    total_amount DECIMAL(10, 2) NULL,
    user_id BIGINT NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE order_items (
    id BIGINT PRIMARY KEY AUTO_INCREMENT,
    item_id BIGINT NOT NULL,
    item_name VARCHAR(255) NOT NULL,
    quantity INT NOT NULL,
    unit_price DECIMAL(10, 2) NOT NULL,
    order_id BIGINT NOT NULL,
    KEY (order_id),
    FOREIGN KEY (order_id) REFERENCES orders (id)
) CHARACTER SET utf8mb4;

SET SESSION cte_max_recursion_depth = 20000;

-- An order every 12 minutes from 11:00 to 23:00 in the server's zone; one of four is left out from Monday to Thursday.
INSERT INTO orders (created_at, status, table_id, total_amount, user_id)
WITH RECURSIVE slots (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM slots WHERE n < 120 * 60 - 1),
times (n, at) AS (
    SELECT n, CURRENT_DATE - INTERVAL 119 DAY + INTERVAL n DIV 60 DAY + INTERVAL 660 + 12 * (n MOD 60) MINUTE
    FROM slots
)
SELECT at, IF(n MOD 41 = 0, 'READY', 'SERVED'), 1 + n MOD 20, 0, 1 + n MOD 300
FROM times
WHERE at < NOW() AND (WEEKDAY(at) >= 4 OR n MOD 4 <> 0)
ORDER BY at;

-- One to three kinds of dishes an order.
INSERT INTO order_items (item_id, item_name, quantity, unit_price, order_id)
SELECT dish, ELT(dish, 'Soup', 'Steak frites', 'Pizza', 'Salad', 'Tart', 'Espresso', 'House wine'), 1 + id MOD 2,
    ELT(dish, 7.50, 24.00, 14.50, 11.00, 8.00, 2.80, 6.50), id
FROM (
    SELECT id, 1 + (id * 5 + line * 3 + id DIV 7) MOD 7 AS dish
    FROM orders CROSS JOIN (SELECT 0 AS line UNION ALL SELECT 1 UNION ALL SELECT 2) AS line
    WHERE line <= id MOD 3
) AS chosen
ORDER BY id, dish;

UPDATE orders
SET total_amount = (SELECT SUM(quantity * unit_price) FROM order_items WHERE order_items.order_id = orders.id);
