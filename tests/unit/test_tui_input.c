/* Keys, the line editor, the keymap, the configuration, the layout. */
#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include "config/config.h"
#include "input/edit.h"
#include "input/input.h"
#include "config/keymap.h"
#include "view/layout.h"

/* --- what the terminal sends --- */

/* The events of the bytes, fed in pieces of `piece`, as text with spaces between them. */
static const char *events(const char *bytes, size_t n, size_t piece)
{
	static char out[1024];
	struct input input;
	struct input_event event;
	size_t at = 0;

	out[0] = '\0';
	input_init(&input);
	for (size_t i = 0; i < n;) {
		size_t take = n - i < piece ? n - i : piece, used;
		bool found = input_feed(&input, bytes + i, take, &used, &event);

		i += used;
		if (!found && i < n)
			continue;
		if (!found && !(input_waits(&input) && input_timeout(&input, &event)))
			break;
		if (event.kind == INPUT_KEY)
			key_format(event.key, out + at);
		else if (event.kind == INPUT_PASTE)
			snprintf(out + at, sizeof(out) - at, "<%s>", buf_str(&input.paste));
		else if (event.kind == INPUT_MOUSE)
			snprintf(out + at, sizeof(out) - at, "mouse%d@%d,%d", event.button, event.y,
				event.x);
		else if (event.kind == INPUT_FOCUS)
			snprintf(out + at, sizeof(out) - at, event.focused ? "in" : "out");
		else
			snprintf(out + at, sizeof(out) - at,
				event.supported ? "margins" : "no-margins");
		at += strlen(out + at);
		out[at++] = ' ';
		out[at] = '\0';
	}
	input_release(&input);
	return out;
}

static void check_events(const char *bytes, const char *want)
{
	size_t n = strlen(bytes);

	for (size_t piece = 1; piece <= n; piece++)
		if (!CHECK_STR(events(bytes, n, piece), want))
			break;
}

static void keys_of_terminals(void)
{
	check_events("a\u00fc\r\t\x7f\b", "a \u00fc Enter Tab Backspace Backspace ");
	check_events("\x01\x0b", "Ctrl-A Ctrl-K ");
	check_events("\033a\033\r", "Alt-a Alt-Enter ");
	check_events("\033[A\033OB\033[5~\033[1;5D\033[3;3~", "Up Down PgUp Ctrl-Left Alt-Delete ");
	check_events("\033OP\033[[B\033[15~\033[24~\033[18;2~", "F1 F2 F5 F12 Shift-F7 ");
	check_events("\033[Z\033[107;5u\033[27;5;107~", "Shift-Tab Ctrl-K Ctrl-K ");
	check_events("\033", "Esc ");
	check_events("\033\033[A", "Up ");
}

static void other_events(void)
{
	check_events("\033[200~a\rb\033[31m\033[201~x", "<a\rb\033[31m> x ");
	check_events(
		"\033[<0;5;3M\033[<0;5;3m\033[<64;1;1M", "mouse0@2,4 mouse-1@2,4 mouse64@0,0 ");
	check_events("\033[I\033[O", "in out ");
	check_events("\033[?69;2$y\033[?69;0$y", "margins no-margins ");
}

static void unknown_sequences_type_nothing(void)
{
	check_events("\033[?1;2cx", "x ");
	check_events("\033[99;99;99Xx", "x ");
	check_events("\033]0;title\ax", "x ");
	check_events("\033P1+r\033\\x", "x ");
	check_events("\xff\xfex\xc3y\xe2\x82z", "x y z ");
}

static void keys_by_name(void)
{
	static const char *const names[] = {"Ctrl-K", "Alt-Enter", "F1", "j", "Alt-/",
		"Ctrl-Alt-Up", "Shift-Tab", "Space", "Alt-1", "\u00fc"};
	char text[KEY_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		chat_key key = key_parse(names[i], strlen(names[i]));

		CHECK(key != KEY_NONE);
		key_format(key, text);
		CHECK_STR(text, names[i]);
	}
	CHECK_INT(key_parse("C-K", 3), KEY_CTRL | 'k');
	CHECK_INT(key_parse("M-a", 3), KEY_ALT | 'a');
	CHECK_INT(key_parse("M--", 3), KEY_ALT | '-');
	CHECK_INT(key_parse("", 0), KEY_NONE);
	CHECK_INT(key_parse("C-", 2), KEY_NONE);
	CHECK_INT(key_parse("Foo", 3), KEY_NONE);
}

/* --- the line editor --- */

static void editing(void)
{
	struct edit edit;

	edit_init(&edit, 64);
	edit_set(&edit, "one two");
	edit.cursor = edit_word_left(&edit);
	CHECK_INT(edit.cursor, 4);
	edit_kill(&edit, edit_line_start(&edit));
	CHECK_STR(edit_text(&edit), "two");
	edit.cursor = edit_line_end(&edit);
	edit_yank(&edit);
	CHECK_STR(edit_text(&edit), "twoone ");
	edit_set(&edit, "e\u0301\U0001f1e9\U0001f1ea");
	edit_backspace(&edit);
	CHECK_STR(edit_text(&edit), "e\u0301");
	edit_backspace(&edit);
	CHECK(edit_is_empty(&edit));
	edit_insert(&edit, "a\r\nb\rc\033[1m\x7f\xff\t", 14);
	CHECK_STR(edit_text(&edit), "a\nb\nc[1m\t");
	edit.cursor = 2;
	CHECK_INT(edit_line_start(&edit), 2);
	CHECK_INT(edit_line_end(&edit), 3);
	edit_delete(&edit);
	CHECK_STR(edit_text(&edit), "a\n\nc[1m\t");
	edit_release(&edit);
}

static void an_edit_has_a_bound(void)
{
	struct edit edit;

	edit_init(&edit, 4);
	CHECK(edit_insert(&edit, "abcd", 4));
	CHECK(!edit_insert(&edit, "e", 1));
	CHECK_STR(edit_text(&edit), "abcd");
	edit_backspace(&edit);
	CHECK(edit_insert(&edit, "e", 1));
	CHECK_STR(edit_text(&edit), "abce");
	edit_release(&edit);
}

/* --- keys and configuration --- */

static void every_default_key_is_one(void)
{
	struct keymap map;

	for (enum action action = 0; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);

		keymap_init(&map);
		CHECK(!keymap_bind(&map, action, info->keys));
		CHECK(*info->doc != '\0');
		CHECK_INT(action_by_name(info->name), action);
	}
}

static void no_default_key_is_taken_twice(void)
{
	struct keymap map;
	struct buf keys;

	keymap_init(&map);
	buf_init(&keys, 512);
	for (enum action action = 0; action < ACTION_COUNT; action++) {
		size_t wanted = 0, got = 0;

		for (const char *at = action_info(action)->keys; *at;) {
			wanted++;
			at += strcspn(at, " ");
			at += strspn(at, " ");
		}
		for (size_t i = 0; i < map.count; i++)
			got += map.bindings[i].action == action;
		CHECK_INT(got, wanted);
	}
	buf_release(&keys);
}

static void every_default_look_is_one(void)
{
	struct look look;

	for (enum style style = 0; style < STYLE_COUNT; style++) {
		CHECK_STR(look_parse(style_info(style)->fallback, &look), NULL);
		CHECK_INT(style_by_name(style_info(style)->name), style);
	}
	CHECK_STR(look_parse("bright-red on 17 bold", &look), NULL);
	CHECK_INT(look.fg, 9);
	CHECK_INT(look.bg, 17);
	CHECK_INT(look.attrs, ATTR_BOLD);
	CHECK(look_parse("256", &look) != NULL);
	CHECK(look_parse("mauve", &look) != NULL);
}

static void read_config(struct config *config, const char *text, struct buf *problems)
{
	int fd = memfd_create("conf", 0);

	config_init(config);
	buf_init(problems, 4096);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		lseek(fd, 0, SEEK_SET) == 0);
	config_read(config, fd, "conf", problems);
	close(fd);
}

static void configuration(void)
{
	struct config config;
	struct buf problems;

	read_config(&config,
		"# comment\n[general]\ntree-width = 30\nbell = off\n\n"
		"[keys]\nnext-channel = F5 C-o\nselect_down = n\n[colors]\nnick1 = 200 on black\n",
		&problems);
	CHECK_STR(buf_str(&problems), "");
	CHECK_INT(config.settings.tree_width, 30);
	CHECK_INT(config.settings.bell, SETTING_OFF);
	CHECK_INT(config.settings.members_width, 18);
	CHECK_INT(keymap_find(&config.keymap, ACTION_MAIN, KEY_F5), ACTION_next_channel);
	CHECK_INT(keymap_find(&config.keymap, ACTION_MAIN, KEY_CTRL | 'n'), ACTION_NONE);
	CHECK_INT(keymap_find(&config.keymap, ACTION_SELECT, 'n'), ACTION_select_down);
	CHECK_INT(config.looks[STYLE_nick1].fg, 200);
	config_release(&config);
	buf_release(&problems);
}

static void wrong_lines_have_their_number(void)
{
	struct config config;
	struct buf problems;
	char text[1024];

	snprintf(text, sizeof(text),
		"[general]\ntree-width = 3\nfoo = 1\nnonsense\n%0300d\nbell = off\n"
		"[keys]\nhelp = F99\n[colors]\ndim = puce\nxyz = red\n[other]\na = b\n",
		7);
	read_config(&config, text, &problems);
	for (int line = 2; line <= 13; line++) {
		char number[32];
		bool wrong = line != 6 && line != 7 && line != 9 && line != 12;

		snprintf(number, sizeof(number), "conf:%d: ", line);
		CHECK(!strstr(buf_str(&problems), number) == !wrong);
	}
	CHECK_INT(config.settings.bell, SETTING_OFF);
	CHECK_INT(config.settings.tree_width, 24);
	config_release(&config);
	buf_release(&problems);
}

/* --- the layout --- */

static bool apart(const struct rect *a, const struct rect *b)
{
	return a->x + a->cols <= b->x || b->x + b->cols <= a->x || a->y + a->rows <= b->y ||
	       b->y + b->rows <= a->y || !a->cols || !b->cols || !a->rows || !b->rows;
}

static void panes_do_not_overlap(void)
{
	for (int cols = 1; cols < 200; cols += 3) {
		for (int flags = 0; flags < 8; flags++) {
			struct layout_input in = {.rows = 3 + cols % 40,
				.cols = cols,
				.tree_cols = 24,
				.member_cols = 18,
				.input_rows = 1 + cols % 13,
				.tree_toggled = flags & 1,
				.members_toggled = flags & 2,
				.bare = flags & 4};
			struct layout out;

			layout_compute(&in, &out);
			if (out.too_small)
				continue;
			CHECK(out.messages.rows > 0 && out.messages.cols > 0);
			CHECK_INT(out.input.y + out.input.rows, in.rows);
			CHECK(out.tree_over || apart(&out.tree, &out.messages));
			CHECK(out.members_over || apart(&out.members, &out.messages));
			CHECK(apart(&out.status, &out.messages) && apart(&out.input, &out.status));
			CHECK(out.messages.x + out.messages.cols <= cols);
		}
	}
}

static void panes_by_width(void)
{
	struct layout_input in = {
		.rows = 40, .cols = 120, .tree_cols = 24, .member_cols = 18, .input_rows = 1};
	struct layout out;

	layout_compute(&in, &out);
	CHECK_INT(out.tree.cols, 24);
	CHECK_INT(out.members.cols, 18);
	CHECK_INT(out.messages.cols, 120 - 24 - 18 - 2);
	in.cols = 80;
	layout_compute(&in, &out);
	CHECK_INT(out.tree.cols, 20);
	CHECK_INT(out.members.cols, 0);
	in.cols = 79;
	layout_compute(&in, &out);
	CHECK_INT(out.tree.cols, 0);
	CHECK_INT(out.messages.cols, 79);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	RUN(keys_of_terminals);
	RUN(other_events);
	RUN(unknown_sequences_type_nothing);
	RUN(keys_by_name);
	RUN(editing);
	RUN(an_edit_has_a_bound);
	RUN(every_default_key_is_one);
	RUN(no_default_key_is_taken_twice);
	RUN(every_default_look_is_one);
	RUN(configuration);
	RUN(wrong_lines_have_their_number);
	RUN(panes_do_not_overlap);
	RUN(panes_by_width);
	return test_end();
}
