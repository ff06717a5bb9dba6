#!/bin/bash
# Cargo, with what makes the programs static and their bytes the same in whichever folder they are built:
# deploy/release/cargo.sh build --release … . `make static` and deploy/Dockerfile build by it, and neither sets a flag
# of its own. The bytes are those of one version of Rust, of one C compiler, and of one commit.
#
# musl, which comes with the target: glibc, linked into a program, still loads what nsswitch.conf names from the machine
# that it runs on, and is under the LGPL.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd -P)
target=x86_64-unknown-linux-musl
home=${CARGO_HOME:-$HOME/.cargo}
built=${CARGO_TARGET_DIR:-$root/target}

[ -d "$(cd "$root" && rustc --print target-libdir --target "$target")" ] || (cd "$root" && rustup target add "$target")

# ring and aws-lc are C in part. What they are compiled against are musl's headers; its library is Rust's.
headers=/usr/include/x86_64-linux-musl
if [ ! -d "$headers" ]; then
    cd "$root"
    # shellcheck source=deploy/check/tools.sh
    source deploy/check/tools.sh
    debian bookworm musl-dev || {
        echo "musl's headers cannot be had: install musl-dev, or see $tools/musl-dev.log" >&2
        exit 69
    }
    headers=$tools/musl-dev$headers
    cd - > /dev/null
fi

# Of the prefixes that fit, Rust takes the last and C the first.
rust=() c=()
for pair in "$root=/src" "$built=/target" "$home=/cargo"; do
    rust+=("--remap-path-prefix=$pair")
    c=("-ffile-prefix-map=$pair" "${c[@]}")
done
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${rust[*]}")
CFLAGS_x86_64_unknown_linux_musl="-nostdinc -isystem $headers -isystem $(gcc -print-file-name=include) ${c[*]}"
export CARGO_ENCODED_RUSTFLAGS CFLAGS_x86_64_unknown_linux_musl
export CARGO_BUILD_TARGET=$target CC_x86_64_unknown_linux_musl=gcc
exec cargo "$@"
