// The same fan-out as bench-raw's, on Node's ws: ws_peer.mjs DIRECTORY, where npm has installed it.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "ws_peer.mjs"));
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
const subscribers = new Set();

server.on("listening", () => console.log(`port=${server.address().port}`));
server.on("connection", (socket, request) => {
	if (request.url === "/subscribe") {
		subscribers.add(socket);
		socket.on("close", () => subscribers.delete(socket));
	}
	socket.on("error", () => socket.terminate());
	socket.on("message", (data) => {
		for (const subscriber of subscribers)
			subscriber.send(data, { binary: false });
	});
});
