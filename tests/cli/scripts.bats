#!/usr/bin/env bats
# The scripts of README.md as they stand there, but for the channel: a backup, a bot, a job of cron.

load helper

prepare() {
	account alice
	account robot
	make_server "Work" robot
	"$CHATCTL" context use robot
}

setup() {
	name=script-$BATS_TEST_NUMBER
	channel=$(chatctl -c alice channel create Work "$name" -o id)
	cd "$BATS_TEST_TMPDIR"
}

# Takes a script out of the README; it is run as a user runs it, with chatctl from the PATH.
script() {
	sed -n "/^\`\`\`sh $1\$/,/^\`\`\`\$/p" "$BATS_TEST_DIRNAME/../../README.md" |
		sed "1d; \$d; s/ACME:#general/Work:#$name/" >"$1"
	chmod +x "$1"
	[ -s "$1" ]
	PATH=$(dirname "$CHATCTL"):$PATH
}

@test "the backup has all of a channel, and goes on where it ended" {
	script backup
	seq 1 210 | chatctl -c alice send "$channel" --lines >/dev/null
	./backup
	chatctl -c alice send "$channel" $'later\nwith a second line' >/dev/null
	./backup
	./backup
	[ "$(jq -s length general.ndjson)" = 211 ]
	[ "$(jq -r .content general.ndjson | head -n 210)" = "$(seq 1 210)" ]
	[ "$(tail -n 1 general.ndjson | jq -c .content)" = '"later\nwith a second line"' ]
}

@test "the bot answers what it hears" {
	script bot
	setsid ./bot 3>&- &
	local bot=$!
	# It may not be listening yet, and answers nothing that was said before.
	eventually eval 'chatctl -c alice send "$channel" "!echo hello" >/dev/null &&
		chatctl -c alice history "$channel" -o ndjson | jq -r .content | grep -qx hello'
	chatctl -c alice send "$channel" quiet >/dev/null
	chatctl -c alice send "$channel" '!echo bye' >/dev/null
	eventually eval 'chatctl -c alice history "$channel" -o ndjson | jq -r .content | grep -qx bye'
	kill -- "-$bot"
	[ "$(chatctl -c alice history "$channel" -o ndjson | jq -r .content | grep -cx quiet)" = 1 ]
}

@test "the job sends a file, a message a line" {
	script job
	printf 'disk ok\nload ok\n' >report.txt
	# As cron runs it: hardly any environment, no terminal.
	run -0 env -i HOME="$HOME" XDG_STATE_HOME="$XDG_STATE_HOME" PATH="$PATH" setsid -w ./job
	[ "${#lines[@]}" = 2 ]
	run -0 chatctl -c alice history "$channel" -o ndjson --json content
	[ "$output" = '{"content":"disk ok"}
{"content":"load ok"}' ]
}
