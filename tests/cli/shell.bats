#!/usr/bin/env bats
# shell, -f FILE, complete

load helper

prepare() {
	account alice
	account bob
	make_server "My Place" bob
	chatctl -c alice channel create "My Place" dev
}

@test "-f runs a file's lines" {
	cat >"$BATS_TEST_TMPDIR/script" <<-'END'
		# a comment, an empty line, and chatctl before a command

		chatctl send 'My Place:#dev' "from a file" --json content
		history "My Place:#dev" -n 1 --json content
	END
	run -0 chatctl -c alice -f "$BATS_TEST_TMPDIR/script"
	[ "$output" = '{"content":"from a file"}
[{"content":"from a file"}]' ]
}

@test "-f runs a file from another system" {
	printf '\xef\xbb\xbfwhoami -o id\r\nwhoami --json username' >"$BATS_TEST_TMPDIR/script"
	run -0 chatctl -c alice -f "$BATS_TEST_TMPDIR/script"
	[ "${lines[1]}" = '{"username":"alice"}' ]
	printf 'whoami -o id\nwho\0ami\n' >"$BATS_TEST_TMPDIR/script"
	run -6 --separate-stderr chatctl -c alice -f "$BATS_TEST_TMPDIR/script"
	[[ $stderr == *"script has a NUL byte"*"stopped at line 2" ]]
}

@test "commands and what they read share one input" {
	XDG_STATE_HOME=$BATS_TEST_TMPDIR/state run -0 chatctl shell <<-END
		register carl --email carl@example.org --password-stdin -o id
		correct horse
		login carl --password-stdin
		correct horse
		whoami --json username
		api POST /servers --input - --json name
		{"name":
			"From here"}
	END
	[ "${lines[-2]}" = '{"username":"carl"}' ]
	[[ ${lines[-1]} == *'"From here"'* ]]
}

@test "-f stops at the first error, with its status" {
	printf 'whoami -o id\nuser show 999999\nwhoami -o id\n' >"$BATS_TEST_TMPDIR/script"
	run -3 --separate-stderr chatctl -c alice -f "$BATS_TEST_TMPDIR/script"
	[ "${#lines[@]}" = 1 ]
	[[ $stderr == *"User not found"*"stopped at line 2" ]]
	run -2 chatctl -c alice -f - <<<"send 'not closed"
	[[ $output == *"a ' is not closed"* ]]
	run -2 chatctl -f - <<<"shell"
	run -1 chatctl -f "$BATS_TEST_TMPDIR/missing"
	run -2 chatctl -f "$BATS_TEST_TMPDIR/script" whoami
}

@test "a shell without a terminal reads its lines" {
	run -0 chatctl -c alice -o id shell <<<$'whoami\nwhoami --json username\n'
	[ "${lines[1]}" = '{"username":"alice"}' ]
}

complete() {
	chatctl -c alice complete -- "$@"
}

# The names come from the server in the background.
await_names() {
	eventually eval '[ "$(complete send "My Place:#d")" = "My Place:#dev" ]'
}

# Starts a shell on a terminal that shows on $screen; type() types a line into it.
start_shell() {
	screen=$BATS_TEST_TMPDIR/screen
	mkfifo "$BATS_TEST_TMPDIR/keys"
	# A descriptor of this shell's own would keep its input open.
	NO_COLOR=1 script -qefc "'$CHATCTL' -c alice shell" "$screen" <"$BATS_TEST_TMPDIR/keys" \
		>/dev/null 3>&- &
	terminal=$!
	exec 9>"$BATS_TEST_TMPDIR/keys"
	eventually grep -q "chatctl> " "$screen"
}

type() {
	printf '%b' "$1" >&9
}

@test "a shell on a terminal goes on after an error, and completes from the server" {
	await_names
	start_shell
	type 'whoam\t --json username\r'
	eventually grep -q '"username": "alice"' "$screen"
	type 'user show 999999\r'
	eventually grep -q 'User not found' "$screen"
	type 'send "My Pl\t'
	type 'd\t hello from here\r'
	eventually eval 'chatctl -c bob history "My Place:#dev" | grep -q "hello from here"'
	type 'exit\r'
	wait "$terminal"
	exec 9>&-
}

@test "in a shell Tab quotes what it completes, as the shell reads it" {
	local name id
	for name in "it's" "x'y\"z" 'a  b' 'back\slash' '#hash' 'x:#y' '"'; do
		id=$(chatctl -c alice server create "Q$name" -o id)
		rm -rf "$XDG_CACHE_HOME"
		eventually eval 'complete server show "Q$name" | grep -qxF "Q$name"'
		start_shell
		type "server show \"Q\t --json id\r"
		eventually grep -q "\"id\": $id" "$screen"
		type 'exit\r'
		wait "$terminal" || true
		exec 9>&-
		rm "$BATS_TEST_TMPDIR/keys"
		chatctl -c alice server delete "$id"
	done
}

@test "Ctrl-C ends a command, not the shell" {
	start_shell
	type 'tail "My Place:#dev" -n 1 --json content\r'
	chatctl -c alice send "My Place:#dev" live >/dev/null
	eventually grep -q '"content":"live"' "$screen"
	type '\x03'
	type 'whoami --json username\r'
	eventually grep -q '"username": "alice"' "$screen"
	type '\x04'
	wait "$terminal" || [ $? = 0 ]
	exec 9>&-
}

@test "Ctrl-C gives up the line that is being typed" {
	start_shell
	type 'server create oops'
	eventually grep -q 'create oops' "$screen"
	type '\x03server list -o tsv\r'
	eventually grep -q "My Place	" "$screen"
	run ! grep -q 'oops	' "$screen"
	type 'exit\r'
	wait "$terminal" || true
	exec 9>&-
}

@test "the history is private, and has no line with a secret" {
	start_shell
	type 'whoami --json username\r'
	eventually grep -q '"username": "alice"' "$screen"
	type 'api POST /auth/login -f username=x -f password=hunter22\r'
	eventually grep -q 'others can read password' "$screen"
	type 'exit\r'
	wait "$terminal" || true
	exec 9>&-
	local history=$XDG_STATE_HOME/chat/chatctl_history
	[ "$(stat -c %a "$history")" = 600 ]
	grep -q 'whoami --json username' "$history"
	run ! grep -q hunter22 "$history"
}

@test "commands, flags and choices are completed" {
	[ "$(complete wh)" = whoami ]
	[ "$(complete server cr)" = create ]
	[ "$(complete user "" | xargs)" = "update show" ]
	[ "$(complete send 1 --li)" = --lines ]
	[ "$(complete whoami --dry)" = --dry-run ]
	[ "$(complete whoami -o "" | xargs)" = "table json ndjson tsv id" ]
	[ "$(complete status a)" = away ]
	[ "$(complete member role 1 2 mo)" = moderator ]
	[ "$(complete api P | xargs)" = "POST PUT PATCH" ]
	[ -z "$(complete nonsense "")" ]
}

@test "places and contexts are completed from the live server, and cached" {
	await_names
	[ "$(complete server show My)" = "My Place" ]
	[ "$(complete send "#d")" = "#dev" ]
	[ "$(complete tail "My Place:#general" "My Place:#d")" = "My Place:#dev" ]
	[ "$(complete user show @b)" = "@bob" ]
	[ "$(complete whoami -c al)" = alice ]
	stop_chatd
	[ "$(complete send "My Place:#d")" = "My Place:#dev" ]
	rm -r "$XDG_CACHE_HOME"
	run -0 chatctl -c alice complete -- send "My"
	[ -z "$output" ]
	start_chatd
}
