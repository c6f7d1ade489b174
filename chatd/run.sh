#!/bin/sh
# Installs what is missing, builds the programs, and runs chatd with its database in the
# current directory. Arguments go to chatd: ./chatd/run.sh --port 9000
set -eu

top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
build=$top/build

"$top/chatd/packages.sh" run
cmake --log-level=WARNING -G Ninja -S "$top" -B "$build" >/dev/null
cmake --build "$build" --target programs >&2
exec "$build/chatd/chatd" "$@"
