#!/usr/bin/env bats
# no network, retries, rate limits, broken servers: one line, and the right exit status

load helper

prepare() {
	account alice
	make_server "Net"
}

# A server that gives one scripted answer to each request, the last one for ever; the requests'
# first lines and bodies are in $requests. Its port: $port.
answers() {
	requests=$BATS_TEST_TMPDIR/requests
	python3 - "$requests" "$@" >"$BATS_TEST_TMPDIR/port" 3>&- <<'PY' &
import http.server, sys
log, script = open(sys.argv[1], "w", buffering=1), sys.argv[2:]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        log.write(f"{self.command} {self.path} {body.decode()}\n")
        what = script.pop(0) if len(script) > 1 else script[0]
        if what == "cut":
            self.close_connection = True
            return
        if what == "hang":
            self.rfile.read(1)
            return
        status, _, rest = what.partition(" ")
        headers, _, text = rest.partition("|")
        self.send_response(int(status))
        for header in filter(None, headers.split(",")):
            self.send_header(*header.split(":", 1))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
	server=$!
	eventually test -s "$BATS_TEST_TMPDIR/port"
	export CHATCTL_URL=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port") CHATCTL_TOKEN=secret-token
}

teardown() {
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
}

message='{"id":7,"channel_id":1,"user_id":1,"content":"hi","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","is_edited":false,"user":{"id":1,"username":"alice","status":"online","created_at":"2026-01-01T00:00:00.000Z"}}'

@test "no server: one line and 8" {
	run -8 --separate-stderr chatctl --url http://127.0.0.1:1 --retry 0 about
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "chatctl: cannot reach http://127.0.0.1:1: "*"is chatd running there?"* ]]
	run -8 --separate-stderr chatctl --url http://name.invalid --retry 0 about
	[ "${#stderr_lines[@]}" = 1 ]
}

@test "a proxy that is not there is named" {
	http_proxy=http://127.0.0.1:1 run -8 --separate-stderr chatctl \
		--url http://name.invalid --retry 0 about
	[[ $stderr == "chatctl: cannot reach the proxy 127.0.0.1:1 for http://name.invalid: "* ]]
	http_proxy=http://me:secret@proxy.invalid:3128 run -8 --separate-stderr chatctl \
		--url http://name.invalid --retry 0 about
	[[ $stderr == "chatctl: cannot reach the proxy proxy.invalid:3128 for "* ]]
	http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1 run -0 chatctl about
	http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1 run -8 --separate-stderr chatctl \
		--url http://127.0.0.1:2 --retry 0 about
	[[ $stderr == "chatctl: cannot reach http://127.0.0.1:2: "* ]]
}

@test "TLS that fails is told" {
	run -8 --separate-stderr chatctl --url "https://127.0.0.1:$CHATD_PORT" --retry 0 about
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *SSL*"does the server speak https?"* ]]
}

@test "a certificate that is not trusted is told, and can be trusted" {
	local key=$BATS_TEST_TMPDIR/key certificate=$BATS_TEST_TMPDIR/certificate port
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$key" -out "$certificate" -days 2 \
		-subj /CN=localhost 2>/dev/null
	HOST=127.0.0.1 PORT=0 TLS_CERT=$certificate TLS_KEY=$key \
		DATABASE_URL=sqlite:///$BATS_TEST_TMPDIR/tls.db "$CHATD" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	server=$!
	eventually grep -q 'is ready on https' "$BATS_TEST_TMPDIR/log"
	port=$(sed -n 's/.*is ready on https.*:\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/log")
	run -8 --separate-stderr chatctl --url "https://localhost:$port" --retry 0 about
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *certificate*"SSL_CERT_FILE can name a certificate to trust"* ]]
	SSL_CERT_FILE=$certificate run -0 chatctl --url "https://localhost:$port" about
	# The other way round.
	run -8 --separate-stderr chatctl --url "http://localhost:$port" --retry 0 about
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *"http or https as its URL says?"* ]]
}

@test "a wrong path, and another kind of server" {
	run -3 --separate-stderr chatctl --url "$CHATCTL_URL/elsewhere" login alice --password-file "$PASSWORD"
	[ "$stderr" = "chatctl: Not Found; is the server's URL right?" ]
	answers '404 |<html>nothing here</html>' '400 |{"detail":"as the original says it"}' \
		'404 |<html>nothing here</html>'
	run -3 --separate-stderr chatctl whoami
	[ "$stderr" = "chatctl: the server answers with HTTP status 404; is the server's URL right?" ]
	run -6 --separate-stderr chatctl whoami
	[ "$stderr" = "chatctl: as the original says it" ]
	run -9 --separate-stderr chatctl tail
	[ "$stderr" = "chatctl: the server answers with HTTP status 404; is the server's URL right?" ]
}

@test "a token that is none is not sent" {
	answers '200 |{}'
	local token
	for token in $'two\nlines' $'Bearer x\r' 'with space' 'ümlaut'; do
		CHATCTL_TOKEN=$token run -4 --separate-stderr chatctl whoami
		[[ $stderr == *"CHATCTL_TOKEN is not a token that the server takes" ]]
	done
	[ ! -s "$requests" ]
}

@test "a 503 and a 429 are tried again, with the same nonce" {
	answers "503 Retry-After:0" "429 Retry-After:0" "cut" "201 |$message"
	run -0 chatctl send 1 hi
	[ "$output" = 7 ]
	[ "$(wc -l <"$requests")" = 4 ]
	[ "$(sort -u "$requests" | wc -l)" = 1 ]
}

@test "a POST without a nonce is not repeated when its answer is lost" {
	answers "cut" "201 |{}"
	run -8 chatctl server create x
	[ "$(wc -l <"$requests")" = 1 ]
}

@test "retries end, with the last error's status" {
	answers '429 Retry-After:0|{"detail":"Slow down","code":"rate_limited","request_id":"r"}'
	run -7 --separate-stderr chatctl --retry 2 whoami
	[ "$stderr" = "chatctl: Slow down" ]
	[ "$(wc -l <"$requests")" = 3 ]
	run -7 chatctl --retry 0 whoami
	[ "$(wc -l <"$requests")" = 4 ]
}

@test "a server that says when to come back is asked until the time is over" {
	answers "503 Retry-After:1" "429 Retry-After:1" "503 Retry-After:1" "201 |$message"
	run -0 chatctl send 1 hi --retry 1
	[ "$(wc -l <"$requests")" = 4 ]
}

@test "a server that never comes back, by --retry 0 and by --timeout" {
	answers "503 Retry-After:1"
	run -9 chatctl send 1 hi --retry 0
	[ "$(wc -l <"$requests")" = 1 ]
	run -9 chatctl send 1 hi --timeout 1.5
	[ "$(wc -l <"$requests")" -le 3 ]
}

@test "a tail that cannot begin says so and ends" {
	export CHATCTL_TOKEN=secret-token
	run -8 --separate-stderr chatctl --url http://127.0.0.1:1 tail --retry 0
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "chatctl: cannot reach http://127.0.0.1:1: "* ]]
	run -8 --separate-stderr chatctl --url http://127.0.0.1:1 tail --retry 1 --timeout 60
	[ "${#stderr_lines[@]}" = 2 ]
	run -8 --separate-stderr chatctl --url "https://127.0.0.1:$CHATD_PORT" tail --retry 0
	[[ $stderr == "chatctl: cannot reach https://127.0.0.1:$CHATD_PORT: "* ]]
	http_proxy=http://127.0.0.1:1 run -8 --separate-stderr chatctl \
		--url http://name.invalid tail --retry 0
	[ "${#stderr_lines[@]}" = 1 ]
}

@test "a wait beyond the time is not waited for" {
	answers '503 Retry-After:3600|{"detail":"Busy","code":"busy","request_id":"r"}'
	run -9 chatctl whoami
	[ "$(wc -l <"$requests")" = 1 ]
}

@test "an answer that does not come ends by the time" {
	answers hang
	run -27 --separate-stderr chatctl --timeout 0.3 whoami
	[ "$stderr" = "chatctl: no answer from $CHATCTL_URL in time" ]
}

@test "the process list shows no secret" {
	answers hang
	unset CHATCTL_TOKEN
	"$CHATCTL" login alice --password-file "$PASSWORD" 3>&- &
	local pid=$!
	eventually grep -q "correct horse" "$requests"
	run -0 cat "/proc/$pid/cmdline"
	[[ $output == *login*alice* && $output != *horse* ]]
	kill "$pid"
}

@test "a broken server is 9, whatever it says" {
	answers '500 |oops' '502 |<html>bad gateway</html>' '200 |<html>not a chat server</html>' \
		'200 |{"id": "x"}' '200 |[1,2' '302 Location:http://127.0.0.1:1/|'
	local i
	for i in 1 2 3 4 5 6; do
		run -9 --separate-stderr chatctl --retry 0 whoami
		[ "${#stderr_lines[@]}" = 1 ]
		[ -z "$output" ]
	done
	# A redirect is not followed: the token would go along.
	[ "$(wc -l <"$requests")" = 6 ]
}

@test "a hostile detail stays on its line" {
	answers $'400 |{"detail":"a\\u001b[31m\\nb","code":"bad_request","request_id":"r"}'
	run -6 --separate-stderr chatctl whoami
	[ "$stderr" = 'chatctl: a\u001b[31m\u000ab' ]
}

@test "the statuses of the errors" {
	local one all=(401:4 403:5 404:3 410:3 409:6 413:6 422:6 418:6 429:7 500:9 503:9)
	answers "${all[@]/%:*/ |}"
	for one in "${all[@]}"; do
		run "-${one#*:}" chatctl --retry 0 whoami
	done
}

@test "chatd's own rate limit is 7" {
	stop_chatd
	RATE_LIMIT=on start_chatd
	local i status=0
	for i in $(seq 1 400); do
		echo "server list"
	done >"$BATS_TEST_TMPDIR/many"
	run -7 chatctl -c alice --retry 0 -f "$BATS_TEST_TMPDIR/many"
	run -0 chatctl -c alice server list
	stop_chatd
	start_chatd
}
