#!/bin/sh
# Stands in for analytics-api: says that it listens and waits, or refuses a port that is none and ends.
echo "port $SERVER__PORT" >&2
case $SERVER__PORT in
*[!0-9]*)
    echo "SERVER__PORT is no port" >&2
    exit 78
    ;;
esac
echo "INFO listening on http://127.0.0.1:4711" >&2
exec sleep 60
