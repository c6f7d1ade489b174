#!/usr/bin/env bats
# formats, colours, errors as data, and what others wrote on a terminal

load helper

prepare() {
	account alice
	make_server "Shape"
	chatctl -c alice channel create Shape odd --description $'tab\there\nline \\ end'
	export CHANNEL
	CHANNEL=$(chatctl -c alice channel show '#odd' -o id)
	chatctl -c alice send "$CHANNEL" $'one\ttwo\nthree\\four \e]0;title\x07\xc2\x9b31m'
}

@test "tsv is the default elsewhere than on a terminal" {
	run -0 chatctl -c alice history "$CHANNEL"
	[ "$(cut -f 3,4 <<<"$output")" = $'alice\tone\\ttwo\\nthree\\\\four \e]0;title\x07\xc2\x9b31m' ]
	[ "$(chatctl -c alice history "$CHANNEL" -o tsv)" = "$output" ]
	[[ $(cut -f 2 <<<"$output") =~ ^[0-9]{4}-..-..T..:..:..\....Z$ ]]
}

@test "table is the default on a terminal, and inert" {
	NO_COLOR=1 run -0 on_terminal "$CHATCTL" -c alice history "$CHANNEL"
	[[ ${lines[0]} == "ID  CREATED AT        USER   CONTENT" ]]
	[[ ${lines[1]} == *'alice  one\ttwo\nthree\four \u001b]0;title\u0007\u009b31m' ]]
	for format in tsv ndjson json; do
		run -0 on_terminal "$CHATCTL" -c alice history "$CHANNEL" -o "$format"
		[[ $output != *$'\e'* && $output != *$'\x07'* && $output != *$'\xc2\x9b'* ]]
	done
	run -0 on_terminal "$CHATCTL" -c alice api GET "/channels/$CHANNEL/messages"
	[[ $output != *$'\xc2\x9b'* ]]
}

@test "json is one document, ndjson a line an object, id only ids" {
	run -0 chatctl -c alice channel list Shape -o json
	[ "$(jq -c 'map(.name)' <<<"$output")" = '["general","odd"]' ]
	run -0 chatctl -c alice channel list Shape -o ndjson
	[ "${#lines[@]}" = 2 ]
	[ "$(jq -r .name <<<"${lines[1]}")" = odd ]
	run -0 chatctl -c alice channel list Shape -o id
	[ "${lines[1]}" = "$CHANNEL" ]
	run -0 chatctl -c alice channel show "$CHANNEL" -o json
	[ "$(jq -r .description <<<"$output")" = $'tab\there\nline \\ end' ]
	run -0 chatctl -c alice invite list Shape -o json
	[ "$output" = '[]' ]
	run -0 chatctl -c alice invite list Shape -o ndjson
	[ -z "$output" ]
}

@test "json on a terminal is indented, and the same data" {
	run -0 on_terminal "$CHATCTL" -c alice channel show "$CHANNEL" -o json
	[ "${lines[0]}" = "{" ]
	[ "${lines[1]}" = "  \"id\": $CHANNEL," ]
	[ "$(jq -c . <<<"$output")" = "$(chatctl -c alice channel show "$CHANNEL" -o json)" ]
}

@test "--json picks fields, and names those there are" {
	run -0 chatctl -c alice channel show "$CHANNEL" --json name,last_message_id
	[[ $output =~ ^\{\"name\":\"odd\",\"last_message_id\":[0-9]+\}$ ]]
	run -0 chatctl -c alice channel show Shape:general --json last_message_id,description
	[ "$output" = '{"last_message_id":null,"description":null}' ]
	run -0 chatctl -c alice member list Shape --json role,user -o ndjson
	[ "$(jq -r .user.username <<<"$output")" = alice ]
	run -2 chatctl -c alice channel list Shape --json nam
	[[ $output == *"there is no field nam; there are id, server_id, name"* ]]
	run -2 chatctl -c alice channel list Shape --json name -o tsv
}

@test "colours come on a terminal, and as the variables say" {
	run -0 on_terminal "$CHATCTL" -c alice channel list Shape
	[[ $output == *$'\e[1m'* ]]
	NO_COLOR=1 run -0 on_terminal "$CHATCTL" -c alice channel list Shape
	[[ $output != *$'\e['* ]]
	TERM=dumb run -0 on_terminal "$CHATCTL" -c alice channel list Shape
	[[ $output != *$'\e['* ]]
	CLICOLOR_FORCE=1 run -0 chatctl -c alice channel list Shape -o table
	[[ $output == *$'\e[1m'* ]]
	run -0 chatctl -c alice channel list Shape -o table
	[[ $output != *$'\e['* ]]
}

@test "errors are data with -o json" {
	run -3 --separate-stderr chatctl -c alice user show 999999 -o json
	[ -z "$output" ]
	[ "$(jq -c '[.detail, .code, .exit]' <<<"$stderr")" = '["User not found","user_not_found",3]' ]
	local wrong
	for wrong in "-o json nonsense" "nonsense -o json" "whoami --nonsense --output=ndjson" \
		"--json id whoami x" "whoami x --json id"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr chatctl $wrong
		[ "$(jq -c '[.code, .exit]' <<<"$stderr")" = '["usage",2]' ]
	done
}

@test "wide characters keep the columns" {
	chatctl -c alice server create "寿司"
	run -0 chatctl -c alice server list -o table --timeout 5
	local line
	for line in "${lines[@]:1}"; do
		[[ $line == *"  "* ]]
	done
	[[ $output == *"寿司   "* && $output == *"Shape  "* ]]
}

@test "a full disk is an error, a closed pipe is none" {
	run -1 --separate-stderr bash -c '"$0" -c alice server list >/dev/full' "$CHATCTL"
	[[ $stderr == "chatctl: cannot write standard output"* ]]
	run -0 --separate-stderr bash -c '"$0" -c alice help -o json | true; exit "${PIPESTATUS[0]}"' \
		"$CHATCTL"
	[ -z "$stderr" ]
}
