#!/usr/bin/env bats
# server create, list, show, update, delete; names of servers

load helper

prepare() {
	account alice
	account bob
}

@test "create, show, update, list, delete" {
	run -0 chatctl -c alice server create "First" --description "about it" --json name,description
	[ "$output" = '{"name":"First","description":"about it"}' ]
	run -0 chatctl -c alice server show First --json name
	[ "$output" = '{"name":"First"}' ]
	run -0 chatctl -c alice server update First --name "Renamed" --json name,description
	[ "$output" = '{"name":"Renamed","description":"about it"}' ]
	run -0 chatctl -c alice server list -o ndjson --json name
	[[ $output == *'{"name":"Renamed"}'* ]]
	run -0 chatctl -c alice server delete Renamed
	[ -z "$output" ]
	run -3 chatctl -c alice server show Renamed
}

@test "a server is found by id, by name, and by name in any case" {
	local id
	id=$(chatctl -c alice server create "Straße" -o id)
	for name in "$id" "Straße" "STRASSE"; do
		run -0 chatctl -c alice server show "$name" -o id
		[ "$output" = "$id" ]
	done
}

@test "an ambiguous name lists the candidates" {
	local one two
	one=$(chatctl -c alice server create "Twin" -o id)
	two=$(chatctl -c alice server create "Twin" -o id)
	run -6 --separate-stderr chatctl -c alice server show Twin
	[ "$stderr" = "chatctl: Twin is ambiguous: it could be Twin (id $one), Twin (id $two)" ]
	# A name in its own spelling goes before one in another case.
	local lower
	lower=$(chatctl -c alice server create "twin" -o id)
	run -0 chatctl -c alice server show twin -o id
	[ "$output" = "$lower" ]
	run -6 chatctl -c alice server show TWIN
}

@test "a misspelled name is told the nearest" {
	chatctl -c alice server create "Harbour"
	run -3 --separate-stderr chatctl -c alice server show Habrour
	[ "$stderr" = "chatctl: there is no server Habrour that you can see; did you mean Harbour?" ]
}

@test "others' servers are out of reach" {
	local id
	id=$(chatctl -c alice server create "Private" -o id)
	run -5 chatctl -c bob server show "$id"
	run -3 chatctl -c bob server show Private
	run -5 chatctl -c bob server delete "$id"
	run -3 chatctl -c bob server show 999999
}

@test "what does not fit is invalid input" {
	run -6 --separate-stderr chatctl -c alice server create ""
	[ "${#stderr_lines[@]}" = 1 ]
	run -6 chatctl -c alice server create "$(printf 'x%.0s' {1..101})"
	run -6 chatctl -c alice server create $'\xff'
	[[ $output == *"name is not valid UTF-8"* ]]
}
