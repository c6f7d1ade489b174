#!/usr/bin/env bats
# What people build with it: a backup, a bot, a job that sends a file.

load helper

prepare() {
	account alice
	account robot
	make_server "Work" robot
}

setup() {
	channel=$(chatctl -c alice channel create Work "script-$BATS_TEST_NUMBER" -o id)
}

@test "a backup has all of a channel, and goes on where it ended" {
	local backup=$BATS_TEST_TMPDIR/backup.ndjson
	seq 1 210 | chatctl -c alice send "$channel" --lines >/dev/null
	chatctl -c robot history "$channel" --all -o ndjson >"$backup"
	chatctl -c alice send "$channel" $'later\nwith a second line' >/dev/null
	chatctl -c robot history "$channel" --all --after "$(tail -n 1 "$backup" | jq .id)" \
		-o ndjson >>"$backup"
	[ "$(jq -s length "$backup")" = 211 ]
	[ "$(jq -r .content "$backup" | head -n 210)" = "$(seq 1 210)" ]
	[ "$(tail -n 1 "$backup" | jq -c .content)" = '"later\nwith a second line"' ]
}

@test "a bot answers what it hears" {
	chatctl -c robot tail "$channel" --count 4 | while read -r line; do
		[ "$(jq -r .user.username <<<"$line")" != robot ] || continue
		jq -r '"You said: " + .content' <<<"$line" | chatctl -c robot send "$channel" >/dev/null
	done 3>&- &
	local bot=$!
	chatctl -c alice send "$channel" hello >/dev/null
	eventually eval 'chatctl -c alice history "$channel" | grep -q "You said: hello"'
	chatctl -c alice send "$channel" bye >/dev/null
	wait "$bot"
	run -0 chatctl -c alice history "$channel" -o ndjson
	[ "$(jq -r '.content' <<<"$output")" = 'hello
You said: hello
bye
You said: bye' ]
}

@test "a job sends a file, a message a line" {
	printf 'disk ok\nload ok\n' >"$BATS_TEST_TMPDIR/report"
	# As cron runs it: hardly any environment, no terminal.
	run -0 env -i HOME="$HOME" XDG_STATE_HOME="$XDG_STATE_HOME" setsid -w \
		"$CHATCTL" -c robot send "Work:#script-$BATS_TEST_NUMBER" --lines \
		<"$BATS_TEST_TMPDIR/report"
	[ "${#lines[@]}" = 2 ]
	run -0 chatctl -c alice history "$channel" -o ndjson --json content
	[ "$output" = '{"content":"disk ok"}
{"content":"load ok"}' ]
}
