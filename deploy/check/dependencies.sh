#!/bin/bash
# `make check-deps`: whether what the programs are built of may be in them (deny.toml), and what is known to be
# wrong with it. What is to be had nowhere is told as `SKIPPED what: reason`.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .sandbox/deploy
# shellcheck source=deploy/check/tools.sh
source deploy/check/tools.sh
export PATH=$tools/cargo-deny/bin:$PATH

if need cargo-deny; then
    # What comes in two versions is a warning, and for people who ask.
    cargo-deny --locked --log-level error check licenses bans sources
    if timeout 60 cargo-deny --locked fetch db > "$tools/advisories.log" 2>&1; then
        cargo-deny --locked --log-level error check advisories
    else
        skip advisories "$(last_line "$tools/advisories.log" || echo 'the database did not come within a minute')"
    fi
fi
[ "${#skipped[@]}" -eq 0 ] || printf '%s\n' "${skipped[@]}"
