#!/usr/bin/env bats
# unread, read, typing

load helper

prepare() {
	account alice
	account bob
	account carol
	make_server "Busy" bob
}

setup() {
	channel=$(chatctl -c alice channel create Busy "test-$BATS_TEST_NUMBER" -o id)
}

# What bob has not read of the channel: unread, mentions.
unread() {
	chatctl -c bob unread -o ndjson | jq -c "select(.channel_id == $channel) | [.unread, .mentions]"
}

@test "what others wrote is unread until it is read" {
	local first last
	[ "$(unread)" = "[0,0]" ]
	first=$(chatctl -c alice send "$channel" hello)
	last=$(chatctl -c alice send "$channel" "and @bob")
	[ "$(unread)" = "[2,1]" ]
	run -0 chatctl -c bob read "$channel" "$first" --json last_read_id,unread,mentions
	[ "$output" = "{\"last_read_id\":$first,\"unread\":1,\"mentions\":1}" ]
	run -0 chatctl -c bob read "Busy:#test-$BATS_TEST_NUMBER" "$last"
	[ "$(unread)" = "[0,0]" ]
	# It never moves back.
	run -0 chatctl -c bob read "$channel" "$first" --json last_read_id
	[ "$output" = "{\"last_read_id\":$last}" ]
}

@test "beyond a hundred a person sees 99+, a script the number and more" {
	local first
	first=$(chatctl -c alice send "$channel" first)
	seq 101 | sed 's/$/ @bob/' | chatctl -c alice send "$channel" --lines >/dev/null
	run -0 chatctl -c bob unread -o ndjson
	[ "$(jq -c "select(.channel_id == $channel) | [.unread, .mentions, .more]" <<<"$output")" = \
		"[100,100,true]" ]
	run -0 on_terminal chatctl -c bob read "$channel" "$first"
	[[ $output = *unread*99+*mentions*99+* ]]
	# One less: both counts are exact.
	run -0 chatctl -c bob read "$channel" "$((first + 1))" --json unread,mentions,more
	[ "$output" = '{"unread":100,"mentions":100,"more":false}' ]
}

@test "what cannot be read is told" {
	local elsewhere
	elsewhere=$(chatctl -c alice send "$(chatctl -c alice channel create Busy elsewhere -o id)" x)
	run -3 chatctl -c bob read "$channel" "$elsewhere"
	run -3 chatctl -c bob read "$channel" 999999
	run -2 chatctl -c bob read "$channel" newest
	run -2 chatctl -c bob read "$channel"
	run -5 chatctl -c carol read "$channel" 1
}

@test "typing is told to members alone" {
	run -0 chatctl -c bob typing "$channel"
	[ -z "$output" ]
	run -5 chatctl -c carol typing "$channel"
	run -3 chatctl -c bob typing 999999
}
