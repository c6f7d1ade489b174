#!/usr/bin/env bats
# api METHOD PATH: any request

load helper

prepare() {
	account alice
	account bob
	make_server "Api" bob
	chatctl -c alice channel create Api talk
	seq 1 120 | chatctl -c alice send '#talk' --lines >/dev/null
}

@test "GET prints the answer as it came" {
	run -0 chatctl -c alice api GET /users/me
	[ "$(jq -r .username <<<"$output")" = alice ]
	run -0 chatctl -c alice api get /health ||
		run -2 chatctl -c alice api get /health
	run -0 chatctl api GET /metrics
	[[ $output == *"# HELP"* ]]
}

@test "fields go into the query of a GET, and into a JSON body elsewhere" {
	local channel
	channel=$(chatctl -c alice channel show '#talk' -o id)
	run -0 chatctl -c alice api GET "/channels/$channel/messages" -f limit=2 -f skip=1
	[ "$(jq -c 'map(.content)' <<<"$output")" = '["118","119"]' ]
	# A text that looks like a number stays a text where the tables know that it is one.
	run -0 chatctl -c alice api POST "/channels/$channel/messages" -f content=42 -f nonce=1
	[ "$(jq -c '[.content, .nonce]' <<<"$output")" = '["42","1"]' ]
	run -0 chatctl -c alice api POST /servers/1/invites -f max_uses=3
	[ "$(jq .max_uses <<<"$output")" = 3 ]
	run -0 chatctl -c alice api POST /unknown -f a=1 -f b=x -f c=true -f d= -f e=01 --dry-run
	[ "${lines[-1]}" = '{"a":1,"b":"x","c":true,"d":"","e":"01"}' ]
	run -2 chatctl -c alice api POST /servers -f name
}

@test "a body comes from a file or from standard input" {
	run -0 chatctl -c alice api POST /servers --input - <<<'{"name": "From input"}'
	[ "$(jq -r .name <<<"$output")" = "From input" ]
	echo '{"name": "From file"}' >"$BATS_TEST_TMPDIR/body"
	run -0 chatctl -c alice api POST /servers --input "$BATS_TEST_TMPDIR/body"
	[ "$(jq -r .name <<<"$output")" = "From file" ]
	run -6 chatctl -c alice api POST /servers --input - <<<'{'
	[[ $output == *"not valid JSON"* ]]
}

@test "-i shows the status line and the headers" {
	run -0 chatctl -c alice api GET /users/me -i
	[[ ${lines[0]} == "HTTP/1.1 200 OK"* ]]
	[[ $output == *"X-Request-Id: "* ]]
}

@test "an error prints the answer, its detail and its status" {
	run -3 --separate-stderr chatctl -c alice api GET /channels/999999
	[ "$(jq -r .code <<<"$output")" = channel_not_found ]
	[[ $stderr == "chatctl: Channel not found; "* ]]
	run -6 chatctl -c alice api DELETE /health
	run -6 chatctl -c alice api POST /servers -f name=
}

@test "--paginate gets all pages as one list" {
	local channel
	channel=$(chatctl -c alice channel create Api pages -o id)
	seq 1 230 | chatctl -c alice send "$channel" --lines >/dev/null
	run -0 chatctl -c alice api GET "/channels/$channel/messages" --paginate
	[ "$(jq -r '.[].content' <<<"$output")" = "$(seq 1 230)" ]
	run -0 chatctl -c alice api GET /servers/1/members --paginate
	[ "$(jq -c 'map(.user.username)' <<<"$output")" = '["alice","bob"]' ]
	run -2 chatctl -c alice api GET /users/me --paginate
}

@test "only a path of the server is taken" {
	run -2 chatctl api GET 'http://example.org/'
	run -2 chatctl api GET '/a b'
	run -2 chatctl api GET $'/a\r\nX: y'
	run -2 chatctl api FETCH /
}

@test "a secret in a known body is masked, and does not belong on the command line" {
	local body='{"username": "a", "password": "hunter22"}'
	run -0 chatctl api POST /auth/login --input - --dry-run <<<"$body"
	[[ $output != *hunter22* ]]
	run -0 chatctl api POST /auth/login --input - --curl <<<"$body"
	[[ $output != *hunter22* ]]
	run -4 chatctl api POST /auth/login --input - --verbose <<<"$body"
	[[ $output != *hunter22* ]]
	run -2 chatctl api POST /auth/login -f username=a -f password=hunter22
	[[ $output == *"others can read password"*"--input -" ]]
	[[ $output != *hunter22* ]]
}

@test "the method in any case, the path without its slash, the answer in any format" {
	run -0 chatctl -c alice api get users/me --json username
	[ "$output" = '{"username":"alice"}' ]
	run -0 chatctl -c alice api get users/me -o id
	[[ $output =~ ^[0-9]+$ ]]
	run -0 chatctl -c alice api GET /servers --json id,name
	[ "$(jq -c 'type' <<<"$output")" = '"array"' ]
	run -2 chatctl -c alice api GET /users/me --json nosuch
	run -2 chatctl -c alice api GET /users/me --json ''
	run -2 chatctl -c alice api GET /nowhere --json id
	run -2 chatctl -c alice api GET /users/me -i -o id
	run -2 chatctl metrics -o json
	[[ $output == *"has no other format"* ]]
	run -0 chatctl openapi -o json
}

@test "--curl prints a command that does the same" {
	local token command
	token=$(jq -r '.contexts[] | select(.name == "alice").token' "$XDG_STATE_HOME/chat/contexts.json")
	command=$(chatctl -c alice server create "It's \"quoted\" \$HOME" --curl)
	[[ $command == 'curl -X POST -H "Authorization: Bearer $CHATCTL_TOKEN"'* ]]
	CHATCTL_TOKEN=$token run -0 sh -c "$command -s"
	[ "$(jq -r .name <<<"$output")" = "It's \"quoted\" \$HOME" ]
}
