extends SceneTree

# What a Godot client of the original does, on Godot 3: run by test_godot3.py, which makes a server
# with an invite for it and one that it must not see. Prints a line for each step; exit code 0 or 1.

const WAIT = 10000 # ms for one reply or event
const NAME = "godot"
const PASSWORD = "p&ss=w+rd %é"

var url = OS.get_environment("CHAT_URL")
var token = ""
var failures = 0


func _initialize():
	Engine.target_fps = 500
	run()


func run():
	yield(sign_up(), "completed")
	yield(log_in(), "completed")
	if token == "":
		finish()
		return

	var me = yield(request("GET", "/users/me"), "completed").data
	check("who am I", me.username == NAME and is_id(me.id), me)
	yield(request("PATCH", "/users/me/status?new_status=away"), "completed")

	var joined = yield(request("POST", "/invites/" + OS.get_environment("CHAT_INVITE")), "completed")
	check("join by a POST without a body", joined.status == 200, joined)
	var servers = yield(request("GET", "/servers"), "completed").data
	check("load servers", servers.size() == 1 and servers[0].id == joined.data.id, servers)
	var server = servers[0].id
	var channels = yield(request("GET", "/servers/%d/channels" % server), "completed").data
	check("load channels", channels.size() == 1 and channels[0].name == "general", channels)
	var channel = channels[0].id
	var members = yield(request("GET", "/servers/%d/members" % server), "completed").data
	check("load members", members.size() == 2 and members[1].user.username == NAME, members)

	var live = Live.new(self, "/ws/%d/%d/%d?token=%s" % [me.id, server, channel, token])
	check("open the channel's socket", yield(live.opened(), "completed"), live.state)
	yield(talk(channel, live), "completed")
	yield(send_floats(me.id, server, channel), "completed")
	yield(read_errors(server, channel), "completed")
	yield(refused_sockets(me.id, server, channel), "completed")

	var logout = yield(request("POST", "/auth/logout"), "completed")
	check("log out by a POST without a body", logout.status == 200, logout)
	check("logged out: the socket closes", yield(live.closed(), "completed") == 4001, live.code)
	yield(refused("GET", "/users/me", "", 401), "completed")
	finish()


func sign_up():
	var about = yield(request("GET", "/"), "completed")
	check("find the backend", about.status == 200 and about.data.status == "running", about)
	if about.status != 200:
		return
	var body = {"username": NAME, "email": "godot@example.org", "password": PASSWORD}
	var reply = yield(request("POST", "/auth/register", to_json(body)), "completed")
	check("register", reply.status == 201 and is_id(reply.data.id), reply)
	reply = yield(request("POST", "/auth/register", to_json(body)), "completed")
	check("register again", reply.status == 400 and
			reply.data.detail == "Username already registered", reply)


func log_in():
	yield(refused("POST", "/auth/login", "username=%s&password=wrong" % NAME, 401, FORM), "completed")
	var form = "username=%s&password=%s" % [NAME.percent_encode(), PASSWORD.percent_encode()]
	var reply = yield(request("POST", "/auth/login", form, FORM), "completed")
	check("log in by a form", reply.status == 200 and reply.data.token_type == "bearer", reply)
	if reply.status == 200:
		token = reply.data.access_token


# Sends by REST and by socket, each heard on the socket; the paths have the extra prefix.
func talk(channel, live):
	var path = "/messages/channels/%d/messages" % channel
	var history = yield(request("GET", path + "?limit=50"), "completed")
	check("load an empty history", history.status == 200 and history.data.empty(), history)

	var sent = yield(request("POST", path, to_json({"content": "by REST é😀"})), "completed")
	check("send by REST", sent.status == 201 and is_id(sent.data.id), sent)
	var heard = yield(live.expect("message"), "completed")
	check("hear it", heard and heard.id == sent.data.id and heard.content == "by REST é😀" and
			heard.user.username == NAME and heard.username == NAME, heard)

	# Author and channel are the server's, whatever the frame says.
	live.send({"type": "message", "data": {"content": "by socket", "user_id": 1.0, "channel_id": 99.0}})
	heard = yield(live.expect("message"), "completed")
	check("send by socket", heard and heard.content == "by socket" and
			heard.username == NAME and heard.channel_id == channel, heard)
	live.send({"content": "bare"})
	heard = yield(live.expect("message"), "completed")
	check("send a bare frame", heard and heard.content == "bare", heard)
	live.send({"content": ""})
	heard = yield(live.expect("error"), "completed")
	check("a refused frame", heard and heard.detail is String, heard)

	var one = "/messages/messages/%d" % sent.data.id
	var shown = yield(request("GET", one), "completed")
	check("show a message", shown.status == 200 and shown.data.id == sent.data.id, shown)
	var edited = yield(request("PATCH", one, to_json({"content": "edited"})), "completed")
	check("edit it", edited.status == 200 and edited.data.is_edited == true, edited)
	heard = yield(live.expect("message_update"), "completed")
	check("hear the edit", heard and heard.content == "edited", heard)
	var deleted = yield(request("DELETE", one), "completed")
	check("delete it", deleted.status == 204, deleted)
	heard = yield(live.expect("message_delete"), "completed")
	check("hear that it is gone", heard and heard.id == sent.data.id, heard)

	history = yield(request("GET", path + "?limit=50"), "completed").data
	check("load the history", history.size() == 2 and history[0].content == "by socket" and
			history[1].content == "bare" and history[0].id < history[1].id, history)


# to_json() drops the point of a whole number; newer Godots write it, in JSON and in str().
func send_floats(me, server, channel):
	var body = "{\"content\":\"floats\",\"channel_id\":%.1f,\"user_id\":%.1f}" % [channel, me]
	var path = "/messages/channels/%.1f/messages" % channel
	var sent = yield(request("POST", path, body), "completed")
	check("ids as floats: " + body, sent.status == 201 and sent.data.channel_id == channel, sent)
	var one = yield(request("GET", "/messages/messages/%.1f" % sent.data.id), "completed")
	check("ids as floats in a path", one.status == 200 and one.data.id == sent.data.id, one)
	var history = yield(request("GET", path + "?limit=2.0&before=%.1f" % sent.data.id), "completed")
	check("and in a query", history.status == 200 and history.data.size() == 2, history)
	var live = Live.new(self, "/ws/%.1f/%.1f/%.1f?token=%s" % [me, server, channel, token])
	check("and in a socket's path", yield(live.opened(), "completed"), live.state)
	live.send({"type": "typing"})

	path = "/servers/%d/invites" % server
	var invite = yield(request("POST", path, "{\"max_uses\":5.0,\"expires_in\":60.0}"), "completed")
	check("numbers as floats", invite.status == 201 and invite.data.max_uses == 5, invite)
	yield(refused("POST", path, "{\"max_uses\":1.5}", 422), "completed")

	var table = yield(request("GET", "/openapi.json"), "completed").data.paths
	if table.has("/channels/{channel_id}/read"):
		path = "/channels/%d/read" % channel
		var read = yield(request("PUT", path, "{\"message_id\":%.1f}" % sent.data.id), "completed")
		check("read up to an id as a float", read.status >= 200 and read.status < 300, read)
		yield(refused("PUT", path, "{\"message_id\":1.5}", 422), "completed")


# The client shows `detail` as it is, so that it must be a string whatever went wrong.
func read_errors(server, channel):
	var messages = "/messages/channels/%d/messages" % channel
	var closed_channel = OS.get_environment("CHAT_CLOSED_CHANNEL")
	yield(refused("GET", "/servers/" + OS.get_environment("CHAT_CLOSED_SERVER"), "", 403), "completed")
	yield(refused("GET", "/messages/channels/%s/messages" % closed_channel, "", 403), "completed")
	yield(refused("POST", "/servers/%d/channels" % server, "{\"name\":\"mine\"}", 403), "completed")
	yield(refused("GET", "/messages/messages/9007199254740991", "", 404), "completed")
	yield(refused("GET", "/channels/9007199254740991", "", 404), "completed")
	yield(refused("GET", "/nowhere", "", 404), "completed")
	yield(refused("POST", messages, "{\"content\":", 400), "completed")
	yield(refused("POST", messages, "", 422), "completed")
	yield(refused("POST", messages, "{\"content\":\"\"}", 422), "completed")
	yield(refused("POST", messages, "{\"content\":7.0}", 422), "completed")
	yield(refused("GET", messages + "?limit=101", "", 422), "completed")
	yield(refused("GET", "/channels/x", "", 422), "completed")
	var good = token
	token = "nonsense"
	yield(refused("GET", "/servers", "", 401), "completed")
	token = ""
	yield(refused("GET", "/servers", "", 401), "completed")
	token = good


func refused_sockets(me, server, channel):
	var live = Live.new(self, "/ws/%d/%d/%d?token=nonsense" % [me, server, channel])
	check("a socket with a bad token", not yield(live.opened(), "completed"), live.state)
	var closed = [me, OS.get_environment("CHAT_CLOSED_SERVER"),
			OS.get_environment("CHAT_CLOSED_CHANNEL"), token]
	live = Live.new(self, "/ws/%d/%s/%s?token=%s" % closed)
	check("a socket where it is no member", yield(live.closed(), "completed") == 4003, live.code)


# --- what the steps are made of ---

const FORM = "Content-Type: application/x-www-form-urlencoded"
const METHODS = {"GET": HTTPClient.METHOD_GET, "POST": HTTPClient.METHOD_POST,
		"PUT": HTTPClient.METHOD_PUT, "PATCH": HTTPClient.METHOD_PATCH,
		"DELETE": HTTPClient.METHOD_DELETE}


# Gives {status, data}; status 0 where there is no reply. Says JSON even when it sends no body.
func request(method, path, body = "", type = "Content-Type: application/json"):
	var headers = [type]
	if token != "":
		headers.append("Authorization: Bearer " + token)
	var http = HTTPRequest.new()
	http.timeout = WAIT / 1000
	root.add_child(http)
	http.request(url + path, headers, false, METHODS[method], body)
	var reply = yield(http, "request_completed") # result, status, headers, body
	http.queue_free()
	if reply[0] != HTTPRequest.RESULT_SUCCESS:
		return {"status": 0, "data": "network error %d" % reply[0]}
	return {"status": reply[1], "data": JSON.parse(reply[3].get_string_from_utf8()).result}


func refused(method, path, body, status, type = "Content-Type: application/json"):
	var reply = yield(request(method, path, body, type), "completed")
	check("%d for %s %s %s" % [status, method, path, body], reply.status == status and
			reply.data is Dictionary and reply.data.get("detail") is String, reply)


func check(step, passed, got):
	if passed:
		print("ok     ", step)
	else:
		print("FAILED ", step, ": got ", to_json(got))
		failures += 1


func finish():
	print("done, %d failed" % failures)
	quit(1 if failures else 0)


func is_id(value):
	return value is float and value >= 1 and value == floor(value)


# A channel's socket. Its waits give up after WAIT.
class Live:
	var tree
	var client = WebSocketClient.new()
	var state = "connecting" # then open, or failed
	var code = 0 # chatd's close code

	func _init(scene_tree, path):
		tree = scene_tree
		client.connect("connection_established", self, "_opened")
		client.connect("connection_error", self, "_failed")
		client.connect("server_close_request", self, "_closing")
		if client.connect_to_url(tree.url.replace("http://", "ws://") + path) != OK:
			state = "failed"

	func _opened(_protocol):
		client.get_peer(1).set_write_mode(WebSocketPeer.WRITE_MODE_TEXT)
		state = "open"

	func _failed():
		state = "failed"

	func _closing(close_code, _reason):
		code = close_code

	func opened():
		var deadline = OS.get_ticks_msec() + WAIT
		yield(tree, "idle_frame")
		while state == "connecting" and OS.get_ticks_msec() < deadline:
			client.poll()
			yield(tree, "idle_frame")
		return state == "open"

	func closed():
		var deadline = OS.get_ticks_msec() + WAIT
		yield(tree, "idle_frame")
		while code == 0 and state != "failed" and OS.get_ticks_msec() < deadline:
			client.poll()
			yield(tree, "idle_frame")
		return code

	func send(event):
		client.get_peer(1).put_packet(to_json(event).to_utf8())

	# The data of the next event of this type, or null; others are passed over.
	func expect(type):
		var deadline = OS.get_ticks_msec() + WAIT
		var peer = client.get_peer(1)
		while OS.get_ticks_msec() < deadline:
			yield(tree, "idle_frame")
			client.poll()
			while peer.get_available_packet_count() > 0:
				var event = JSON.parse(peer.get_packet().get_string_from_utf8()).result
				if event.type == type:
					return event.data
		return null
