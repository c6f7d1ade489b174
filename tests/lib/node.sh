#!/bin/sh
# node.sh SCRIPT [ARGUMENTS]: runs it with Node; skipped where there is none.
command -v node >/dev/null || exit 77
exec node "$@"
