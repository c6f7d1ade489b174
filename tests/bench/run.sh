#!/bin/sh
# Installs what is missing, builds, and measures; run.sh --help says with what options. Nothing else
# should run meanwhile.
set -eu

top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
export BUILD="$top/build" PYTHONDONTWRITEBYTECODE=1

"$top/chatd/packages.sh" bench
cmake --log-level=WARNING -G Ninja -S "$top" -B "$BUILD" >/dev/null
cmake --build "$BUILD" --target chatd bench-load >&2
exec /usr/bin/python3 "$top/tests/bench/post.py" "$@"
