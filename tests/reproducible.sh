#!/usr/bin/env bash
# Builds release binaries twice, in two folders and from nothing, and compares: `tests/reproducible.sh` takes every
# function, `tests/reproducible.sh register-user` the ones that are named. What is committed is built, with the release
# profile of Cargo.toml. Takes half an hour on two cores, so it is no part of `.ci/run`.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
  cd functions
  set -- *
  cd ..
fi
commit=$(git rev-parse HEAD) # once: another may come while the first is built
rooms=$(mktemp -d)
trap 'rm -rf "$rooms"' EXIT

build() { # folder, packages: prints each binary's hash and name
  local room=$rooms/$1
  shift
  mkdir -p "$room/source"
  git archive "$commit" | tar -x -C "$room/source"
  # Paths of folders get into binaries by messages of panics: these say the same in both.
  local registry=${CARGO_HOME:-$HOME/.cargo}
  (
    cd "$room/source"
    CARGO_TARGET_DIR=$room/target CARGO_INCREMENTAL=0 \
      RUSTFLAGS="--remap-path-prefix=$room/source=/source --remap-path-prefix=$registry=/cargo" \
      cargo build --locked --release "${@/#/--package=}" >&2
  )
  (cd "$room/target/release" && sha256sum "$@")
}

build one "$@" >"$rooms/one.txt"
build another-folder "$@" >"$rooms/two.txt"
cat "$rooms/one.txt"
if ! diff "$rooms/one.txt" "$rooms/two.txt" >&2; then
  echo "these differ: compare the two builds with diffoscope, and look for paths and times" >&2
  exit 1
fi
echo "both builds of $# binaries are the same"
