#include <chat/cred.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <chat/buf.h>
#include <chat/file.h>

#define CRED_FILE "contexts.json"
#define CRED_FILE_MAX (1 << 20) /* bytes; a context is a few hundred */

static enum chat_err no_memory(struct buf *why)
{
	buf_puts(why, err_info(CHAT_ERR_NO_MEMORY)->detail);
	return CHAT_ERR_NO_MEMORY;
}

static enum chat_err io_error(struct buf *why, const char *what, const char *dir, const char *file)
{
	buf_printf(why, "cannot %s %s%s%s: %s", what, dir, *file ? "/" : "", file, strerror(errno));
	return CHAT_ERR_IO;
}

static void secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void context_release(struct cred_context *context)
{
	free(context->name);
	free(context->url);
	free(context->username);
	secret_free(context->token);
	*context = (struct cred_context){0};
}

void cred_release(struct cred *cred)
{
	for (size_t i = 0; i < cred->count; i++)
		context_release(&cred->contexts[i]);
	free(cred->contexts);
	free(cred->current);
	free(cred->dir);
	if (cred->lock >= 0)
		close(cred->lock);
	*cred = (struct cred){.lock = -1};
}

/* --- the directory --- */

/* The XDG base directory specification: a relative path in the variable counts as not set. */
static char *state_dir(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *dir;
	int n;

	if (!home || *home != '/') {
		const struct passwd *user = getpwuid(geteuid());

		home = user ? user->pw_dir : "/";
	}
	n = state && *state == '/' ? asprintf(&dir, "%s/chat", state)
				   : asprintf(&dir, "%s/.local/state/chat", home);
	return n < 0 ? NULL : dir;
}

/* Makes the directory and those above it, as the specification wants: 0700. */
static bool make_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int failed = mkdir(path, 0700) && errno != EEXIST;
		*slash = '/';
		if (failed)
			return false;
	}
	return !mkdir(path, 0700) || errno == EEXIST;
}

/* Refuses what others can read or write, or what another user owns. */
static enum chat_err check_private(
	const struct stat *st, const char *dir, const char *file, struct buf *why)
{
	bool is_dir = S_ISDIR(st->st_mode);

	if (!is_dir && !S_ISREG(st->st_mode)) {
		buf_printf(why, "%s%s%s is not a plain file: move it away", dir, *file ? "/" : "",
			file);
		return CHAT_ERR_CONFIG;
	}
	if (st->st_uid != geteuid()) {
		buf_printf(why, "%s%s%s belongs to another user: move it away", dir,
			*file ? "/" : "", file);
		return CHAT_ERR_CONFIG;
	}
	if (st->st_mode & 077) {
		buf_printf(why, "%s%s%s is open to other users (mode %04o): run chmod %s %s%s%s",
			dir, *file ? "/" : "", file, (unsigned)st->st_mode & 07777,
			is_dir ? "700" : "600", dir, *file ? "/" : "", file);
		return CHAT_ERR_CONFIG;
	}
	return CHAT_OK;
}

/* Opens the directory, -1 in *fd where there is none yet. */
static enum chat_err open_dir(struct cred *cred, bool writable, int *fd, struct buf *why)
{
	struct stat st;

	*fd = -1;
	cred->dir = state_dir();
	if (!cred->dir)
		return no_memory(why);
	if (writable && !make_dirs(cred->dir))
		return io_error(why, "make", cred->dir, "");
	*fd = open(cred->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return CHAT_OK;
	if (*fd < 0 || fstat(*fd, &st))
		return io_error(why, "open", cred->dir, "");
	return check_private(&st, cred->dir, "", why);
}

/* A lock file of its own, because the file of contexts is replaced by each writer. */
static enum chat_err take_lock(struct cred *cred, int dir, struct buf *why)
{
	cred->lock = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (cred->lock < 0)
		return io_error(why, "open", cred->dir, "lock");
	while (flock(cred->lock, LOCK_EX)) {
		if (errno != EINTR)
			return io_error(why, "lock", cred->dir, "lock");
	}
	return CHAT_OK;
}

/* --- reading --- */

static enum chat_err not_valid(const struct cred *cred, struct buf *why)
{
	buf_printf(why, "%s/" CRED_FILE " is damaged: remove it and log in again", cred->dir);
	return CHAT_ERR_CONFIG;
}

static enum chat_err parse(struct cred *cred, const char *text, size_t n, struct buf *why)
{
	enum chat_err err = CHAT_OK;
	json_t *root = json_loadb(text, n, 0, NULL);
	const char *current = NULL;
	json_t *contexts = NULL, *context;
	size_t i;

	if (!root || json_unpack(root, "{s?s, s:o}", "current", &current, "contexts", &contexts)) {
		err = not_valid(cred, why);
		goto out;
	}
	json_array_foreach(contexts, i, context)
	{
		const char *name = NULL, *url = NULL, *username = NULL, *token = NULL;

		if (json_unpack(context, "{s:s, s:s, s?s, s?s}", "name", &name, "url", &url,
			    "username", &username, "token", &token) ||
			!cred_name_ok(name)) {
			err = not_valid(cred, why);
			goto out;
		}
		if (cred_put(cred, name, url, username, token)) {
			err = no_memory(why);
			goto out;
		}
	}
	free(cred->current);
	cred->current = NULL;
	if (current && cred_find(cred, current) && !(cred->current = strdup(current)))
		err = no_memory(why);
out:
	json_decref(root);
	return err;
}

static enum chat_err read_file(struct cred *cred, int dir, struct buf *why)
{
	enum chat_err err;
	struct stat st;
	struct buf text;
	int fd = openat(dir, CRED_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	buf_init(&text, CRED_FILE_MAX);
	if (fd < 0 && errno == ENOENT)
		return CHAT_OK;
	if (fd < 0 || fstat(fd, &st)) {
		err = io_error(why, "open", cred->dir, CRED_FILE);
		goto out;
	}
	err = check_private(&st, cred->dir, CRED_FILE, why);
	if (err)
		goto out;
	if (chat_read_all(fd, &text))
		err = parse(cred, buf_str(&text), text.len, why);
	else if (errno == EFBIG)
		err = not_valid(cred, why);
	else
		err = io_error(why, "read", cred->dir, CRED_FILE);
out:
	if (fd >= 0)
		close(fd);
	if (text.data)
		explicit_bzero(text.data, text.len);
	buf_release(&text);
	return err;
}

enum chat_err cred_open(struct cred *cred, bool writable, struct buf *why)
{
	enum chat_err err;
	int dir = -1;

	*cred = (struct cred){.lock = -1};
	err = open_dir(cred, writable, &dir, why);
	if (!err && writable)
		err = take_lock(cred, dir, why);
	if (!err && dir >= 0)
		err = read_file(cred, dir, why);
	if (dir >= 0)
		close(dir);
	if (err)
		cred_release(cred);
	return err;
}

/* --- the contexts --- */

struct cred_context *cred_find(const struct cred *cred, const char *name)
{
	if (!name)
		name = cred->current;
	for (size_t i = 0; name && i < cred->count; i++) {
		if (!strcmp(cred->contexts[i].name, name))
			return &cred->contexts[i];
	}
	return NULL;
}

struct cred_context *cred_find_url(const struct cred *cred, const char *url)
{
	struct cred_context *current = cred_find(cred, NULL);

	if (current && !strcmp(current->url, url))
		return current;
	for (size_t i = 0; i < cred->count; i++) {
		if (!strcmp(cred->contexts[i].url, url))
			return &cred->contexts[i];
	}
	return NULL;
}

bool cred_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= CRED_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       n;
}

enum chat_err cred_put(struct cred *cred, const char *name, const char *url, const char *username,
	const char *token)
{
	struct cred_context new = {
		.name = strdup(name),
		.url = strdup(url),
		.username = username ? strdup(username) : NULL,
		.token = token ? strdup(token) : NULL,
	};
	struct cred_context *old = cred_find(cred, name);

	if (!new.name || !new.url || (username && !new.username) || (token && !new.token))
		goto fail;
	if (!old) {
		struct cred_context *grown =
			reallocarray(cred->contexts, cred->count + 1, sizeof(*grown));

		if (!grown)
			goto fail;
		cred->contexts = grown;
		old = &grown[cred->count++];
		*old = (struct cred_context){0};
	}
	context_release(old);
	*old = new;
	if (!cred->current && !(cred->current = strdup(name)))
		return CHAT_ERR_NO_MEMORY;
	return CHAT_OK;
fail:
	context_release(&new);
	return CHAT_ERR_NO_MEMORY;
}

bool cred_use(struct cred *cred, const char *name)
{
	char *copy;

	if (!cred_find(cred, name) || !(copy = strdup(name)))
		return false;
	free(cred->current);
	cred->current = copy;
	return true;
}

bool cred_remove(struct cred *cred, const char *name)
{
	struct cred_context *context = cred_find(cred, name);
	size_t i;

	if (!context)
		return false;
	if (cred->current && !strcmp(cred->current, name)) {
		free(cred->current);
		cred->current = NULL;
	}
	i = (size_t)(context - cred->contexts);
	context_release(context);
	cred->count--;
	memmove(context, context + 1, (cred->count - i) * sizeof(*context));
	return true;
}

/* --- writing --- */

/* The file's text, to be freed by secret_free; NULL without memory. */
static char *print(const struct cred *cred)
{
	json_t *list = json_array();
	json_t *root = json_pack("{s:s*, s:o}", "current", cred->current, "contexts", list);
	char *text = NULL;

	if (!root)
		return NULL;
	for (size_t i = 0; i < cred->count; i++) {
		const struct cred_context *c = &cred->contexts[i];

		if (json_array_append_new(
			    list, json_pack("{s:s, s:s, s:s*, s:s*}", "name", c->name, "url",
					  c->url, "username", c->username, "token", c->token)))
			goto out;
	}
	text = json_dumps(root, JSON_INDENT(2));
out:
	json_decref(root);
	return text;
}

/* The path of a file in the directory, to be freed; NULL without memory. */
static char *path_of(const struct cred *cred, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", cred->dir, file) < 0 ? NULL : path;
}

enum chat_err cred_save(struct cred *cred, struct buf *why)
{
	enum chat_err err = CHAT_OK;
	char *text = print(cred);
	char *path = path_of(cred, CRED_FILE), *temporary = path_of(cred, CRED_FILE ".XXXXXX");
	int fd = -1, dir = -1;

	if (!text || !path || !temporary) {
		err = no_memory(why);
		goto out;
	}
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0 || !chat_write_all(fd, text, strlen(text)) || fsync(fd) ||
		rename(temporary, path)) {
		err = io_error(why, "write", cred->dir, CRED_FILE);
		if (fd >= 0)
			unlink(temporary);
		goto out;
	}
	/* The new name is on disk only when its directory is. */
	dir = open(cred->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir))
		err = io_error(why, "write", cred->dir, "");
out:
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	secret_free(text);
	free(temporary);
	free(path);
	return err;
}
