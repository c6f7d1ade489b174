#!/bin/sh
# Installs the Debian packages that are missing: packages.sh run|test|bench
# This is the only place that lists them.
set -eu

run='
cmake ninja-build gcc libc6-dev pkg-config ca-certificates
libwebsockets-dev libwebsockets-evlib-ev libev-dev libsqlite3-dev libjansson-dev libjwt-dev
libsodium-dev libcrypt-dev libssl-dev zlib1g-dev libcurl4-openssl-dev libunistring-dev libreadline-dev
libncurses-dev libutf8proc-dev libmd4c-dev libfribidi-dev libinih-dev
'
test='
git clang clang-format libclang-rt-14-dev valgrind libc6-dbg
python3 python3-pytest python3-jsonschema python3-sqlalchemy python3-bcrypt bats curl jq mandoc openssl
faketime libvterm0 tmux procps zsh fish godot3-server chromium nodejs haproxy nginx
'
bench='
python3-fastapi python3-uvicorn python3-sqlalchemy python3-jose irssi wrk
'
# Node.js from elsewhere brings npm along, and Debian's does not go beside it.
command -v npm >/dev/null || bench="$bench npm"

case ${1-} in
run) wanted=$run ;;
test) wanted="$run $test" ;;
bench) wanted="$run $test $bench" ;;
*) echo "usage: packages.sh run|test|bench" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
	echo "packages.sh: no apt-get here; going on in the hope that these are installed:" $wanted >&2
	exit 0
fi

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null; then
	sudo=sudo
else
	echo "packages.sh: run this as root: apt-get install$missing" >&2
	exit 1
fi

echo "Installing$missing" >&2
$sudo apt-get -q update >&2
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing \
	</dev/null >&2
