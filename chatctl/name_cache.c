#include "name_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chat/file.h>
#include <chat/hash.h>
#include <chat/time.h>
#include "sanitize.h"
#include "request.h"

#define FRESH_SECONDS 10
#define PATIENCE_MS 50   /* with the program's start less than the 100 ms that feel like at once */
#define ASK_MS 5000      /* for one request of the background */
#define ASK_ALL_MS 20000 /* for all of them; what there is by then is kept */

/* --- asking the server --- */

/* A name that would not be one line of plain text is left out: it could do things to a terminal. */
static void put_place(struct buf *out, char kind, const char *before, const char *name)
{
	struct buf inert;

	buf_init(&inert, NAME_CACHE_MAX);
	sanitize_put(&inert, name, strlen(name), "");
	if (!strcmp(buf_str(&inert), name))
		buf_printf(out, "%c%s%s\n", kind, before, name);
	buf_release(&inert);
}

/* A server named like an option would be taken for one, by shells and here. */
static bool is_name(const char *text)
{
	return *text != '-' && *text;
}

/* What stands behind a server's name, where it is not to be taken for an id. */
static const char *name_end(const char *text)
{
	int64_t id;

	return arg_number(text, 1, LIMIT_ID_MAX, &id) ? ":" : "";
}

static enum chat_err put_channels(
	struct ctl *ctl, struct buf *out, const struct chat_server *server)
{
	const struct path_params params = {.server_id = server->id};
	const char *before = arena_printf(&ctl->arena, "%s:#", server->name);
	const struct chat_channel *channels;
	void *items = NULL;
	size_t count = 0;
	enum chat_err err = request_get(ctl, EP_channel_list, &params, NULL, &items, &count);

	channels = items;
	for (size_t i = 0; !err && before && i < count; i++) {
		put_place(out, 'c', before, channels[i].name);
		put_place(out, 'n', "#", channels[i].name);
	}
	return err;
}

static enum chat_err put_users(struct ctl *ctl, struct buf *out, const struct chat_server *server)
{
	const struct path_params params = {.server_id = server->id};
	const struct chat_member *members;
	void *items = NULL;
	size_t count = 0;
	enum chat_err err = request_get(ctl, EP_member_list, &params, NULL, &items, &count);

	members = items;
	for (size_t i = 0; !err && i < count; i++)
		put_place(out, 'u', "@", members[i].user->username);
	return err;
}

/* What went wrong on the way ends it: the names are only a part then. */
static enum chat_err ask_places(struct ctl *ctl, struct buf *out)
{
	const struct chat_server *servers;
	void *items = NULL;
	size_t count = 0;
	int64_t until = time_mono_us() + ASK_ALL_MS * 1000;
	enum chat_err err;

	ctl->options.retries = 0;
	ctl->options.timeout_ms = ASK_MS;
	err = request_get(ctl, EP_server_list, NULL, NULL, &items, &count);
	servers = items;
	for (size_t i = 0; !err && i < count; i++) {
		if (is_name(servers[i].name)) {
			put_place(out, 's', servers[i].name, name_end(servers[i].name));
			err = put_channels(ctl, out, &servers[i]);
		}
		if (!err)
			err = put_users(ctl, out, &servers[i]);
		if (!err && time_mono_us() > until)
			err = CHAT_ERR_TIMEOUT;
	}
	return err;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A user is a member of several servers, and names of servers may be doubled. */
static void put_unique(struct buf *out, struct buf *lines, struct arena *arena)
{
	size_t n = 0;
	char **list, *rest = lines->data;

	for (size_t i = 0; i < lines->len; i++)
		n += lines->data[i] == '\n';
	list = arena_array(arena, n + 1, sizeof(*list));
	if (!list)
		return;
	for (size_t i = 0; i < n; i++)
		list[i] = strsep(&rest, "\n");
	qsort(list, n, sizeof(*list), compare_lines);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(list[i], list[i - 1]) != 0)
			buf_printf(out, "%s\n", list[i]);
	}
}

/* --- the file --- */

/* The directory, made if it is missing; -1 without one. */
static int open_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096];
	bool given = cache && *cache == '/';
	int n;

	if (!given && (!home || *home != '/'))
		return -1;
	n = snprintf(path, sizeof(path), "%s%s", given ? cache : home, given ? "" : "/.cache");
	if (n < 0 || (size_t)n + sizeof("/chat") > sizeof(path))
		return -1;
	mkdir(path, 0700);
	memcpy(path + n, "/chat", sizeof("/chat"));
	mkdir(path, 0700);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* One file for each account of each server. */
static const char *file_name(struct ctl *ctl)
{
	const struct account *account = &ctl->account;
	bool named = account->username && !account->token_given;
	const char *parts[] = {account->url, named ? account->username : account->token};
	uint64_t hash = CHAT_FNV1A_BASIS;

	/* With their NULs, so that the parts stay apart. */
	for (size_t i = 0; i < 2; i++)
		hash = chat_fnv1a(hash, parts[i], strlen(parts[i]) + 1);
	return arena_printf(&ctl->arena, "places-%016llx", (unsigned long long)hash);
}

static bool is_fresh(int dir, const char *name)
{
	struct stat st;
	int64_t age;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	age = time_now_ms() / 1000 - st.st_mtime;
	return age >= 0 && age < FRESH_SECONDS;
}

static void read_file(int dir, const char *name, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	if (!chat_read_all(fd, out))
		buf_reset(out);
	close(fd);
}

static void write_file(int dir, const char *name, const struct buf *text)
{
	static const char new[] = "places.new";
	int fd = openat(dir, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	if (chat_write_all(fd, buf_str(text), text->len))
		renameat(dir, new, dir, name);
	close(fd);
}

/* --- the background --- */

/* The work of the process in the background. One at a time, whoever types how fast. */
static void make_file(struct ctl *ctl, const char *name)
{
	struct buf lines, unique;
	int dir = open_dir();
	enum chat_err err;

	buf_init(&lines, NAME_CACHE_MAX);
	buf_init(&unique, NAME_CACHE_MAX);
	if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB))
		return;
	err = ask_places(ctl, &lines);
	put_unique(&unique, &lines, &ctl->arena);
	/* A part is better than nothing, but not than what was whole once. */
	if (buf_ok(&unique) && (!err || (unique.len && faccessat(dir, name, F_OK, 0))))
		write_file(dir, name, &unique);
	buf_release(&lines);
	buf_release(&unique);
	close(dir);
}

/* Makes a process of its own of the caller: nothing of the terminal's or of the shell's stays open
 * but the descriptor `end`, whose closing tells the end. */
static void detach(struct ctl *ctl, int end)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(end, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	/* The connection is the parent's; a second user would disturb it. */
	ctl->rest = NULL;
	buf_reset(&ctl->rest_identity);
	ctl->account = (struct account){0};
}

/* Asks the server in the background, and waits a moment for it. */
static void refresh(struct ctl *ctl, const char *name)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		/* A child's child has no parent that would have to wait for it. */
		if (fork() == 0) {
			detach(ctl, ends[1]);
			make_file(ctl, name);
		}
		_exit(0);
	}
	close(ends[1]);
	if (child > 0) {
		struct pollfd end = {.fd = ends[0], .events = POLLIN};

		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		poll(&end, 1, PATIENCE_MS);
	}
	close(ends[0]);
}

void name_cache_read(struct ctl *ctl, struct buf *out)
{
	int dir;

	if (!ctl_connect(ctl) && ctl->account.token && (dir = open_dir()) >= 0) {
		const char *name = file_name(ctl);

		if (!is_fresh(dir, name))
			refresh(ctl, name);
		read_file(dir, name, out);
		close(dir);
	}
	buf_reset(&ctl->why);
}
