"""Holds every object of a rendered overlay against a Kubernetes version's schemas: validate.py VERSION FILE."""

import sys

import kubernetes_validate
import yaml

# The kinds of the Prometheus operator, which Kubernetes has no schema of.
OPERATOR = "monitoring.coreos.com/v1"

version, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    objects = [found for found in yaml.safe_load_all(file) if found["apiVersion"] != OPERATOR]
if not objects:
    sys.exit(f"{path} holds no object")
wrong = False
for found in objects:
    try:
        kubernetes_validate.validate(found, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        print(f"{found['kind']} {found['metadata']['name']}: {error.message} at {list(error.path)}")
        wrong = True
sys.exit(wrong)
