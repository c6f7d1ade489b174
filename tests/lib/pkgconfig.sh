#!/bin/sh
# A program of somebody else's compiles against the installed library, with all its headers.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pc=$(find "$PREFIX" -name chat.pc)
export PKG_CONFIG_PATH="${pc%/*}"

for header in "$PREFIX"/include/chat/*.h; do
	echo "#include <chat/${header##*/}>"
done >"$folder/main.c"
cat >>"$folder/main.c" <<'END'
#include <stdio.h>

int main(void)
{
	struct buf out;
	struct path_params params = {.channel_id = 7};

	buf_init(&out, 1000);
	if (!endpoint_path(&out, EP_message_create, &params))
		return 1;
	puts(buf_str(&out));
	buf_release(&out);
	return 0;
}
END
gcc -std=gnu11 -Wall -Wextra -Werror $(pkg-config --cflags chat) -o "$folder/main" \
	"$folder/main.c" $(pkg-config --libs chat)
said=$("$folder/main")
[ "$said" = /channels/7/messages ] || { echo "it said '$said'"; exit 1; }
[ "$(pkg-config --modversion chat)" = "$("$PREFIX/bin/chatd" --version | cut -d ' ' -f 2)" ]
