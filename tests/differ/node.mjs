// What chatd's parser takes, Node's HTTP server takes too, and reads the same: method, target, fields,
// and where the body ends. node.mjs HEADREAD [mutants] [seed]
//
// Random changes to the heads of the table. A head that chatd takes is given to Node with its body and
// another request behind, so that who sees another end sees other requests.

import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { Duplex } from 'node:stream';

const headread = process.argv[2];
const count = Number(process.argv[3] ?? 100000);
let state = Number(process.argv[4] ?? 1) | 0;

const BODY_MAX = 4096;
const AT_ONCE = 64;
const NEXT = Buffer.from('GET /the-next-one HTTP/1.1\r\nHost: next\r\n\r\n');
const SPICE = ['\r', '\n', '\r\n', ' ', '\t', ':', '\0', ',', ';', '\x0b', '\x0c', '\x7f', '\x80', '\xff', '/', '?',
	'#', '%', '%0a', '"', '(', '\x01', '0', '5', '-', '*', '@', '[', ']', 'X', 'chunked', 'HTTP/1.1', 'http://b',
	'\r\n\r\n', '\r\n ', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Host: b\r\n',
	'Connection: close\r\n', 'Connection: upgrade\r\n', 'Expect: 100-continue\r\n', 'X: y\r\n',
	'POST /p HTTP/1.1\r\nHost: a\r\n', 'TE: trailers\r\n', 'Upgrade: h2c\r\n'].map(text => Buffer.from(text, 'latin1'));

function random(n) {
	state ^= state << 13;
	state ^= state >>> 17;
	state ^= state << 5;
	return (state >>> 0) % n;
}

function records(bytes) {
	const found = [];
	for (let at = 0; at < bytes.length;) {
		const n = bytes.readUInt32LE(at);
		found.push(bytes.subarray(at + 4, at + 4 + n));
		at += 4 + n;
	}
	return found;
}

function ask(heads) {
	const input = Buffer.concat(heads.flatMap(head => {
		const size = Buffer.alloc(4);
		size.writeUInt32LE(head.length);
		return [size, head];
	}));
	const ran = spawnSync(headread, [], { input, maxBuffer: 1 << 30 });
	if (ran.status !== 0)
		throw new Error(`${headread} ended with ${ran.status ?? ran.signal}`);
	return ran.stdout.toString().trimEnd().split('\n');
}

// The heads that chatd takes, each with its line.
function take(heads) {
	const lines = ask(heads);
	return heads.map((bytes, i) => [bytes, lines[i]]).filter(([, line]) => line.startsWith('done'));
}

// One change: something put in, taken out, doubled, replaced, or taken from another head.
function change(bytes, table) {
	const at = random(bytes.length + 1), to = Math.min(bytes.length, at + random(8));
	const other = table[random(table.length)], from = random(other.length + 1);
	const put = [
		() => SPICE[random(SPICE.length)],
		() => Buffer.alloc(0),
		() => Buffer.from([random(256)]),
		() => Buffer.concat([bytes.subarray(at, to), bytes.subarray(at, to)]),
		() => other.subarray(from, from + random(40)),
	][random(5)]();
	return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(random(2) ? at : to)]);
}

// Half of them come from a good head by one change: of the others chatd takes few.
function mutant(table, good) {
	const from = random(2) ? good : table;
	let bytes = from[random(from.length)];
	for (let changes = from === good ? 1 : 1 + random(3); changes > 0; changes--)
		bytes = change(bytes, table);
	return bytes;
}

// --- Node ---

const server = http.createServer({ maxHeaderSize: 1 << 16, requireHostHeader: true }, (request, response) => {
	request.socket.seen.push(request);
	request.resume();
	response.end();
});
server.maxHeadersCount = 0;
server.on('clientError', (error, socket) => { socket.fault ??= error.code; });

function turn() {
	return new Promise(resolve => setImmediate(resolve));
}

// The requests that Node reads of these bytes, and its complaint.
async function node(bytes) {
	const socket = new Duplex({ read() {}, write(chunk, encoding, done) { done(); } });
	socket.seen = [];
	server.emit('connection', socket);
	socket.push(bytes);
	for (let turns = 0; turns < 4; turns++)
		await turn();
	socket.destroy();
	return socket;
}

function story(method, target, fields) {
	return JSON.stringify([method, target, ...fields]);
}

// What of chatd's reading Node does not share; undefined where they agree.
async function difference(bytes, line) {
	const [used, length, keep, ...texts] = line.split(' ').slice(1);
	const [method, target, ...fields] = texts.map(text => Buffer.from(text.slice(1), 'hex').toString('latin1'));
	const body = Math.max(0, Number(length));
	if (body > BODY_MAX)
		return undefined;
	const { seen, fault } = await node(Buffer.concat([bytes.subarray(0, Number(used)), Buffer.alloc(body, 'x'), NEXT]));
	// The one thing that RFC 9112 allows and Node does not take: a tab behind the digits of a length.
	if (fault === 'HPE_INVALID_CONTENT_LENGTH' && /content-length:[ \t]*\d+ *\t[ \t]*\r/i.test(bytes.toString('latin1')))
		return undefined;
	if (seen.length === 0)
		return `Node refuses it: ${fault}`;
	const read = story(seen[0].method, seen[0].url, seen[0].rawHeaders), own = story(method, target, fields);
	if (read !== own)
		return `Node reads ${read}, chatd ${own}`;
	// After an upgrade, which chatd may ignore, Node reads no more requests.
	if (keep === 'keep' && !seen[0].headers.upgrade && seen[1]?.url !== '/the-next-one')
		return `behind ${body} bytes of body Node sees ${seen[1]?.url ?? fault}`;
	return undefined;
}

const table = records(spawnSync(headread, ['--table'], { maxBuffer: 1 << 26 }).stdout);
const good = take(table).map(([bytes]) => bytes);
const heads = [...table, ...Array.from({ length: count }, () => mutant(table, good))];
const taken = take(heads);
let differing = 0;

for (let i = 0; i < taken.length; i += AT_ONCE) {
	const found = await Promise.all(taken.slice(i, i + AT_ONCE).map(async ([bytes, line]) => [bytes, await difference(bytes, line)]));
	for (const [bytes, what] of found)
		if (what !== undefined && ++differing <= 10)
			console.log(`${JSON.stringify(bytes.toString('latin1'))}\n  ${what}`);
}
console.log(`${heads.length} heads, ${taken.length} taken, ${differing} read differently by Node ${process.version}`);
process.exit(differing > 0 || taken.length < heads.length / 20 ? 1 : 0);
