#!/bin/bash
# `make dist`: dist/restaurant-analytics-VERSION-x86_64-linux.tar.gz and its digest, from the programs of `make static`.
# Of one commit it is the same file each time: nothing in it tells when, where or by whom it was made.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 022
export LC_ALL=C

target=x86_64-unknown-linux-musl
programs=${CARGO_TARGET_DIR:-target}/$target/release
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
commit=${SOURCE_COMMIT:-$(git rev-parse HEAD)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

fail() {
    echo "$1" >&2
    exit 65
}

[ -n "${SOURCE_COMMIT:-}" ] || [ -z "$(git status --porcelain --untracked-files=no)" ] ||
    fail "a release is made of a commit, and files have changed since: commit them, or put them back"
for program in analytics-api analytics-batch; do
    said=$("$programs/$program" --version)
    [ "$said" = "$program $version (${commit:0:12})" ] || fail "built of something else: $said. Run make static again"
    if readelf --wide --program-headers --dynamic "$programs/$program" | grep -E 'INTERP|NEEDED'; then
        fail "$program is not static: it asks for the above"
    fi
done

name=restaurant-analytics-$version-x86_64-linux
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What git tracks: a folder that somebody works in holds more, and an archive of the sources does not.
sources=.
if [ -e .git ]; then
    sources=$work/sources
    mkdir "$sources"
    git archive HEAD | tar --extract --directory "$sources"
fi
release=$work/$name
install -D --mode 755 --target-directory "$release/bin" "$programs/analytics-api" "$programs/analytics-batch"
cargo run --quiet --locked --package dist -- --target "$target" "$release"
install -D --mode 644 --target-directory "$release/lib/systemd/system" \
    "$sources"/deploy/systemd/*.service "$sources"/deploy/systemd/*.timer
install -D --mode 644 --target-directory "$release/cron.d" "$sources"/deploy/cron.d/*
install -D --mode 644 --target-directory "$release/sql" "$sources/deploy/sql/grants.sql"
install -D --mode 644 --target-directory "$release/prometheus" "$sources/deploy/prometheus/rules.yaml"
cp -R "$sources/docs" "$release/docs"
(cd "$sources" && install --mode 644 --target-directory "$release" .env.example CHANGELOG.md LICENSE-APACHE LICENSE-MIT \
    README.md SECURITY.md)
(cd "$release" && find . -type f ! -name SHA256SUMS -printf '%P\0' | sort --zero-terminated |
    xargs --null sha256sum > "$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)

mkdir -p dist
tar --create --directory "$work" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
    --numeric-owner --mode=go=rX,u+rw "$name" | gzip --no-name --best > "dist/$name.tar.gz"
(cd dist && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
