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
