#!/usr/bin/env bats
# member list, role, remove

load helper

prepare() {
	account alice
	account bob
	account carol
}

setup() {
	server=$(make_server "Place $BATS_TEST_NUMBER" bob carol)
}

@test "members are listed with their names and roles" {
	run -0 chatctl -c bob member list "$server" -o tsv
	[ "$(cut -f 2,3 <<<"$output")" = $'alice\towner\nbob\tmember\ncarol\tmember' ]
	run -0 chatctl -c bob member list "$server" -n 1 --json role
	[ "$output" = '[{"role":"owner"}]' ]
}

@test "a role is given by name" {
	run -0 chatctl -c alice member role "$server" @bob moderator --json role
	[ "$output" = '{"role":"moderator"}' ]
	run -5 chatctl -c bob member role "$server" @carol admin
	run -2 chatctl -c alice member role "$server" @bob king
	[[ $output == *"ROLE must be member or moderator or admin or owner, not king"* ]]
	run -3 chatctl -c alice member role "$server" @nobody admin
}

@test "who leaves or is removed is gone" {
	run -0 chatctl -c bob member remove "$server" me
	run -5 chatctl -c bob server show "$server"
	run -0 chatctl -c alice member remove "$server" @carol
	run -5 chatctl -c carol server show "$server"
	run -6 chatctl -c alice member remove "$server" me
	[[ $output == *"hand the server over or delete it"* ]]
}
