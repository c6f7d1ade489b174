#!/usr/bin/env bats
# user show, update; status

load helper

prepare() {
	account alice
}

@test "user update and status change the account" {
	account erin
	run -0 chatctl -c erin user update --email new@example.org --json email
	[ "$output" = '{"email":"new@example.org"}' ]
	run -0 chatctl -c erin status away --json status
	[ "$output" = '{"status":"away"}' ]
	run -2 chatctl -c erin status asleep
}

@test "user show takes an id, me and a name" {
	account frank
	make_server "Show" frank
	local id
	id=$(chatctl -c frank whoami -o id)
	for user in "$id" @frank FRANK; do
		run -0 chatctl -c alice user show "$user" --json username
		[ "$output" = '{"username":"frank"}' ]
	done
	run -0 chatctl -c alice user show me --json username
	[ "$output" = '{"username":"alice"}' ]
	run -3 chatctl -c alice user show @nobody
	[[ $output == *"there is no user nobody"* ]]
	run -3 chatctl -c alice user show 999999
}
