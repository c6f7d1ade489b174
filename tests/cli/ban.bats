#!/usr/bin/env bats
# ban list, show, add, remove

load helper

prepare() {
	account alice
	account bob
}

setup() {
	server=$(make_server "Place $BATS_TEST_NUMBER" bob)
}

@test "bans are made, shown and lifted" {
	local code bob
	code=$(chatctl -c alice invite create "$server" -o id)
	bob=$(chatctl -c bob whoami -o id)
	run -0 chatctl -c alice ban add "$server" @bob
	[ -z "$output" ]
	run -5 chatctl -c bob join "$code"
	[[ $output == *"You are banned"* ]]
	run -0 chatctl -c alice ban list "$server" -o id
	[ "$output" = "$bob" ]
	run -0 chatctl -c alice ban show "$server" "$bob" -o ndjson
	[ "$(jq -r .user.username <<<"$output")" = bob ]
	run -0 chatctl -c alice ban remove "$server" "$bob"
	run -0 chatctl -c bob join "$code"
	run -3 chatctl -c alice ban show "$server" "$bob"
}
