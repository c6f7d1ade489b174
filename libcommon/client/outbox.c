#include "outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/arena.h>
#include <chat/buf.h>
#include <chat/file.h>
#include <chat/object.h>

#define COMPACT_BYTES 65536 /* the file is rewritten when so much of it, and half, is done */
#define FILE_MAX ((size_t)256 << 20)

/* --- entries --- */

static enum chat_err append(struct outbox *outbox, int64_t channel_id, const char *content,
	const char *nonce, size_t bytes)
{
	size_t n_nonce = strlen(nonce) + 1, n_content = strlen(content) + 1;
	struct outbox_entry *entry = malloc(sizeof(*entry) + n_nonce + n_content);
	char *texts = (char *)(entry + 1);

	if (!entry)
		return CHAT_ERR_NO_MEMORY;
	*entry = (struct outbox_entry){
		.channel_id = channel_id,
		.bytes = bytes,
		.nonce = memcpy(texts, nonce, n_nonce),
		.content = memcpy(texts + n_nonce, content, n_content),
	};
	*outbox->tail = entry;
	outbox->tail = &entry->next;
	outbox->live += bytes;
	return CHAT_OK;
}

static void take_out(struct outbox *outbox, struct outbox_entry *entry)
{
	struct outbox_entry **at = &outbox->head;

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	if (!entry->next)
		outbox->tail = at;
	outbox->live -= entry->bytes;
	free(entry);
}

struct outbox_entry *outbox_find(const struct outbox *outbox, const char *nonce)
{
	struct outbox_entry *entry = outbox->head;

	while (entry && strcmp(entry->nonce, nonce) != 0)
		entry = entry->next;
	return entry;
}

/* --- lines --- */

static void put_line(struct buf *out, int64_t channel_id, const char *content, const char *nonce)
{
	const struct chat_message_frame frame = {channel_id, content, nonce};

	buf_putc(out, '+');
	object_encode(out, OBJECT_message_frame, &frame);
	buf_putc(out, '\n');
}

/* A line that is none is passed over: it can be only what a failing disk made of one. */
static enum chat_err take_line(struct outbox *outbox, const char *line, size_t n)
{
	struct problems problems = {0};
	struct chat_message_frame frame;
	struct outbox_entry *done;
	struct arena arena;
	enum chat_err err = CHAT_OK;

	arena_init(&arena, 0);
	if (n > 1 && line[0] == '+' &&
		!object_decode(OBJECT_message_frame, line + 1, n - 1, &arena, &frame, &problems) &&
		frame.nonce && !outbox_find(outbox, frame.nonce)) {
		err = append(outbox, frame.channel_id, frame.content, frame.nonce, n + 1);
	} else if (n > 1 && line[0] == '-') {
		const char *nonce = arena_strndup(&arena, line + 1, n - 1);

		done = nonce ? outbox_find(outbox, nonce) : NULL;
		if (done)
			take_out(outbox, done);
	}
	arena_release(&arena);
	return err;
}

/* --- the file --- */

/* Writes at the end, all or nothing. */
static bool write_line(struct outbox *outbox, const struct buf *line, bool sync)
{
	if (outbox->torn && ftruncate(outbox->fd, (off_t)outbox->size))
		return false;
	outbox->torn = !buf_ok(line) || !chat_write_all(outbox->fd, line->data, line->len) ||
		       (sync && fdatasync(outbox->fd));
	if (!outbox->torn) {
		outbox->size += line->len;
		return true;
	}
	outbox->torn = ftruncate(outbox->fd, (off_t)outbox->size) != 0;
	return false;
}

/* Makes a new name in the file's directory last. */
static bool sync_directory(const struct outbox *outbox)
{
	char *copy = strdup(outbox->path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool done = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return done;
}

/* Opens the file and locks it. It may have been replaced in between; then anew. */
static enum chat_err open_locked(struct outbox *outbox)
{
	for (;;) {
		struct stat mine, there;

		outbox->fd = open(
			outbox->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (outbox->fd < 0)
			return CHAT_ERR_IO;
		if (flock(outbox->fd, LOCK_EX | LOCK_NB))
			return errno == EWOULDBLOCK ? CHAT_ERR_BUSY : CHAT_ERR_IO;
		if (fstat(outbox->fd, &mine) || !S_ISREG(mine.st_mode))
			return CHAT_ERR_IO;
		if (!stat(outbox->path, &there) && there.st_ino == mine.st_ino &&
			there.st_dev == mine.st_dev)
			return fchmod(outbox->fd, 0600) ? CHAT_ERR_IO : CHAT_OK;
		close(outbox->fd);
	}
}

static enum chat_err read_lines(struct outbox *outbox, const char *text, size_t n)
{
	enum chat_err err = CHAT_OK;
	const char *end;

	outbox->size = 0;
	while (!err && (end = memchr(text + outbox->size, '\n', n - outbox->size))) {
		const char *line = text + outbox->size;

		err = take_line(outbox, line, (size_t)(end - line));
		outbox->size += (size_t)(end - line) + 1;
	}
	return err;
}

static enum chat_err read_file(struct outbox *outbox)
{
	enum chat_err err = CHAT_ERR_IO;
	struct buf text;

	buf_init(&text, FILE_MAX);
	if (chat_read_all(outbox->fd, &text))
		err = read_lines(outbox, buf_str(&text), text.len);
	/* What has no line end was not finished, so nobody was told that it is there. */
	if (!err && ftruncate(outbox->fd, (off_t)outbox->size))
		err = CHAT_ERR_IO;
	buf_release(&text);
	return err;
}

/* Replaces the file by one of the entries alone. If that fails, the old one serves on. */
static void compact(struct outbox *outbox)
{
	struct buf text, path;
	int fd = -1;

	buf_init(&text, FILE_MAX);
	buf_init(&path, FILE_MAX);
	for (const struct outbox_entry *entry = outbox->head; entry; entry = entry->next)
		put_line(&text, entry->channel_id, entry->content, entry->nonce);
	buf_printf(&path, "%s.new", outbox->path);
	if (buf_ok(&text) && buf_ok(&path))
		fd = open(buf_str(&path),
			O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && chat_write_all(fd, text.data, text.len) &&
		!fdatasync(fd) && !rename(buf_str(&path), outbox->path)) {
		sync_directory(outbox);
		close(outbox->fd);
		outbox->fd = fd;
		outbox->size = text.len;
		outbox->torn = false;
		fd = -1;
	}
	if (fd >= 0) {
		unlink(buf_str(&path));
		close(fd);
	}
	buf_release(&path);
	buf_release(&text);
}

/* --- lifecycle and changes --- */

enum chat_err outbox_open(struct outbox *outbox, const char *path)
{
	enum chat_err err;

	*outbox = (struct outbox){.fd = -1};
	outbox->tail = &outbox->head;
	if (!path)
		return CHAT_OK;
	outbox->path = strdup(path);
	if (!outbox->path)
		return CHAT_ERR_NO_MEMORY;
	err = open_locked(outbox);
	if (!err)
		err = read_file(outbox);
	if (!err && !sync_directory(outbox))
		err = CHAT_ERR_IO;
	return err;
}

void outbox_release(struct outbox *outbox)
{
	while (outbox->head)
		take_out(outbox, outbox->head);
	if (outbox->fd >= 0)
		close(outbox->fd);
	free(outbox->path);
	*outbox = (struct outbox){.fd = -1};
	outbox->tail = &outbox->head;
}

enum chat_err outbox_add(
	struct outbox *outbox, int64_t channel_id, const char *content, const char *nonce)
{
	struct outbox_entry **at = outbox->tail;
	enum chat_err err;
	struct buf line;

	buf_init(&line, FILE_MAX);
	if (outbox->path)
		put_line(&line, channel_id, content, nonce);
	err = append(outbox, channel_id, content, nonce, line.len);
	if (!err && outbox->path && !write_line(outbox, &line, true)) {
		take_out(outbox, *at);
		err = CHAT_ERR_IO;
	}
	buf_release(&line);
	return err;
}

void outbox_remove(struct outbox *outbox, struct outbox_entry *entry)
{
	struct buf line;

	buf_init(&line, FILE_MAX);
	buf_printf(&line, "-%s\n", entry->nonce);
	take_out(outbox, entry);
	if (!outbox->path)
		;
	else if (outbox->head)
		write_line(outbox, &line, false);
	else if (!ftruncate(outbox->fd, 0))
		outbox->size = 0;
	if (outbox->size - outbox->live > COMPACT_BYTES && outbox->size > 2 * outbox->live)
		compact(outbox);
	buf_release(&line);
}
