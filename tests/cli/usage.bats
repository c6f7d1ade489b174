#!/usr/bin/env bats
# help, unknown commands and flags, the table of endpoints

load helper

@test "help names every command, and each has its own" {
	run -0 chatctl --help
	[[ ${lines[0]} == "Usage: chatctl COMMAND"* ]]
	local words overview=$output
	while read -r words; do
		[[ $overview == *"  $words"* ]]
		# shellcheck disable=SC2086
		run -0 chatctl help $words
		[[ ${lines[0]} == "Usage: chatctl $words"* ]]
		local first=$output
		# shellcheck disable=SC2086
		run -0 chatctl $words --help
		[ "$output" = "$first" ]
	done < <(chatctl help -o json | jq -r '.commands[].words')
}

@test "help fits a terminal of 80 columns" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		run -0 chatctl help $words
		[ "$(wc -L <<<"$output")" -le 80 ] || { echo "$words"; return 1; }
	done < <(echo; chatctl help -o json | jq -r '.commands[].words')
}

@test "help of a noun lists its verbs" {
	run -0 chatctl help server
	[[ $output == *"server create"* && $output == *"server delete"* ]]
	[[ $output != *"channel create"* ]]
	run -0 chatctl server --help
	run -2 chatctl help nonsense
}

@test "version" {
	run -0 chatctl --version
	[[ $output =~ ^chatctl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "what is wrong gets one line, the nearest word, and status 2" {
	local -a wrong=("" "sevrer list|did you mean server?" "server lits|did you mean server list?"
		"server|needs a verb" "hisotry 1|did you mean history?" "whoami --ouptut json|--output?"
		"send|needs CHANNEL" "register x|needs --email" "whoami -Z|no option -Z"
		"whoami x|no more arguments" "whoami -o yaml|table or json" "--retry 1001 whoami|1000")
	local one
	for one in "${wrong[@]}"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr chatctl ${one%%|*}
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "chatctl: "*"${one#*|}"* ]]
	done
}

# The arguments that a command needs, one that fits for each.
arguments() {
	jq -r --arg words "$1" '.commands[] | select(.words == $words).arguments[]
		| select(.required or (.list and (.name | startswith("--") | not)))
		| (if .name | startswith("--") then .name else empty end),
		  (if .choices then .choices | split("|")[0] else
		   if .kind == "text" then "x" else "7" end end)' "$BATS_FILE_TMPDIR/help.json"
}

@test "every endpoint of the server is reached by a command" {
	chatctl help -o json >"$BATS_FILE_TMPDIR/help.json"
	export CHATCTL_TOKEN=x
	chatctl api GET /openapi.json |
		jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[]
			| select(.key | IN("get", "post", "put", "patch", "delete"))
			| "\(.key | ascii_upcase) \($path)"' |
		grep -v ' /messages/channels/\| /messages/messages/' | sort >"$BATS_TEST_TMPDIR/wanted"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/wanted")" -gt 40 ]
	jq -r '.commands[] | select(.method) | "\(.method) \(.path)"' "$BATS_FILE_TMPDIR/help.json" |
		sort >"$BATS_TEST_TMPDIR/reached"
	diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/reached"

	# And the command really makes that request.
	local words request path
	while IFS=$'\t' read -r words request path; do
		local -a args
		mapfile -t args < <(arguments "$words")
		# shellcheck disable=SC2086
		run -0 chatctl $words "${args[@]}" --dry-run
		path=$(sed -E 's/\{(code|session_id)\}/x/; s/\{[a-z_]*\}/7/g' <<<"$path")
		[[ ${lines[0]} == "$request $CHATCTL_URL$path"?(\?*) ]] ||
			{ echo "$words ${args[*]}: ${lines[0]}, not $request $path"; return 1; }
	done < <(jq -r '.commands[] | select(.method) | "\(.words)\t\(.method)\t\(.path)"' \
		"$BATS_FILE_TMPDIR/help.json")
}

@test "what is wrong with the command line is 2, what is not there is 3" {
	run -2 chatctl --url localhost:8000 about
	run -2 chatctl --url ftp://localhost about
	run -2 chatctl login x --password-stdin --password-file /dev/null
	run -2 setsid -w "$CHATCTL" login x
	run -2 chatctl api POST /servers -f content
	run -2 chatctl api GET '/a b'
	run -2 chatctl --url http://127.0.0.1:1 server show ''
	[[ $output == *'SERVER must be a name or an id, not ""'* ]]
	run -2 chatctl --url http://127.0.0.1:1 send '' text
	run -3 chatctl --url http://127.0.0.1:1 join 'a/b c?d'
	run -2 chatctl --url http://127.0.0.1:1 join ''
	run -3 chatctl -c nosuch whoami
	run -3 chatctl context use nosuch
}

@test "exit and quit end a shell without a terminal" {
	run -0 chatctl shell <<<$'about --json status\nexit\nnonsense'
	[ "$output" = '{"status":"running"}' ]
	run -0 chatctl shell <<<$'quit\nnonsense'
}

@test "help completes" {
	[ "$(chatctl complete -- help ser)" = server ]
	[ "$(chatctl complete -- help server cr)" = create ]
	[ "$(chatctl complete -- help whoa)" = whoami ]
}
