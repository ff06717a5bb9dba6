-- The three users of restaurant analytics and all that each may do. Run it as an administrator, once, after putting
-- your own passwords, hosts and database names in. Running it again changes nothing.
--
--   mysql -u root -p < grants.sql
--
-- On MySQL the users get caching_sha2_password, the server's default. Narrow '%' to the addresses that the programs
-- connect from where you can. If order_db and analytics_db are on different servers, run each part on its own.

-- order_db, the ordering platform's database: read, and nothing else. analytics-batch checks this and warns if its
-- user may write there.
CREATE USER IF NOT EXISTS 'order_reader'@'%' IDENTIFIED BY 'choose-a-password-for-order_reader';
GRANT SELECT ON `order_db`.* TO 'order_reader'@'%';

-- analytics_db: analytics-batch makes its tables (CREATE, ALTER, INDEX: the migrations) and writes their rows. It
-- drops nothing.
CREATE DATABASE IF NOT EXISTS `analytics_db` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS 'analytics_batch'@'%' IDENTIFIED BY 'choose-a-password-for-analytics_batch';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON `analytics_db`.* TO 'analytics_batch'@'%';

-- analytics_db again: analytics-api reads what is published. It has no access to order_db.
CREATE USER IF NOT EXISTS 'analytics_api'@'%' IDENTIFIED BY 'choose-a-password-for-analytics_api';
GRANT SELECT ON `analytics_db`.* TO 'analytics_api'@'%';
