"""Holds a rendered overlay against rules of ours that no schema knows: rendered.py FILE."""

import sys

import yaml

# docs/operations.md: running it again changes nothing (2 is clap's word for usage); 69 and 75 may pass.
FINAL = {2, 64, 65, 70, 77, 78}


def pods(kind, spec):
    """The pattern of the pods that an object makes, if it makes any."""
    if kind == "Deployment":
        yield spec["template"]["spec"]
    if kind == "CronJob":
        yield spec["jobTemplate"]["spec"]["template"]["spec"]


def of_pod(pod):
    """What a pod does not keep."""
    if pod.get("enableServiceLinks") is not False:
        yield "enableServiceLinks is not false"
    if pod.get("automountServiceAccountToken") is not False:
        yield "it gets the service account's token"
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "it may run as root, or without seccomp"
    for container in pod["containers"]:
        name, security = container["name"], container.get("securityContext", {})
        if security.get("allowPrivilegeEscalation") is not False or security.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name} may gain privileges"
        if security.get("readOnlyRootFilesystem") is not True:
            yield f"{name} may write to its root file system"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield f"{name} has no limit of memory"
        for variable in container.get("env", []):
            if variable["name"].endswith(("PASSWORD", "SECRET", "TOKENS")):
                yield f"{name} has {variable['name']} in its environment and not in a file"


def of_night(spec, settings):
    """What the nightly CronJob does not keep."""
    hour = settings["ANALYTICS__DAY_START"].split(":")[0]
    if spec["timeZone"] != settings["ANALYTICS__TIMEZONE"] or spec["schedule"] != f"30 {hour} * * *":
        yield f"{spec['schedule']} {spec['timeZone']} is not half an hour after the day's end"
    rules = spec["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    final = {code for rule in rules if rule["action"] == "FailJob" for code in rule["onExitCodes"]["values"]}
    if final != FINAL:
        yield f"it is not tried again after {sorted(final)}, and should not be after {sorted(FINAL)}"
    if spec.get("concurrencyPolicy") != "Forbid" or spec.get("suspend"):
        yield "two nights may run at once, or none"


def for_api(setting):
    """Whether the API reads a setting too, of those that an overlay makes for both programs."""
    ours = {"ANALYTICS__FRESHNESS", "ANALYTICS__DAYPARTS"}
    return setting in ours or setting.startswith(("ANALYTICS_DATABASE__", "LOG__"))


def of_api(pod, settings):
    """What the API does not keep."""
    for container in pod["containers"]:
        given = {variable["name"] for variable in container["env"]}
        missed = sorted(setting for setting in settings if for_api(setting) and setting not in given)
        if missed:
            yield f"it does not get {missed}, which the batch does"
        known = [name for name in container if name == "envFrom"]
        known += [variable["name"] for variable in container["env"] if variable["name"].startswith("ORDER")]
        if known:
            yield f"it knows of order_db: {known}"


def main(path):
    with open(path, encoding="utf-8") as file:
        objects = list(yaml.safe_load_all(file))
    settings = next(found["data"] for found in objects if found["kind"] == "ConfigMap")
    wrong = []
    for found in objects:
        kind, name, spec = found["kind"], found["metadata"]["name"], found.get("spec", {})
        for pod in pods(kind, spec):
            wrong += [f"{kind} {name}: {what}" for what in of_pod(pod)]
            if kind == "Deployment":
                wrong += [f"{kind} {name}: {what}" for what in of_api(pod, settings)]
        if name == "analytics-nightly":
            wrong += [f"{kind} {name}: {what}" for what in of_night(spec, settings)]
    kinds = {found["kind"] for found in objects}
    wrong += [f"there is no {kind}" for kind in ("CronJob", "Deployment", "NetworkPolicy") if kind not in kinds]
    print("\n".join(wrong))
    return bool(wrong)


sys.exit(main(sys.argv[1]))
