#!/usr/bin/env bats
# channel create, list, show, update, delete; names of channels

load helper

prepare() {
	account alice
	account bob
	make_server "Main" bob
	make_server "Side: b"
}

@test "create, show, update, list, delete" {
	run -0 chatctl -c alice channel create Main dev --description "code" --json name,description
	[ "$output" = '{"name":"dev","description":"code"}' ]
	run -0 chatctl -c alice channel show 'Main:#dev' --json name
	[ "$output" = '{"name":"dev"}' ]
	run -0 chatctl -c alice channel update '#dev' --name devel --json name
	[ "$output" = '{"name":"devel"}' ]
	run -0 chatctl -c bob channel list Main -o ndjson --json name
	[ "$output" = '{"name":"general"}
{"name":"devel"}' ]
	run -0 chatctl -c alice channel delete 'Main:devel'
	run -3 chatctl -c alice channel show 'Main:#devel'
	[[ $output == *"there is no channel Main:#devel"* ]]
}

@test "a channel is found by id and by its names" {
	local id
	id=$(chatctl -c alice channel create "Side: b" plans -o id)
	for name in "$id" 'Side: b:#plans' 'side: B:plans' '#plans' plans PLANS; do
		run -0 chatctl -c alice channel show "$name" -o id
		[ "$output" = "$id" ]
	done
}

@test "a name in several servers is ambiguous" {
	run -6 --separate-stderr chatctl -c alice channel show '#general'
	[[ $stderr == "chatctl: #general is ambiguous: it could be Main:#general (id "*"), Side: b:#general (id "*")" ]]
	run -0 chatctl -c bob channel show '#general'
}

@test "rights are the server's to judge" {
	run -5 chatctl -c bob channel create Main mine
	[[ $output == *"Your role on this server does not allow this"* ]]
	run -3 chatctl -c bob channel create Nowhere mine
}
