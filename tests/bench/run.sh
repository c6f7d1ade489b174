#!/bin/sh
# Measures, beside what others use: run.sh [NAME [OPTION]...], or all of it: run.sh
#
#   post     durable POSTs of messages, beside a FastAPI stand-in
#   rest     what a request costs, plain and under TLS, and an idle gateway
#   fan      WebSocket fan-out, beside raw epoll, Node's ws and the bare kernel
#   tui      what chattui costs, beside irssi
#   import   how long `chatd import` takes for a million messages
#   storm    a crowd that comes back at once, beside somebody who asks for too much
#   scale    millions of messages beside a thousand, and thousands of idle sockets
#   idle     the memory of an idle socket, and as many connections as there can be
#
# Installs and builds what is missing first. run.sh NAME --help says with what options. Nothing else
# should run meanwhile.
set -eu

usage()
{
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
export BUILD="$top/build" PYTHONDONTWRITEBYTECODE=1

# measure <name> <targets> [option]...
measure()
{
	name=$1
	targets=$2
	shift 2
	cmake --build "$BUILD" --target $targets >&2
	/usr/bin/python3 "$top/tests/bench/$name.py" "$@"
}

case ${1-} in
'' | post | rest | fan | tui | import | storm | scale | idle) ;;
*) usage ;;
esac
"$top/chatd/packages.sh" bench
cmake --log-level=WARNING -G Ninja -S "$top" -B "$BUILD" >/dev/null

for name in ${1:-post rest fan tui import storm scale idle}; do
	[ $# = 0 ] || shift
	case $name in
	post) measure post 'chatd bench-load' "$@" ;;
	rest) measure rest chatd "$@" ;;
	fan) measure fan 'chatd bench-fan bench-raw bench-kernel' "$@" ;;
	tui) measure tui 'chatd chatctl chattui' "$@" ;;
	import) measure import chatd "$@" ;;
	storm) measure storm chatd "$@" ;;
	scale) measure scale chatd "$@" ;;
	idle) measure idle chatd "$@" ;;
	esac
done
