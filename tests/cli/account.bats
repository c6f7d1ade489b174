#!/usr/bin/env bats
# register, login, logout, whoami, passwd, auth

load helper

prepare() {
	account alice
}

@test "register prints the new account" {
	run -0 chatctl register bob --email bob@example.org --password-file "$PASSWORD" --json username,email
	[ "$output" = '{"username":"bob","email":"bob@example.org"}' ]
}

@test "a name that is taken is a conflict" {
	run -6 --separate-stderr chatctl register alice --email x@example.org --password-file "$PASSWORD"
	[ "$stderr" = "chatctl: Username already registered" ]
	[ -z "$output" ]
}

@test "a password comes from standard input" {
	run -0 chatctl register carol --email carol@example.org --password-stdin <<<"hunter2hunter2"
	run -4 chatctl -c carol login carol --password-file "$PASSWORD"
	run -0 chatctl -c carol login carol --password-stdin <<<"hunter2hunter2"
	[[ $output == "Logged in to $CHATCTL_URL as carol (context carol)" ]]
}

# Starts a login on a terminal, which shows on $screen, and waits for its question; what is written
# to descriptor 9 is typed.
ask_password() {
	screen=$BATS_TEST_TMPDIR/screen
	mkfifo "$BATS_TEST_TMPDIR/keys"
	script -qefc "'$CHATCTL' -c typed login alice" "$screen" <"$BATS_TEST_TMPDIR/keys" \
		>/dev/null 3>&- &
	terminal=$!
	exec 9>"$BATS_TEST_TMPDIR/keys"
	eventually grep -q "Password: " "$screen"
}

@test "a password is asked for without echo" {
	ask_password
	cat "$PASSWORD" >&9
	wait "$terminal"
	run -0 cat "$screen"
	[[ $output != *"correct horse"* ]]
	[[ $output == *"Logged in to $CHATCTL_URL as alice"* ]]
}

@test "Ctrl-C at the prompt ends with 130" {
	local status=0
	ask_password
	printf '\003' >&9
	wait "$terminal" || status=$?
	[ "$status" = 130 ]
}

@test "without a terminal and without a source there is no password" {
	run -2 setsid -w "$CHATCTL" login alice </dev/null
	[[ $output == *"--password-stdin or --password-file"* ]]
}

@test "an empty or missing password file is told" {
	: >"$BATS_TEST_TMPDIR/empty"
	run -6 chatctl login alice --password-file "$BATS_TEST_TMPDIR/empty"
	[[ $output == *"has no line for: Password"* ]]
	run -1 chatctl login alice --password-file "$BATS_TEST_TMPDIR/none"
	[[ $output == *"No such file"* ]]
}

@test "a wrong password is refused" {
	run -4 chatctl -c wrong login alice --password-stdin <<<"not the one"
	[[ $output == *"Incorrect username or password"* ]]
	run -3 chatctl -c wrong whoami
}

@test "whoami and auth status say who" {
	run -0 chatctl -c alice whoami --json username
	[ "$output" = '{"username":"alice"}' ]
	run -0 chatctl -c alice auth status
	[[ $output == "Logged in to $CHATCTL_URL as alice, id "*" (context alice)" ]]
	run -0 chatctl -c alice auth status --dry-run
	[[ ${lines[0]} == "GET $CHATCTL_URL/users/me" ]]
}

@test "who is not logged in is told how to" {
	XDG_STATE_HOME=$BATS_TEST_TMPDIR run -4 --separate-stderr chatctl whoami
	[ "$stderr" = "chatctl: Not authenticated; log in with chatctl login NAME" ]
	XDG_STATE_HOME=$BATS_TEST_TMPDIR run -4 chatctl auth status
}

@test "logout revokes the token and forgets it" {
	chatctl -c out login alice --password-file "$PASSWORD"
	local token
	token=$(jq -r '.contexts[] | select(.name == "out").token' "$XDG_STATE_HOME/chat/contexts.json")
	CHATCTL_TOKEN=$token chatctl whoami
	run -0 chatctl -c out logout
	CHATCTL_TOKEN=$token run -4 chatctl whoami
	[[ $output == *CHATCTL_TOKEN* ]]
	run -4 chatctl -c out whoami
	run ! grep -qF "$token" "$XDG_STATE_HOME/chat/contexts.json"
}

@test "logout with a token that is dead forgets it too" {
	chatctl -c dead login alice --password-file "$PASSWORD"
	local session
	session=$(chatctl -c dead session list -o ndjson | jq -r 'select(.current).id')
	chatctl -c alice session revoke "$session"
	run -4 chatctl -c dead whoami
	run -0 chatctl -c dead logout
	run -0 chatctl context list -o json
	[ "$(jq -r '.[] | select(.name == "dead").logged_in' <<<"$output")" = false ]
}

@test "a token from the environment goes before the context's" {
	CHATCTL_TOKEN=nonsense run -4 chatctl -c alice whoami
}

@test "passwd takes the old and the new password, and ends the other sessions" {
	account dave
	chatctl -c dave2 login dave --password-file "$PASSWORD"
	run -6 chatctl -c dave passwd --password-stdin < <(printf 'wrong one\nnew password\n')
	run -0 chatctl -c dave passwd --password-stdin < <(cat "$PASSWORD"; echo "new password")
	run -4 chatctl -c dave2 whoami
	run -0 chatctl -c dave whoami
	run -4 chatctl -c dave2 login dave --password-file "$PASSWORD"
	run -0 chatctl -c dave2 login dave --password-stdin <<<"new password"
}

@test "no secret is in the output or the trace" {
	run -0 chatctl -c alice whoami --verbose
	[[ $output == *"Authorization: Bearer ***"* ]]
	local token
	token=$(jq -r '.contexts[] | select(.name == "alice").token' "$XDG_STATE_HOME/chat/contexts.json")
	[[ $output != *"$token"* ]]
	run -0 chatctl -c trace login alice --password-file "$PASSWORD" --verbose
	[[ $output == *'"password":"***"'* ]]
	[[ $output != *"correct horse"* ]]
	token=$(jq -r '.contexts[] | select(.name == "trace").token' "$XDG_STATE_HOME/chat/contexts.json")
	[[ $output != *"$token"* ]]
	run -0 chatctl -c alice login alice --dry-run
	[[ $output == *'"password":"***"'* ]]
}
