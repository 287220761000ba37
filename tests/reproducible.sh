#!/usr/bin/env bash
# Builds one release binary twice, in two folders and from nothing, and compares: `tests/reproducible.sh register-user`.
# What is committed is built, with the release profile of Cargo.toml. Takes minutes, so it is no part of `.ci/run`.
set -euo pipefail
cd "$(dirname "$0")/.."

package=${1:?"which package? tests/reproducible.sh register-user"}
commit=$(git rev-parse HEAD) # once: another may come while the first is built
rooms=$(mktemp -d)
trap 'rm -rf "$rooms"' EXIT

build() { # folder: prints the binary's hash
  local room=$rooms/$1
  mkdir -p "$room/source"
  git archive "$commit" | tar -x -C "$room/source"
  # Paths of folders get into binaries by messages of panics: these say the same in both.
  local registry=${CARGO_HOME:-$HOME/.cargo}
  (
    cd "$room/source"
    CARGO_TARGET_DIR=$room/target CARGO_INCREMENTAL=0 \
      RUSTFLAGS="--remap-path-prefix=$room/source=/source --remap-path-prefix=$registry=/cargo" \
      cargo build --quiet --locked --release --package "$package" >&2
  )
  sha256sum "$room/target/release/$package" | cut -d ' ' -f 1
}

one=$(build one)
two=$(build another-folder)
printf '%s\n%s\n' "$one" "$two"
if [ "$one" != "$two" ]; then
  echo "the two builds of $package differ: compare them with diffoscope, and look for paths and times" >&2
  exit 1
fi
echo "both builds of $package are the same"
