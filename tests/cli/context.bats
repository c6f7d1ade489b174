#!/usr/bin/env bats
# context add, list, use, remove; where tokens go; who may read them

load helper

prepare() {
	account alice
	account bob
}

setup() {
	# Each test has a store of its own.
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR
	store=$XDG_STATE_HOME/chat
}

@test "login makes a context named default, and the next one keeps it" {
	chatctl login alice --password-file "$PASSWORD"
	chatctl login bob --password-file "$PASSWORD"
	run -0 chatctl context list -o ndjson
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r '.name, .username, .current' <<<"$output" | xargs)" = "default bob true" ]
}

@test "-c names the context of a login, and keeps the current one" {
	chatctl -c first login alice --password-file "$PASSWORD"
	chatctl -c second login bob --password-file "$PASSWORD"
	run -0 chatctl whoami --json username
	[ "$output" = '{"username":"alice"}' ]
	run -0 chatctl -c second whoami --json username
	[ "$output" = '{"username":"bob"}' ]
	chatctl context use second
	run -0 chatctl whoami --json username
	[ "$output" = '{"username":"bob"}' ]
}

@test "contexts are added, listed and removed" {
	chatctl context add one http://one.example.org/
	chatctl context add two https://two.example.org:8443/chat
	run -6 chatctl context add one http://other.example.org
	run -0 chatctl context list -o tsv
	[ "${lines[0]}" = $'one\thttp://one.example.org\t\tfalse\ttrue\t' ]
	[ "${lines[1]}" = $'two\thttps://two.example.org:8443/chat\t\tfalse\tfalse\t' ]
	run -0 chatctl context list -o table
	[ "${lines[0]}" = "NAME  URL                                USERNAME  LOGGED IN  CURRENT  EXPIRES AT" ]
	run -0 chatctl context list --json name,username
	[ "$output" = '[{"name":"one","username":null},{"name":"two","username":null}]' ]
	run -2 chatctl context list --json token
	chatctl context remove one --dry-run
	[ "$(chatctl context list -o id | xargs)" = "one two" ]
	chatctl context remove one
	run -0 chatctl context list -o id
	[ "$output" = two ]
	run -3 chatctl context remove one
	run -3 chatctl context use one
	run -3 chatctl -c one whoami
	[[ $output == *"there is no context one"* ]]
}

@test "only the URLs of web servers are taken" {
	local url
	for url in example.org ftp://example.org 'http://user:pass@example.org' http:// \
		'http://example.org/?x=1' 'http://example.org/#x' file:///etc/passwd; do
		run -2 chatctl context add x "$url"
		run -2 chatctl --url "$url" about
	done
	run -2 chatctl context add 'a b' http://example.org
}

@test "a context's server is used where none is named" {
	unset CHATCTL_URL
	chatctl --url "http://127.0.0.1:$CHATD_PORT" login alice --password-file "$PASSWORD"
	run -0 chatctl whoami --json username
	[ "$output" = '{"username":"alice"}' ]
}

@test "the command line's context goes before the environment's server" {
	chatctl -c here login alice --password-file "$PASSWORD"
	CHATCTL_URL=http://127.0.0.1:1 run -0 chatctl -c here whoami --json username
	[ "$output" = '{"username":"alice"}' ]
	CHATCTL_URL=http://127.0.0.1:1 run -4 chatctl whoami
	run -8 chatctl -c here --url http://127.0.0.1:1 --retry 0 about
}

@test "a token goes to its own server alone" {
	chatctl login alice --password-file "$PASSWORD"
	run -0 chatctl --url http://127.0.0.1:1 api GET /users/me --dry-run
	[[ $output != *Authorization* ]]
	run -0 chatctl -c default --url http://127.0.0.1:1 api GET /users/me --dry-run
	[[ $output != *Authorization* ]]
	run -0 chatctl api GET /users/me --dry-run
	[[ $output == *"Authorization: Bearer ***"* ]]
}

@test "the store is its owner's alone" {
	chatctl login alice --password-file "$PASSWORD"
	[ "$(stat -c %a "$store")" = 700 ]
	[ "$(stat -c %a "$store/contexts.json")" = 600 ]
	chmod 644 "$store/contexts.json"
	run -1 --separate-stderr chatctl whoami
	[ "$stderr" = "chatctl: $store/contexts.json is open to other users (mode 0644): run chmod 600 $store/contexts.json" ]
	chmod 600 "$store/contexts.json"
	chmod 755 "$store"
	run -1 chatctl whoami
	[[ $output == *"run chmod 700 $store"* ]]
	run -1 chatctl login alice --password-file "$PASSWORD"
	chmod 700 "$store"
	run -0 chatctl whoami
}

@test "a damaged store is told, not overwritten" {
	chatctl login alice --password-file "$PASSWORD"
	echo '{"contexts' >"$store/contexts.json"
	run -1 chatctl whoami
	[[ $output == *"is damaged: remove it and log in again" ]]
	run -1 chatctl login alice --password-file "$PASSWORD"
	[ "$(cat "$store/contexts.json")" = '{"contexts' ]
}

@test "many logins at once lose none" {
	local i pids=()
	for i in 1 2 3 4 5; do
		"$CHATCTL" -c "c$i" login alice --password-file "$PASSWORD" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	run -0 chatctl context list -o id
	[ "${#lines[@]}" = 5 ]
	[ "$(ls "$store")" = "$(printf 'contexts.json\nlock')" ]
}

@test "auth status and context list know when a token ends" {
	account zoe
	run -0 chatctl -c zoe auth status -o json
	[ "$(jq -c 'del(.expires_at)' <<<"$output")" = "{\"url\":\"$CHATCTL_URL\",\"context\":\"zoe\",\"user\":\"zoe\"}" ]
	local ends
	ends=$(jq -r .expires_at <<<"$output")
	[[ $ends > $(date -u +%Y-%m-%dT%H:%M:%S) ]]
	run -0 chatctl context list -o json
	[ "$(jq -r '.[] | select(.name == "zoe") | [.logged_in, .expires_at] | @csv' <<<"$output")" = "true,\"$ends\"" ]
	# {"sub":"1","exp":1000000000}
	sed -i 's/"token": "[^"]*"/"token": "x.eyJzdWIiOiIxIiwiZXhwIjoxMDAwMDAwMDAwfQ.x"/' "$XDG_STATE_HOME/chat/contexts.json"
	run -0 chatctl context list -o json
	[ "$(jq -r '.[] | select(.name == "zoe") | [.logged_in, .expires_at] | @csv' <<<"$output")" = 'false,"2001-09-09T01:46:40.000Z"' ]
}
