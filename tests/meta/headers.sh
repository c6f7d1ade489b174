#!/bin/sh
# Each header compiles alone, and twice, with both compilers.
set -eu
cd "$(dirname -- "$0")/../.."

libraries='libwebsockets sqlite3 jansson libjwt libsodium libcurl'
export flags="-std=gnu11 -D_GNU_SOURCE -DCHAT_VERSION=\"\" -Wall -Wextra -Wpedantic -Werror
	-Wstrict-prototypes -Ilibcommon/include -Itests/lib $(pkg-config --cflags $libraries)"

one='
header=$0
root=${header%%/*}
[ "$root" != tests ] || root=chatd
for cc in gcc clang; do
	printf "#include \"%s\"\n#include \"%s\"\n" "$header" "$header" |
		$cc $flags -I. -I"$root" -fsyntax-only -x c - || exit 255
done'
find libcommon chatd chatctl chattui tests -name '*.h' -print0 |
	xargs -0 -n 1 -P "$(nproc)" sh -c "$one"
