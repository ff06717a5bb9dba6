#!/bin/sh
# Writes deploy/k8s/monitoring/rules.yaml on standard output: the alerts as the Prometheus operator takes them.
set -eu
cd "$(dirname "$0")/.."

cat << 'HEADER'
# Written by `make alert-rules` from deploy/prometheus/rules.yaml, whose tests are beside it.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: analytics
spec:
HEADER
sed -e '1,/^groups:/{/^groups:/!d;}' -e 's/^\(.\)/  \1/' prometheus/rules.yaml
