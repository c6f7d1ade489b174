#include "view/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <curses.h>
#include <ncursesw/term.h>
#include <chat/buf.h>

#define COPY_MAX 100000 /* bytes; terminals take no more */

static struct {
	SCREEN *screen; /* curses' */
	bool started, away;
	bool mouse;
	struct termios before;
	char restore[256]; /* what a crash sends, made ahead */
	size_t n_restore;
	int error_fd; /* standard error, while it is kept off the screen; or -1 */
	struct term_features features;
} term = {.error_fd = -1};

static const char modes_on[] = "\033[?2004h\033[?1004h"; /* bracketed paste, focus reports */
static const char modes_off[] = "\033[?1000l\033[?1006l\033[?1004l\033[?2004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h";
static const char mouse_off[] = "\033[?1000l\033[?1006l";

const struct term_features *term_features(void)
{
	return &term.features;
}

void term_send(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(STDOUT_FILENO, bytes, n);

		if (sent < 0 && errno == EAGAIN) {
			struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

			poll(&fd, 1, -1);
		} else if (sent < 0 && errno != EINTR) {
			return;
		} else if (sent > 0) {
			bytes += sent;
			n -= (size_t)sent;
		}
	}
}

static void send_text(const char *text)
{
	term_send(text, strlen(text));
}

/* --- what the terminal is --- */

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* Terminals with OSC 8, which no terminfo entry tells. Within tmux and screen it may get lost. */
static bool has_hyperlinks(const char *name)
{
	const char *vte = getenv("VTE_VERSION");
	const char *program = getenv("TERM_PROGRAM");

	if (is_set("TMUX") || is_set("STY") || begins(name, "screen") || begins(name, "tmux"))
		return false;
	return (vte && strtol(vte, NULL, 10) >= 5000) || is_set("KITTY_WINDOW_ID") ||
	       is_set("WT_SESSION") || is_set("KONSOLE_VERSION") || begins(program, "iTerm") ||
	       begins(program, "WezTerm") || begins(program, "ghostty") || begins(name, "foot") ||
	       begins(name, "alacritty") || begins(name, "xterm-kitty");
}

static void find_features(void)
{
	const char *name = getenv("TERM");

	term.features = (struct term_features){
		.colors = has_colors(),
		.modern = name && !begins(name, "vt") && !begins(name, "ansi") &&
			  strcmp(name, "dumb") != 0,
		.hyperlinks = has_hyperlinks(name),
		.remote = is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
	};
}

/* Terminal.app shows a part of the question, and others do not have a chance to have margins. */
void term_ask_margins(void)
{
	const char *name = getenv("TERM");
	const char *program = getenv("TERM_PROGRAM");

	if (begins(name, "xterm") && !begins(program, "Apple"))
		send_text("\033[?69$p");
}

/* --- crashes --- */

static void add_restore(const char *text)
{
	size_t n = text && text != (char *)-1 ? strlen(text) : 0;

	if (n > sizeof(term.restore) - term.n_restore)
		return;
	memcpy(term.restore + term.n_restore, text ? text : "", n);
	term.n_restore += n;
}

/* Capabilities may have padding ("$<2>"), which no terminal of today needs. */
static void make_restore(void)
{
	term.n_restore = 0;
	if (term.features.modern) {
		add_restore("\033[?69l\033[r");
		add_restore(modes_off);
	}
	add_restore(term.features.modern ? "\033[m" : NULL);
	add_restore(tigetstr("rmkx"));
	add_restore(tigetstr("cnorm"));
	add_restore(tigetstr("rmcup"));
}

static struct sigaction crash_before[NSIG];

/* The terminal as it was, then whatever the signal does without us. Only calls that a handler may
 * make. */
static void on_crash(int signal)
{
	if (term.started && !term.away) {
		ssize_t sent = write(STDOUT_FILENO, term.restore, term.n_restore);

		(void)sent;
		tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
	}
	sigaction(signal, &crash_before[signal], NULL);
	raise(signal);
}

static void catch_crashes(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};
	static char stack[32768]; /* the crash may be that of a full stack */
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_NODEFER};

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, &crash_before[signals[i]]);
}

/* --- taking over and giving back --- */

/* What libraries write to standard error would end up on the screen. */
static void hide_errors(bool hide)
{
	int fd;

	if (hide && term.error_fd < 0 && isatty(STDERR_FILENO)) {
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		term.error_fd = dup(STDERR_FILENO);
		if (fd >= 0 && term.error_fd >= 0)
			dup2(fd, STDERR_FILENO);
		if (fd >= 0)
			close(fd);
	} else if (!hide && term.error_fd >= 0) {
		dup2(term.error_fd, STDERR_FILENO);
		close(term.error_fd);
		term.error_fd = -1;
	}
}

static void enter(void)
{
	raw();
	noecho();
	nonl();
	if (term.features.modern)
		send_text(modes_on);
	if (term.mouse)
		send_text(mouse_on);
	hide_errors(true);
}

/* The terminal's size, within what is drawn on; false if it does not tell. */
static bool bounded_size(int *rows, int *cols)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col)
		return false;
	*rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
	*cols = size.ws_col < COLS_MAX ? size.ws_col : COLS_MAX;
	return true;
}

/* curses asks for the size itself, and has no bounds for it: what is beyond ours is told by the
 * environment, which goes first. */
static SCREEN *new_screen(void)
{
	int rows, cols;
	bool is_bounded = bounded_size(&rows, &cols) && (rows == ROWS_MAX || cols == COLS_MAX);
	char text[16];
	SCREEN *screen;

	if (is_bounded) {
		snprintf(text, sizeof(text), "%d", rows);
		setenv("LINES", text, 1);
		snprintf(text, sizeof(text), "%d", cols);
		setenv("COLUMNS", text, 1);
	}
	screen = newterm(NULL, stdout, stdin);
	if (is_bounded) {
		unsetenv("LINES");
		unsetenv("COLUMNS");
	}
	return screen;
}

const char *term_start(void)
{
	const char *move;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "standard input and output are no terminal: try --plain";
	tcgetattr(STDIN_FILENO, &term.before);
	term.screen = new_screen();
	if (!term.screen)
		return "this terminal is not known (TERM): try --plain";
	move = tigetstr("cup");
	if (!move || move == (char *)-1) {
		endwin();
		delscreen(term.screen);
		return "this terminal cannot move its cursor (TERM): try --plain";
	}
	term.started = true;
	start_color();
	use_default_colors();
	find_features();
	make_restore();
	catch_crashes();
	enter();
	return NULL;
}

void term_leave(void)
{
	if (!term.started || term.away)
		return;
	if (term.features.modern)
		send_text(modes_off);
	endwin();
	term.away = true;
	hide_errors(false);
}

void term_return(void)
{
	if (!term.started || !term.away)
		return;
	term.away = false;
	reset_prog_mode();
	enter();
	clearok(curscr, TRUE);
}

void term_stop(void)
{
	term_leave();
	if (term.started)
		delscreen(term.screen);
	term.started = false;
}

void term_suspend(void)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, before;

	term_leave();
	sigaction(SIGTSTP, &stop, &before);
	/* The whole job, as the terminal would: whoever waits for us must see it stop. */
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &before, NULL);
	term_return();
}

void term_size(int *rows, int *cols)
{
	if (bounded_size(rows, cols) && (*rows != LINES || *cols != COLS))
		resizeterm(*rows, *cols);
	*rows = LINES;
	*cols = COLS;
}

long term_read(char *bytes, size_t size)
{
	ssize_t n = read(STDIN_FILENO, bytes, size);

	if (n > 0)
		return n;
	return n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}

void term_set_mouse(bool on)
{
	term.mouse = on;
	if (term.features.modern)
		send_text(on ? mouse_on : mouse_off);
}

void term_bell(void)
{
	send_text("\a");
}

static void put_base64(struct buf *out, const char *text, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (i + j < n ? (unsigned char)text[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_putc(out, i + j <= n ? digits[bits >> (18 - 6 * j) & 63] : '=');
	}
}

void term_copy(const char *text, size_t n)
{
	struct buf out;

	if (!term.features.modern || n > COPY_MAX)
		return;
	buf_init(&out, 2 * COPY_MAX);
	buf_puts(&out, "\033]52;c;");
	put_base64(&out, text, n);
	buf_puts(&out, "\a");
	term_send(buf_str(&out), out.len);
	buf_release(&out);
}
