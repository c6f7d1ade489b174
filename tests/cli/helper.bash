# What every suite here needs: a chatd of its own, accounts, and chatctl.
bats_require_minimum_version 1.5.0

# The installed program where there is one, as people run it.
if [ -x "${PREFIX:-}/bin/chatctl" ]; then
	CHATCTL=$PREFIX/bin/chatctl
fi
: "${CHATCTL:=chatctl}" "${CHATD:=chatd}"

chatctl() {
	"$CHATCTL" "$@"
}

# Tries a command until it succeeds; a minute at most.
eventually() {
	local deadline=$((SECONDS + 60))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# Starts chatd on a free port, or on the one it had before, and waits until it listens. Its files
# are the suite's.
start_chatd() {
	local log=$BATS_FILE_TMPDIR/chatd.log
	: >"$log"
	HOST=127.0.0.1 PORT=${CHATD_PORT:-0} RATE_LIMIT=${RATE_LIMIT:-off} \
		DATABASE_URL=sqlite:///$BATS_FILE_TMPDIR/chat.db "$CHATD" >"$log" 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/chatd.pid"
	eventually grep -q 'is ready on http' "$log" || { cat "$log" >&2; return 1; }
	CHATD_PORT=$(sed -n 's/.*is ready on http.*:\([0-9]*\).*/\1/p' "$log")
	export CHATD_PORT
}

stop_chatd() {
	local pid
	pid=$(cat "$BATS_FILE_TMPDIR/chatd.pid")
	kill "${1:--TERM}" "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	eventually gone "$pid"
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# chatd, a private store of contexts, no colours, and times that do not depend on the place.
setup_suite_files() {
	unset CHATCTL_TOKEN http_proxy https_proxy all_proxy NO_COLOR CLICOLOR_FORCE
	export XDG_STATE_HOME=$BATS_FILE_TMPDIR/state XDG_CACHE_HOME=$BATS_FILE_TMPDIR/cache
	export HOME=$BATS_FILE_TMPDIR TZ=UTC LC_ALL=C.UTF-8 TERM=xterm
	umask 022
	start_chatd
	export CHATCTL_URL=http://127.0.0.1:$CHATD_PORT
	echo "correct horse" >"$BATS_FILE_TMPDIR/password"
	export PASSWORD=$BATS_FILE_TMPDIR/password
}

# Makes an account that is logged in, in a context of its name.
account() {
	chatctl register "$1" --email "$1@example.org" --password-file "$PASSWORD" >/dev/null
	chatctl -c "$1" login "$1" --password-file "$PASSWORD" >/dev/null
}

# A server NAME of alice's that the others are in too.
make_server() {
	local name=$1 code user
	shift
	chatctl -c alice server create "$name" -o id
	[ $# = 0 ] || code=$(chatctl -c alice invite create "$name" -o id)
	for user; do
		chatctl -c "$user" join "$code" >/dev/null
	done
}

# Runs a command with a terminal for its standard streams; what it types is the function's input.
# Line ends are a terminal's (CR LF) no more.
on_terminal() {
	local command
	printf -v command '%q ' "$@"
	script -qec "$command" /dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

setup_file() {
	setup_suite_files
	prepare
}

teardown_file() {
	stop_chatd
}

# For a suite that has nothing to prepare.
prepare() {
	:
}
