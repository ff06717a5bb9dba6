#!/bin/sh
# Draws a password for each database user of deploy/compose.yaml, into files that git does not see. One that is there
# stays as it is.
set -eu
cd "$(dirname "$0")"

# Only this user may enter the folder. In it the files are readable, since the containers' users are others.
mkdir -p -m 700 secrets
for name in mysql-root order-reader analytics-batch analytics-api; do
    if [ -e "secrets/$name" ]; then
        echo "kept  deploy/compose/secrets/$name"
        continue
    fi
    password=$(openssl rand -hex 24)
    (umask 022 && printf '%s\n' "$password" > "secrets/$name")
    echo "drawn deploy/compose/secrets/$name"
done
