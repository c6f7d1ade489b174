#!/bin/sh
# The sources are as clang-format leaves them.
set -eu
cd "$(dirname -- "$0")/../.."
find libcommon chatd chatctl chattui tests -name '*.[ch]' -print0 |
	xargs -0 -P "$(nproc)" -n 20 clang-format --dry-run -Werror
