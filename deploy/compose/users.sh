#!/bin/bash
# Run by MySQL's image when it makes its data folder: the databases and the three users of grants.sql, with the
# passwords of the secrets. Nothing is ever written to the log of it.
set -euo pipefail

grants=$(</grants.sql)
for user in order_reader analytics_batch analytics_api; do
    password=$(<"/run/secrets/${user/_/-}")
    if ! [[ $password =~ ^[0-9A-Za-z]+$ ]]; then
        echo "the secret ${user/_/-} must be letters and digits alone: deploy/compose/secrets.sh draws one" >&2
        exit 1
    fi
    grants=${grants//"choose-a-password-for-$user"/"$password"}
done
# shellcheck disable=SC2154 # The image's own script has read it from its file.
MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --protocol=socket --user=root <<SQL
CREATE DATABASE IF NOT EXISTS order_db CHARACTER SET utf8mb4;
$grants
SQL
