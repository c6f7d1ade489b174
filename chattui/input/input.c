#include "input/input.h"

#include <stdlib.h>
#include <string.h>
#include "text/glyph.h"

#define PASTE_MAX ((size_t)256 << 10) /* bytes; a message has 8000 at most */
#define ESC 0x1b
#define CTRL_C 0x03
#define PARAMS_MAX 4

void input_init(struct input *input)
{
	*input = (struct input){0};
	buf_init(&input->paste, PASTE_MAX);
}

void input_release(struct input *input)
{
	buf_release(&input->paste);
}

int input_waits(const struct input *input)
{
	return input->pasting ? INPUT_PASTE_MS : input->n_pending > 0 ? INPUT_KEY_MS : 0;
}

static void key_event(struct input_event *event, chat_key key)
{
	*event = (struct input_event){.kind = INPUT_KEY, .key = key};
}

/* A control character as the key that sends it. */
static chat_key control_key(unsigned char c)
{
	switch (c) {
	case '\r':
	case '\n':
		return KEY_ENTER;
	case '\t':
		return KEY_TAB;
	case ESC:
		return KEY_ESC;
	case 0x7f:
	case '\b':
		return KEY_BACKSPACE;
	case 0:
		return KEY_CTRL | ' ';
	default:
		return KEY_CTRL | (chat_key)(c < 27 ? c + 'a' - 1 : c + '@');
	}
}

/* --- escape sequences --- */

/* The parameters of a CSI sequence; what is missing is 0. */
static size_t parse_params(const unsigned char *bytes, size_t n, int params[PARAMS_MAX])
{
	size_t count = 0;

	memset(params, 0, PARAMS_MAX * sizeof(*params));
	for (size_t i = 0; i < n && count < PARAMS_MAX; i++) {
		if (bytes[i] == ';' || bytes[i] == ':')
			count++;
		else if (bytes[i] >= '0' && bytes[i] <= '9' && params[count] < 100000)
			params[count] = params[count] * 10 + bytes[i] - '0';
	}
	return count + 1;
}

/* xterm's modifiers: one more than the sum of 1 Shift, 2 Alt, 4 Ctrl. */
static chat_key modifiers(int param)
{
	int bits = param > 1 ? param - 1 : 0;

	return (bits & 1 ? KEY_SHIFT : 0) | (bits & 2 ? KEY_ALT : 0) | (bits & 4 ? KEY_CTRL : 0);
}

/* The key of a sequence that ends in a letter: CSI A, SS3 P. */
static chat_key letter_key(unsigned char letter)
{
	static const struct {
		unsigned char letter;
		chat_key key;
	} keys[] = {
		{'A', KEY_UP},
		{'B', KEY_DOWN},
		{'C', KEY_RIGHT},
		{'D', KEY_LEFT},
		{'H', KEY_HOME},
		{'F', KEY_END},
		{'P', KEY_F1},
		{'Q', KEY_F2},
		{'R', KEY_F3},
		{'S', KEY_F4},
		{'M', KEY_ENTER},
		{'Z', KEY_TAB | KEY_SHIFT},
		{'a', KEY_UP | KEY_SHIFT},
		{'b', KEY_DOWN | KEY_SHIFT},
		{'c', KEY_RIGHT | KEY_SHIFT},
		{'d', KEY_LEFT | KEY_SHIFT},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].letter == letter)
			return keys[i].key;
	return KEY_NONE;
}

/* The key of CSI number ~. */
static chat_key number_key(int number)
{
	static const struct {
		int from, to;
		chat_key key;
	} keys[] = {
		{1, 1, KEY_HOME},
		{2, 2, KEY_INSERT},
		{3, 3, KEY_DELETE},
		{4, 4, KEY_END},
		{5, 5, KEY_PGUP},
		{6, 6, KEY_PGDN},
		{7, 7, KEY_HOME},
		{8, 8, KEY_END},
		{11, 15, KEY_F1},
		{17, 21, KEY_F6},
		{23, 24, KEY_F11},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (number >= keys[i].from && number <= keys[i].to)
			return keys[i].key + (chat_key)(number - keys[i].from);
	return KEY_NONE;
}

/* A key that comes as its code point: CSI code;modifiers u and CSI 27;modifiers;code ~. */
static chat_key code_key(int code, int mods)
{
	chat_key key = modifiers(mods);

	if (code < ' ' || code == 0x7f)
		return key | control_key((unsigned char)code);
	if ((key & KEY_CTRL) && code >= 'A' && code <= 'Z')
		code += 'a' - 'A';
	return (key & ~(code < 0x80 ? KEY_SHIFT : 0)) | (chat_key)code;
}

static bool mouse_event(struct input_event *event, const int *params, unsigned char final)
{
	*event = (struct input_event){
		.kind = INPUT_MOUSE,
		.button = final == 'm' ? -1 : params[0],
		.x = params[1] - 1,
		.y = params[2] - 1,
	};
	return true;
}

/* A whole CSI sequence of n bytes, without its ESC [. False if it means nothing here. */
static bool csi_event(
	struct input *input, const unsigned char *bytes, size_t n, struct input_event *event)
{
	unsigned char final = bytes[n - 1];
	int params[PARAMS_MAX];
	size_t count = parse_params(bytes, n - 1, params);
	chat_key key = KEY_NONE;

	if (bytes[0] == '<')
		return mouse_event(event, params, final);
	if (bytes[0] == '?') {
		/* The answer to DECRQM: 0 is not known, 4 is off for good. */
		*event = (struct input_event){
			.kind = INPUT_MARGINS, .supported = params[1] > 0 && params[1] < 4};
		return final == 'y' && params[0] == 69;
	}
	if (n == 1 && (final == 'I' || final == 'O')) {
		*event = (struct input_event){.kind = INPUT_FOCUS, .focused = final == 'I'};
		return true;
	}
	if (final == '~' && params[0] == 200) {
		input->pasting = true;
		buf_reset(&input->paste);
		return false;
	}
	if (final == '~')
		key = params[0] == 27 && count > 2 ? code_key(params[2], params[1])
						   : number_key(params[0]) | modifiers(params[1]);
	else if (final == 'u')
		key = code_key(params[0], params[1]);
	else if (letter_key(final))
		key = letter_key(final) | modifiers(params[1]);
	key_event(event, key);
	return (key & KEY_BASE) != KEY_NONE;
}

/* --- bytes to sequences --- */

enum found { FOUND_NOTHING, FOUND_EVENT, FOUND_MORE };

static enum found as_event(struct input *input, bool is_event)
{
	input->n_pending = 0;
	return is_event ? FOUND_EVENT : FOUND_NOTHING;
}

/* Bytes of a character by its first one; 1 for what begins none. */
static size_t utf8_size(unsigned char first)
{
	return first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* A character, with Alt if an ESC stood before it. */
static enum found character(struct input *input, size_t at, struct input_event *event)
{
	const unsigned char *bytes = input->pending + at;
	size_t n = input->n_pending - at;
	chat_key alt = at ? KEY_ALT : 0;
	uint32_t point;

	if (*bytes < ' ' || *bytes == 0x7f) {
		key_event(event, control_key(*bytes) | alt);
		return as_event(input, true);
	}
	/* A character that is broken off by another one is forgotten. */
	if (n > 1 && (bytes[n - 1] & 0xc0) != 0x80) {
		input->pending[0] = bytes[n - 1];
		input->n_pending = 1;
		return input->pending[0] == ESC ? FOUND_MORE : character(input, 0, event);
	}
	if (n < utf8_size(*bytes))
		return FOUND_MORE;
	glyph_decode((const char *)bytes, n, &point);
	key_event(event, point | alt);
	/* C1 controls and broken UTF-8 are nothing that anybody types. */
	return as_event(input, point != 0xfffd && !(point >= 0x80 && point < 0xa0));
}

/* What begins with ESC. */
static enum found escape(struct input *input, struct input_event *event)
{
	const unsigned char *bytes = input->pending;
	size_t n = input->n_pending;
	unsigned char last = bytes[n - 1];

	if (n == 1)
		return FOUND_MORE;
	if (bytes[1] == ESC)
		return n == 2 ? FOUND_MORE : as_event(input, false);
	if (bytes[1] == 'O') {
		if (n == 2)
			return FOUND_MORE;
		key_event(event, letter_key(last));
		return as_event(input, letter_key(last) != KEY_NONE);
	}
	/* Strings (OSC, DCS, APC) end with BEL or ESC \, which comes as a key that means nothing.
	 */
	if (bytes[1] == ']' || bytes[1] == 'P' || bytes[1] == '_') {
		if (n == 2 || (last != '\a' && last != '\\' && n < INPUT_SEQUENCE))
			return FOUND_MORE;
		return as_event(input, false);
	}
	if (bytes[1] != '[')
		return character(input, 1, event);
	if (n == 2)
		return FOUND_MORE;
	if (n == 4 && bytes[2] == '[') { /* the Linux console's F1 to F5 */
		key_event(event, KEY_F1 + (chat_key)(last - 'A'));
		return as_event(input, last >= 'A' && last <= 'E');
	}
	if (last < 0x40 || last > 0x7e || (n == 3 && last == '['))
		return n < INPUT_SEQUENCE ? FOUND_MORE : as_event(input, false);
	return as_event(input, csi_event(input, bytes + 2, n - 2, event));
}

/* One byte of a paste. True when it has ended: with ESC [ 201 ~. */
static bool paste_byte(struct input *input, char c)
{
	static const char end[] = "\033[201~";
	const size_t n = sizeof(end) - 1;

	buf_putc(&input->paste, c);
	if (!buf_ok(&input->paste)) {
		/* Too long: keep what there is, and go on looking for the end in the last bytes. */
		input->paste.failed = false;
		buf_truncate(&input->paste, input->paste.len - n);
		buf_putc(&input->paste, c);
	}
	if (c != '~' || input->paste.len < n ||
		memcmp(input->paste.data + input->paste.len - n, end, n) != 0)
		return false;
	buf_truncate(&input->paste, input->paste.len - n);
	input->pasting = false;
	return true;
}

bool input_feed(
	struct input *input, const char *bytes, size_t n, size_t *used, struct input_event *event)
{
	for (*used = 0; *used < n;) {
		unsigned char c = (unsigned char)bytes[(*used)++];
		enum found found;

		if (input->pasting) {
			bool ends = c == CTRL_C && n == 1;

			input->pasting = !ends;
			if (!ends && !paste_byte(input, (char)c))
				continue;
			*event = (struct input_event){.kind = INPUT_PASTE};
			return true;
		}
		/* Two ESCs: the first was a key of its own, unless a sequence follows (Alt with a
		 * named key, as rxvt sends it), of which only the key counts. */
		if (input->n_pending == 2 && input->pending[1] == ESC)
			input->n_pending = 1;
		input->pending[input->n_pending++] = c;
		found = input->pending[0] == ESC ? escape(input, event)
						 : character(input, 0, event);
		if (found == FOUND_EVENT)
			return true;
	}
	return false;
}

bool input_timeout(struct input *input, struct input_event *event)
{
	size_t n = input->n_pending;
	unsigned char last = n ? input->pending[n - 1] : 0;

	if (input->pasting) {
		input->pasting = false;
		*event = (struct input_event){.kind = INPUT_PASTE};
		return true;
	}
	input->n_pending = 0;
	if (n == 0 || n > 2 || input->pending[0] != ESC)
		return false;
	/* Alt-[ and Alt-O look like the beginning of a sequence until nothing follows. */
	key_event(event, n == 1 || last == ESC ? KEY_ESC : KEY_ALT | last);
	return true;
}
