#!/bin/bash
# Images of a release, for the workflow: images.sh build|push REPOSITORY VERSION. `build` also holds the program in each
# image against the one in dist/, and fails unless they are the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../.."
task=$1 repository=${2,,} version=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

commit=$(git rev-parse HEAD)
for part in api batch; do
    image=$repository/$part:$version
    if [ "$task" = push ]; then
        docker push "$image"
        continue
    fi
    docker build --file deploy/Dockerfile --target "$part" --build-arg "SOURCE_COMMIT=$commit" --tag "$image" .
    container=$(docker create "$image")
    docker cp "$container:/analytics-$part" "$work/"
    docker rm "$container" > "$work/removed"
    tar --extract --gzip --to-stdout --file "dist/restaurant-analytics-$version-x86_64-linux.tar.gz" \
        "restaurant-analytics-$version-x86_64-linux/bin/analytics-$part" | cmp - "$work/analytics-$part"
done
