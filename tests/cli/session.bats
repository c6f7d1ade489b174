#!/usr/bin/env bats
# session list, revoke

load helper

prepare() {
	account alice
}

@test "sessions are listed and revoked" {
	chatctl -c other login alice --password-file "$PASSWORD"
	local session
	session=$(chatctl -c other session list -o ndjson | jq -r 'select(.current).id')
	run -0 chatctl -c alice session list --json user_agent
	[[ $output == *'"user_agent":"chatctl/'* ]]
	run -0 chatctl -c alice session revoke "$session"
	[ -z "$output" ]
	run -4 chatctl -c other whoami
	run -3 chatctl -c alice session revoke "$session"
}
