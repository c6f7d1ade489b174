#!/usr/bin/env bats
# invite create, list, show, delete; join

load helper

prepare() {
	account alice
	account bob
	account carol
	make_server "Club"
}

@test "an invite is made, shown, used up" {
	local code
	code=$(chatctl -c alice invite create Club --max-uses 1 --expires-in 3600 -o id)
	[ "${#code}" -ge 16 ]
	run -0 chatctl -c bob invite show "$code" --json server_name,max_uses,uses
	[ "$output" = '{"server_name":"Club","max_uses":1,"uses":0}' ]
	run -0 chatctl -c bob join "$code" --json name
	[ "$output" = '{"name":"Club"}' ]
	run -3 chatctl -c carol join "$code"
}

@test "invites are listed and taken back" {
	local code
	code=$(chatctl -c alice invite create Club -o id)
	run -0 chatctl -c alice invite list Club -o id
	[[ $output == *"$code"* ]]
	run -0 chatctl -c bob join "$code"
	run -0 chatctl -c bob join "$code"
	run -0 chatctl -c alice invite delete "$code"
	run -3 chatctl -c alice invite show "$code"
}

@test "a code that is none is not found, whatever is in it" {
	run -3 chatctl -c alice join nonsense
	run -3 --separate-stderr chatctl -c alice join 'a b/../c?d=%41#e'
	[ "$stderr" = "chatctl: Invite not found" ]
	run -2 chatctl -c alice join
	run -3 chatctl -c alice join "$(printf 'x%.0s' {1..200})"
	run -6 chatctl -c alice invite create Club --max-uses 0
	run -2 chatctl -c alice invite create Club --max-uses many
}
