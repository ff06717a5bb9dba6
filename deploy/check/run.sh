#!/bin/bash
# `make check-deploy`: everything in deploy/ is held against the tools of those who will read it. A tool that is to be
# had nowhere is told as `SKIPPED tool: reason` at the end; whatever is found wrong fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .sandbox/deploy
# shellcheck source=deploy/check/tools.sh
source deploy/check/tools.sh
export PATH=$tools/python/bin:$tools/prometheus/usr/bin:$tools/docker-compose/usr/libexec/docker/cli-plugins:$PATH
export PYTHONPATH=$tools/python

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check WHAT COMMAND…: runs it, and shows what it says only if it fails.
check() {
    local what=$1
    shift
    if "$@" > "$work/said" 2>&1; then
        echo "ok      $what"
    else
        echo "FAILED  $what"
        sed 's/^/        /' "$work/said"
        failed=1
    fi
}

# The oldest and the newest that the schemas at hand are of and that know every field of ours.
kubernetes=(1.32.0 1.37.0)

manifests() {
    local overlay name version
    need kubectl || return 0
    for overlay in deploy/k8s/overlays/*/; do
        name=$(basename "$overlay")
        check "overlay $name is rendered" kubectl kustomize "$overlay" --output "$work/$name.yaml"
        [ -e "$work/$name.yaml" ] || continue
        check "overlay $name keeps our rules" python3 deploy/check/rendered.py "$work/$name.yaml"
    done
    need kubernetes-validate || return 0
    for version in "${kubernetes[@]}"; do
        check "secrets, Kubernetes $version" kubernetes-validate --strict -k "$version" deploy/k8s/secrets.example.yaml
        for overlay in "$work"/*.yaml; do
            [ -e "$overlay" ] || continue
            # The operator's own kinds are in no schema of Kubernetes'.
            check "overlay $(basename "$overlay" .yaml), Kubernetes $version" \
                python3 deploy/check/validate.py "$version" "$overlay"
        done
    done
}

compose() {
    need docker-compose || return 0
    # As docs/deployment.md has it, with the example for .env.
    check "compose.yaml with every profile" \
        docker-compose --env-file .env.example --file deploy/compose.yaml --profile '*' config --quiet
}

dockerfile() {
    need hadolint || return 0
    check "Dockerfile" hadolint deploy/Dockerfile
}

shell() {
    need shellcheck || return 0
    check "shell scripts" shellcheck --external-sources deploy/{check,compose,release}/*.sh docs/*.sh .ci/run
}

workflows() {
    ! need check-jsonschema ||
        check "workflows are as GitHub reads them" \
            check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
    ! need zizmor || check "workflows give nobody more than he needs" zizmor --offline --no-progress --persona pedantic .github
}

rules() {
    check "the operator's copy of the alerts is up to date" \
        diff --unified deploy/k8s/monitoring/rules.yaml <(deploy/check/operator-rules.sh)
    check "every alert has its section in docs/operations.md, and a test in which it fires" runbook
    check "every metric in an alert is one that the API tells" metrics
    need promtool || return 0
    check "alerts" promtool check rules deploy/prometheus/rules.yaml
    check "tests of the alerts" promtool test rules deploy/prometheus/rules_test.yaml
}

# shellcheck disable=SC2329 # `check` calls it.
runbook() {
    sed -n 's/^ *- alert: //p' deploy/prometheus/rules.yaml | while read -r alert; do
        grep -qx "### $alert" docs/operations.md || echo "there is no section $alert"
        grep -qx " *runbook: docs/operations.md#${alert,,}" deploy/prometheus/rules.yaml || echo "no link to #${alert,,}"
        grep -x -A 1 " *alertname: $alert" deploy/prometheus/rules_test.yaml | grep -qx ' *exp_alerts:' ||
            echo "in no test $alert fires"
    done | none
}

# shellcheck disable=SC2329 # `check` calls it.
metrics() {
    # The database's name stands in texts.
    grep -v '^ *#' deploy/prometheus/rules.yaml | grep -oE '\banalytics_[a-z_]+' | grep -vx analytics_db | sort -u |
        while read -r metric; do
            grep -rqF "\"$metric\"" bin/analytics-api/src/metrics || echo "$metric"
        done | none
}

# Shows what it reads, and fails if that is anything.
# shellcheck disable=SC2329 # Those above and below call it.
none() { ! grep .; }

units() {
    need systemd-analyze || return 0
    local root=$work/root unit program
    mkdir "$work/release"
    for program in analytics-api analytics-batch; do
        printf '#!/bin/sh\n' > "$work/release/$program"
    done
    check "make install" make --no-print-directory install DESTDIR="$root" RELEASE="$work/release"
    for unit in "$root"/usr/local/lib/systemd/system/*; do
        check "$(basename "$unit")" clean systemd-analyze --root="$root" --man=no --recursive-errors=no \
            verify "$(basename "$unit")"
    done
    # Of 100: network and a file of settings are needed, and all else is shut.
    for unit in "$root"/usr/local/lib/systemd/system/*.service; do
        check "$(basename "$unit") is hardened" \
            systemd-analyze security --root="$root" --offline=yes --threshold=15 "$(basename "$unit")"
    done
    check "the timer's time" systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' deploy/systemd/*.timer)"
}

# Runs a command that warns and succeeds: here a warning is a failure.
# shellcheck disable=SC2329 # `check` calls it.
clean() {
    local said
    said=$("$@" 2>&1) && [ -z "$said" ] || { echo "$said"; return 1; }
}

# shellcheck disable=SC2329 # `check` calls it.
settings() {
    grep -rhoE '\b[A-Z]+(_[A-Z]+)*__[A-Z_]+' deploy/{k8s,systemd,cron.d,compose.yaml} docs/deployment.md | sort -u |
        while read -r setting; do
            grep -qE "^#?$setting=" .env.example || echo "$setting"
        done | none
}

check "every setting in deploy/ is one that .env.example has" settings
dockerfile
compose
manifests
rules
units
shell
workflows

if [ "${#skipped[@]}" -gt 0 ]; then
    printf '%s\n' "${skipped[@]}" | sort -u
fi
exit "$failed"
