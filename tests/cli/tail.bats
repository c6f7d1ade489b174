#!/usr/bin/env bats
# tail: live, once, in order, over a lost connection and a killed server

load helper

prepare() {
	account alice
	account bob
	make_server "Live" bob
}

setup() {
	channel=$(chatctl -c alice channel create Live "test-$BATS_TEST_NUMBER" -o id)
	out=$BATS_TEST_TMPDIR/out
	: >"$out"
}

teardown() {
	[ -z "${follower:-}" ] || kill "$follower" 2>/dev/null || true
}

# Follows in the background (not by the function, whose process would be a shell), from before this
# returns.
follow() {
	"$CHATCTL" -c bob -v tail "$@" >"$out" 2>"$out.err" 3>&- &
	follower=$!
	eventually grep -q '^chatctl: connected$' "$out.err"
}

has_lines() {
	[ "$(wc -l <"$out")" -ge "$1" ]
}

contents() {
	jq -r .content "$out"
}

@test "new messages come as JSON, a line each, at once" {
	chatctl -c alice send "$channel" old
	follow "$channel" -n 0
	chatctl -c alice send "$channel" first >/dev/null
	eventually has_lines 1
	chatctl -c alice send "$channel" $'second\nline' >/dev/null
	eventually has_lines 2
	kill "$follower"
	[ "$(jq -c .content "$out")" = $'"first"\n"second\\nline"' ]
	[ "$(jq -r .user.username "$out" | sort -u)" = alice ]
}

@test "older messages come first, and none twice" {
	seq 1 5 | chatctl -c alice send "$channel" --lines
	follow "$channel" -n 2
	eventually has_lines 2
	seq 6 7 | chatctl -c alice send "$channel" --lines
	eventually has_lines 4
	kill "$follower"
	[ "$(contents | xargs)" = "4 5 6 7" ]
}

@test "--since starts above a message" {
	seq 1 150 | chatctl -c alice send "$channel" --lines >"$BATS_TEST_TMPDIR/ids"
	run -0 chatctl -c bob tail "$channel" --since "$(sed -n 20p "$BATS_TEST_TMPDIR/ids")" \
		--count 130 --json content
	[ "$(jq -r .content <<<"$output" | xargs)" = "$(seq 21 150 | xargs)" ]
}

@test "--count ends it, --timeout ends it" {
	seq 1 5 | chatctl -c alice send "$channel" --lines
	run -0 chatctl -c bob tail "$channel" --count 3 -n 5 -o id
	[ "${#lines[@]}" = 3 ]
	run -0 chatctl -c bob tail "$channel" -n 1 --timeout 0.2 -o id
	[ "${#lines[@]}" = 1 ]
	run -27 chatctl -c bob tail "$channel" -n 0 --count 1 --timeout 0.2
	run -2 chatctl -c bob tail "$channel" --count 0
	run -2 chatctl -c bob tail -n 1
}

@test "several channels at once" {
	local other
	other=$(chatctl -c alice channel create Live other -o id)
	follow "$channel" "$other" -n 0
	chatctl -c alice send "$channel" one >/dev/null
	chatctl -c alice send "$other" two >/dev/null
	eventually has_lines 2
	kill "$follower"
	[ "$(jq .channel_id "$out" | sort -n | xargs)" = "$channel $other" ]
}

@test "every format says the channel where there are several" {
	local other
	other=$(chatctl -c alice channel create Live "b:#c" -o id)
	chatctl -c alice send "$channel" one
	chatctl -c alice send "$other" two
	run -0 chatctl -c bob tail "$channel" "$other" --count 2 -o tsv
	[ "$(cut -f 3- <<<"$output")" = "Live:#test-$BATS_TEST_NUMBER"$'\talice\tone\nLive:#b:#c\talice\ttwo' ]
	run -0 chatctl -c bob tail "$channel" "$other" --count 2 --json channel,rev,content,event
	[ "${lines[1]}" = '{"channel":"Live:#b:#c","rev":null,"content":"two","event":"message"}' ]
	run -0 chatctl -c bob tail "$channel" --count 1
	[ "$(jq -c '[.channel, .rev, .event]' <<<"$output")" = "[\"Live:#test-$BATS_TEST_NUMBER\",null,\"message\"]" ]
	NO_COLOR=1 run -0 on_terminal "$CHATCTL" -c bob tail "$channel" "$other" --count 2
	[[ ${lines[1]} =~ ^[0-9:]+\ Live:#b:#c\ alice\ \ two$ ]]
}

@test "--edits shows edits and deletions, --since 0 all there is" {
	local id
	id=$(chatctl -c alice send "$channel" first)
	chatctl -c alice send "$channel" second
	run -0 chatctl -c bob tail "$channel" --since 0 --count 2 --json content
	[ "$(jq -r .content <<<"$output" | xargs)" = "first second" ]
	follow "$channel" -n 0 --edits
	chatctl -c alice message edit "$id" "better"
	chatctl -c alice message delete "$id"
	eventually has_lines 2
	[ "$(jq -c '[.event, .id, .content]' "$out")" = \
		"[\"message_update\",$id,\"better\"]"$'\n'"[\"message_delete\",$id,null]" ]
	jq -e '.rev > 0' "$out" >/dev/null
}

@test "--exec runs a command for each message, one after another" {
	chatctl -c alice send "$channel" $'it\'s "x"\n$HOME'
	chatctl -c alice send "$channel" last
	run -0 chatctl -c bob tail "$channel" -n 2 --count 2 --exec \
		'printf "%s %s " "$CHATCTL_USER" "$CHATCTL_CHANNEL_ID"; cat; echo'
	[ "$output" = "alice $channel it's \"x\""$'\n$HOME\n'"alice $channel last" ]
	run -0 --separate-stderr chatctl -c bob tail "$channel" -n 1 --count 1 --exec 'exit 3'
	[ "$stderr" = "chatctl: the command ended with status 3" ]
	CHATCTL_USER=me run -0 chatctl -c bob tail "$channel" -n 1 --count 1 --exec 'env | grep ^CHATCTL_USER'
	[ "$output" = CHATCTL_USER=alice ]
}

@test "without a channel it follows all, the new ones too" {
	local other code
	follow --json channel_id,content
	chatctl -c alice send "$channel" one >/dev/null
	other=$(chatctl -c alice channel create Live "late-$BATS_TEST_NUMBER" -o id)
	chatctl -c alice send "$other" two >/dev/null
	chatctl -c alice server create Later >/dev/null
	chatctl -c bob join "$(chatctl -c alice invite create Later -o id)" >/dev/null
	chatctl -c alice send Later:#general three >/dev/null
	eventually has_lines 3
	chatctl -c alice server delete Later >/dev/null
	chatctl -c alice channel delete "$other" >/dev/null
	stop_chatd -KILL
	start_chatd
	chatctl -c alice send "$channel" four >/dev/null
	eventually has_lines 4
	[ "$(contents | xargs)" = "one two three four" ]
	kill "$follower"
}

@test "a line says the scope and the rev of its event" {
	local scope
	chatctl -c alice send "$channel" old >/dev/null
	follow "$channel"
	chatctl -c alice send "$channel" one >/dev/null
	chatctl -c alice send "$channel" two >/dev/null
	eventually has_lines 3
	kill "$follower"
	scope=s$(chatctl -c alice server list -o ndjson | jq 'select(.name == "Live").id')
	[ "$(jq -r .scope "$out" | sort -u)" = "$scope" ]
	[ "$(jq -c 'select(.content != "old").rev' "$out" | sort -n | xargs)" = "$(jq 'select(.rev).rev' "$out" | xargs)" ]
	[ "$(jq 'select(.rev).rev' "$out" | wc -l)" = 2 ]
}

@test "Ctrl-C ends with 130, and what was shown is there" {
	follow "$channel" -n 0
	chatctl -c alice send "$channel" hello >/dev/null
	eventually has_lines 1
	# A background job of a script has SIGINT ignored, so the program sets its own handler.
	kill -INT "$follower"
	local status=0
	wait "$follower" || status=$?
	[ "$status" = 130 ]
	[ "$(contents)" = hello ]
}

@test "a closed pipe ends it quietly" {
	chatctl -c alice send "$channel" hello >/dev/null
	run -0 --separate-stderr bash -c '"$0" -c bob tail "$1" | head -n 1; exit "${PIPESTATUS[0]}"' \
		"$CHATCTL" "$channel"
	[ "${#lines[@]}" = 1 ]
	[ -z "$stderr" ]
}

@test "a connection that is lost and comes back is told" {
	"$CHATCTL" -c bob tail "$channel" -n 0 >"$out" 2>"$out.err" 3>&- &
	follower=$!
	eventually eval 'chatctl -c alice send "$channel" x >/dev/null && [ -s "$out" ]'
	[ ! -s "$out.err" ]
	stop_chatd
	eventually grep -q '^chatctl: cannot reach .*; trying again$' "$out.err"
	start_chatd
	eventually grep -qx 'chatctl: connected again' "$out.err"
	[ "$(wc -l <"$out.err")" = 2 ]
}

@test "a server that is stopped and comes back loses and doubles nothing" {
	follow "$channel" -n 0
	seq 1 3 | chatctl -c alice send "$channel" --lines >/dev/null
	eventually has_lines 3
	stop_chatd
	start_chatd
	seq 4 150 | chatctl -c alice send "$channel" --lines >/dev/null
	eventually has_lines 150
	kill "$follower"
	[ "$(contents)" = "$(seq 1 150)" ]
}

@test "kill -9 under a stream of messages loses and doubles nothing" {
	follow "$channel" -n 0
	(for i in $(seq 1 60); do
		chatctl -c alice send "$channel" "$i" --retry 20 || echo "failed $i"
	done >"$BATS_TEST_TMPDIR/sent") 3>&- &
	local sender=$! round
	for round in 1 2 3; do
		eventually has_lines $((round * 12))
		stop_chatd -KILL
		start_chatd
	done
	wait "$sender"
	run ! grep failed "$BATS_TEST_TMPDIR/sent"
	eventually has_lines 60
	kill "$follower"
	[ "$(contents)" = "$(seq 1 60)" ]
}

@test "who is removed is told, and the tail ends" {
	follow "$channel" -n 0
	chatctl -c alice send "$channel" hello >/dev/null
	eventually has_lines 1
	chatctl -c alice member remove Live @bob
	local status=0
	wait "$follower" || status=$?
	[ "$status" = 5 ]
	grep -q "not a member" "$out.err"
	chatctl -c bob join "$(chatctl -c alice invite create Live -o id)"
}

@test "a session that is revoked ends the tail" {
	chatctl -c gone login bob --password-file "$PASSWORD"
	"$CHATCTL" -c gone -v tail "$channel" >"$out" 2>"$out.err" 3>&- &
	follower=$!
	eventually grep -q '^chatctl: connected$' "$out.err"
	chatctl -c alice send "$channel" hello >/dev/null
	eventually has_lines 1
	chatctl -c gone logout
	local status=0
	wait "$follower" || status=$?
	[ "$status" = 4 ]
	grep -q "chatctl login" "$out.err"
}

@test "on a terminal it is lines for people, with others' text inert" {
	chatctl -c alice send "$channel" $'\e[31mred\x07\nnext \xe2\x80\xaedoow' >/dev/null
	NO_COLOR=1 run -0 on_terminal "$CHATCTL" -c bob tail "$channel" --count 1
	[ "${lines[0]#??:?? }" = 'alice  \u001b[31mred\u0007' ]
	[ "${lines[1]}" = '      next \u202edoow' ]
}
