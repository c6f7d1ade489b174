#!/usr/bin/env bats
# send, history, message show, edit, delete

load helper

prepare() {
	account alice
	account bob
	make_server "Talk" bob
}

# A channel for each test, empty.
setup() {
	channel=$(chatctl -c alice channel create Talk "test-$BATS_TEST_NUMBER" -o id)
}

# Everything that is in the channel.
everything() {
	chatctl -c bob history "$channel" -o ndjson --all | jq -r .content
}

has_ids() {
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ids")" -ge "$1" ]
}

contents() {
	chatctl -c bob history "$channel" -o ndjson "$@" | jq -r .content
}

@test "send takes its words as the text, and prints the id" {
	run -0 chatctl -c alice send "$channel" hello   "big  world"
	[[ $output =~ ^[0-9]+$ ]]
	run -0 chatctl -c bob message show "$output" --json content
	[ "$output" = '{"content":"hello big  world"}' ]
	run -0 chatctl -c alice send "Talk:#test-$BATS_TEST_NUMBER" -- -v
	[ "$(contents)" = $'hello big  world\n-v' ]
}

@test "standard input is one message, without its last line end" {
	printf 'one\ntwo\n\n' | chatctl -c alice send "$channel"
	printf 'three' | chatctl -c alice send "$channel" -
	run -0 chatctl -c bob history "$channel" -o json
	[ "$(jq -c 'map(.content)' <<<"$output")" = '["one\ntwo\n","three"]' ]
}

@test "what shows nothing is not sent" {
	for text in '' ' ' $'\n\t' $'\u200b' $'\u3164'; do
		run -6 --separate-stderr chatctl -c alice send "$channel" "$text"
		[ "$stderr" = "chatctl: content has nothing that is shown" ]
	done
	run -6 chatctl -c alice --url http://127.0.0.1:1 --retry 0 server create ' '
	chatctl -c alice send "$channel" --lines < <(printf 'one\n  \n\u200b\ntwo\n')
	[ "$(contents)" = $'one\ntwo' ]
}

@test "a text from another system has its lines, and no marks of that system" {
	printf '\xef\xbb\xbfone\r\ntwo\r\n' | chatctl -c alice send "$channel" -
	printf '\xef\xbb\xbfthree\r\nfour' | chatctl -c alice send "$channel" --lines
	run -0 chatctl -c bob history "$channel" -o json
	[ "$(jq -c 'map(.content)' <<<"$output")" = '["one\ntwo","three","four"]' ]
	run -6 --separate-stderr chatctl -c alice send "$channel" - < <(printf 'a\0b')
	[ "$stderr" = "chatctl: standard input has a NUL byte" ]
}

@test "--lines makes a message of each line" {
	run -0 chatctl -c alice send "$channel" --lines < <(printf 'a b\n\n c\\n\n"d"')
	[ "${#lines[@]}" = 3 ]
	[ "$(contents)" = $'a b\n c\\n\n"d"' ]
	run -2 chatctl -c alice send "$channel" text --lines
	run -2 chatctl -c alice send "$channel" --nonce x --lines
}

@test "--lines stops at a line that cannot be sent, and says which" {
	run -6 --separate-stderr chatctl -c alice send "$channel" --lines < <(
		echo good; printf 'x%.0s' {1..2001}; echo; echo never)
	[ "${#lines[@]}" = 1 ]
	[[ $stderr == "chatctl: line 2: "* ]]
	run -6 --separate-stderr chatctl -c alice send "$channel" --lines < <(printf 'ok\n\xff\n')
	[[ $stderr == "chatctl: line 2: content is not valid UTF-8" ]]
	run -6 --separate-stderr chatctl -c alice send "$channel" --lines < <(printf 'a\0b\n')
	[[ $stderr == "chatctl: line 1: it has a NUL byte" ]]
	[ "$(contents)" = $'good\nok' ]
}

@test "--lines keeps the order of many, and prints their ids" {
	run -0 --separate-stderr chatctl -c alice send "$channel" --lines < <(seq 1 2000)
	[ "${#lines[@]}" = 2000 ]
	[ "$output" = "$(sort -n <<<"$output")" ]
	[ "$(everything)" = "$(seq 1 2000)" ]
	run -6 --separate-stderr chatctl -c alice send "$channel" --lines < <(
		seq 1 100; printf 'x%.0s' {1..2001}; echo; echo never)
	[ "${#lines[@]}" = 100 ]
	[ "$stderr" = "chatctl: line 101: a message has at most 2000 characters" ]
	[ "$(everything | tail -n 1)" = 100 ]
}

@test "closed descriptors get nothing of what is sent" {
	seq 1 40 >"$BATS_TEST_TMPDIR/file"
	run -1 --separate-stderr sh -c "'$CHATCTL' -c alice send $channel --lines >&-" \
		<"$BATS_TEST_TMPDIR/file"
	[[ $stderr == "chatctl: cannot write standard output"* ]]
	[ "$(everything)" = "$(seq 1 40)" ]
	run -0 sh -c "echo 41 | '$CHATCTL' -c alice send $channel --lines 2>&-"
	run -1 --separate-stderr sh -c "'$CHATCTL' -c alice send $channel - <&-"
	[[ $stderr == "chatctl: cannot read standard input: Bad file descriptor" ]]
	run -1 sh -c "'$CHATCTL' -c alice whoami <&- >&- 2>&-"
	[ "$(everything)" = "$(seq 1 41)" ]
}

@test "chatd leaves no descriptor to chance" {
	local pid
	(exec "$CHATD" --port 0 --database-url "sqlite:///$BATS_TEST_TMPDIR/x.db" <&- >&- 2>&-) &
	pid=$!
	eventually eval '[ "$(readlink "/proc/$pid/fd/"{0,1,2} | sort -u)" = /dev/null ]'
	kill "$pid"
	wait "$pid" || true
}

@test "--lines as JSON prints what was sent before an interrupt" {
	mkfifo "$BATS_TEST_TMPDIR/lines"
	"$CHATCTL" -c alice send "$channel" --lines -o json <"$BATS_TEST_TMPDIR/lines" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local pid=$! status=0
	exec 9>"$BATS_TEST_TMPDIR/lines"
	printf 'one\ntwo\n' >&9
	eventually eval '[ "$(contents)" = $'"'one\ntwo'"' ]'
	kill -INT "$pid"
	wait "$pid" || status=$?
	exec 9>&-
	[ "$status" = 130 ]
	[ "$(jq -c 'map(.content)' "$BATS_TEST_TMPDIR/out")" = '["one","two"]' ]
}

@test "--lines takes a file that is larger than any buffer" {
	seq -f '%0100.0f' 1 4000 >"$BATS_TEST_TMPDIR/file"
	chatctl -c alice send "$channel" --lines <"$BATS_TEST_TMPDIR/file" >"$BATS_TEST_TMPDIR/ids"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ids")" = 4000 ]
	everything | cmp - "$BATS_TEST_TMPDIR/file"
}

@test "--lines shows on a terminal how far it is, when it takes long" {
	run -0 script -qec "{ seq 1 40; sleep 0.6; seq 41 50; } |
		'$CHATCTL' -c alice send '$channel' --lines >'$BATS_TEST_TMPDIR/ids'" /dev/null
	[[ $output == *$'\r'*" messages"*$'\r\e[K' ]]
	[ "$(everything)" = "$(seq 1 50)" ]
}

@test "--lines goes on where a line comes late" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	"$CHATCTL" -c alice send "$channel" --lines <"$BATS_TEST_TMPDIR/pipe" >"$BATS_TEST_TMPDIR/ids" 3>&- &
	exec 4>"$BATS_TEST_TMPDIR/pipe"
	seq 1 50 >&4
	eventually has_ids 50
	printf 'without an end' >&4
	exec 4>&-
	wait $!
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ids")" = 51 ]
	[ "$(everything)" = "$(seq 1 50; echo without an end)" ]
}

@test "--lines over a killed server sends each line once, in order" {
	"$CHATCTL" -c alice send "$channel" --lines --retry 50 < <(seq 1 3000) \
		>"$BATS_TEST_TMPDIR/ids" 3>&- &
	local sender=$! count
	for count in 100 700 1500; do
		eventually has_ids "$count"
		stop_chatd -KILL
		start_chatd
	done
	wait "$sender"
	has_ids 3000
	[ "$(everything)" = "$(seq 1 3000)" ]
}

@test "a nonce makes a retry the same message" {
	local id
	id=$(chatctl -c alice send "$channel" once --nonce n1)
	run -0 chatctl -c alice send "$channel" once --nonce n1
	[ "$output" = "$id" ]
	run -6 chatctl -c alice send "$channel" other --nonce n1
	[[ $output == *"This nonce was used"* ]]
	[ "$(contents)" = once ]
	chatctl -c alice message delete "$id"
	run -3 chatctl -c alice send "$channel" once --nonce n1
}

@test "each message has a nonce of its own" {
	chatctl -c alice send "$channel" same
	chatctl -c alice send "$channel" same
	[ "$(contents)" = $'same\nsame' ]
	run -0 chatctl -c alice history "$channel" -o ndjson
	[ "$(jq -r .nonce <<<"$output" | sort -u | grep -cE '^[0-9a-f]{32}$')" = 2 ]
}

@test "the text is the limit's to refuse" {
	run -6 chatctl -c alice send "$channel" ""
	run -6 chatctl -c alice send "$channel" "$(printf 'ü%.0s' {1..2001})"
	run -0 chatctl -c alice send "$channel" "$(printf 'ü%.0s' {1..2000})"
	run -3 chatctl -c alice send 999999 hi
}

@test "history pages by skip, limit and cursors" {
	seq 1 30 | chatctl -c alice send "$channel" --lines >"$BATS_TEST_TMPDIR/ids"
	local tenth
	tenth=$(sed -n 10p "$BATS_TEST_TMPDIR/ids")
	[ "$(contents -n 3 | xargs)" = "28 29 30" ]
	[ "$(contents -n 2 --skip 5 | xargs)" = "24 25" ]
	[ "$(contents -n 2 --before "$tenth" | xargs)" = "8 9" ]
	[ "$(contents -n 2 --after "$tenth" | xargs)" = "11 12" ]
	[[ " $(contents -n 3 --around "$tenth" | xargs) " == *" 10 "* ]]
	run -6 chatctl -c bob history "$channel" --after 1 --before 9
	run -2 chatctl -c bob history "$channel" -n -1
}

@test "history and tail show as many as are asked for" {
	seq 1 250 | chatctl -c alice send "$channel" --lines >/dev/null
	[ "$(contents -n 240)" = "$(seq 11 250)" ]
	[ "$(contents -n 500)" = "$(seq 1 250)" ]
	[ "$(contents -n 200 --skip 25)" = "$(seq 26 225)" ]
	local id
	id=$(chatctl -c bob history "$channel" -n 1 --skip 199 -o id)
	[ "$(contents -n 120 --after "$id")" = "$(seq 52 171)" ]
	[ "$(contents -n 150 --before "$id")" = "$(seq 1 50)" ]
	run -2 chatctl -c bob history "$channel" -n 101 --around "$id"
	run -6 chatctl -c bob history "$channel" -n 0
	run -0 chatctl -c bob tail "$channel" -n 240 --count 240 --json content
	[ "$(jq -r .content <<<"$output")" = "$(seq 11 250)" ]
}

@test "a dry run shows the first request that is sent" {
	run -0 chatctl -c bob history "$channel" --all --dry-run
	[[ ${lines[0]} == "GET "*"/channels/$channel/messages?limit=100&before=2" ]]
	run -0 chatctl -c bob history "$channel" --all --after 7 --dry-run
	[[ ${lines[0]} == "GET "*"/channels/$channel/messages?limit=100&after=7" ]]
	run -0 chatctl -c bob history "$channel" -n 250 --dry-run
	[[ ${lines[0]} == "GET "*"/channels/$channel/messages?limit=100" ]]
	run -0 chatctl -c bob tail "$channel" -n 250 --dry-run
	[[ ${lines[0]} == "GET "*"/channels/$channel/messages?limit=100" ]]
	run -0 chatctl -c bob tail "$channel" -n 5 --curl
	[[ ${lines[0]} == "curl "*"/channels/$channel/messages?limit=5"* ]]
	[[ ${lines[1]} == "curl "*"/gateway"* ]]
}

@test "history --all gives every message once, in order" {
	seq 1 250 | chatctl -c alice send "$channel" --lines >"$BATS_TEST_TMPDIR/ids"
	[ "$(contents --all)" = "$(seq 1 250)" ]
	[ "$(contents --all --after "$(sed -n 120p "$BATS_TEST_TMPDIR/ids")")" = "$(seq 121 250)" ]
	run -0 chatctl -c bob history "$channel" --all -o json
	[ "$(jq length <<<"$output")" = 250 ]
	run -2 chatctl -c bob history "$channel" --all -n 5
}

@test "history --all has message 1 and is empty where there is none" {
	run -0 chatctl -c bob history "$channel" --all -o json
	[ "$output" = "[]" ]
	# The very first message of this database was sent by this suite's first test, or here.
	local first
	first=$(chatctl -c alice message show 1 --json channel_id | jq .channel_id)
	run -0 chatctl -c bob history "$first" --all -o id
	[ "${lines[0]}" = 1 ]
}

@test "a message is edited by its author and deleted" {
	local id
	id=$(chatctl -c alice send "$channel" befor)
	run -0 chatctl -c alice message edit "$id" before it is --json content,is_edited
	[ "$output" = '{"content":"before it is","is_edited":true}' ]
	echo "from input" | chatctl -c alice message edit "$id" -
	[ "$(contents)" = "from input" ]
	run -5 chatctl -c bob message edit "$id" mine
	[[ $output == *"Only its author"* ]]
	run -5 chatctl -c bob message delete "$id"
	run -0 chatctl -c alice message delete "$id"
	[ -z "$output" ]
	run -3 chatctl -c alice message show "$id"
}
