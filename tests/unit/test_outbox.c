/* The outbox's file: order, what a crash leaves, compacting, locking; and the sender's choices. */

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client/outbox.h"
#include "client/sender.h"

static char folder[] = "/tmp/outbox-XXXXXX", path[64];

static size_t file_size(void)
{
	struct stat st;

	return stat(path, &st) ? 0 : (size_t)st.st_size;
}

static void append_bytes(const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);

	CHECK_INT(write(fd, bytes, n), n);
	close(fd);
}

/* The contents, oldest first, with spaces between them. */
static const char *contents(const struct outbox *outbox)
{
	static char text[256];
	size_t at = 0;

	text[0] = '\0';
	for (const struct outbox_entry *entry = outbox->head; entry; entry = entry->next)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%s%s", at ? " " : "", entry->content);
	return text;
}

static void keeps_order_and_mode(void)
{
	struct outbox outbox;
	struct stat st;

	unlink(path);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0600);
	CHECK_INT(outbox_add(&outbox, 7, "one", "n1"), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 8, "two\nlines \"x\"", "n2"), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 7, "three", "n3"), CHAT_OK);
	outbox_remove(&outbox, outbox_find(&outbox, "n1"));
	outbox_release(&outbox);

	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_STR(contents(&outbox), "two\nlines \"x\" three");
	CHECK_INT(outbox.head->channel_id, 8);
	CHECK_STR(outbox.head->nonce, "n2");
	CHECK(outbox_find(&outbox, "n1") == NULL);
	outbox_remove(&outbox, outbox_find(&outbox, "n3"));
	CHECK_INT(outbox_add(&outbox, 7, "four", "n4"), CHAT_OK);
	CHECK_STR(contents(&outbox), "two\nlines \"x\" four");
	outbox_remove(&outbox, outbox.head);
	outbox_remove(&outbox, outbox.head);
	CHECK_INT(file_size(), 0);
	CHECK_INT(outbox_add(&outbox, 7, "five", "n5"), CHAT_OK);
	CHECK_STR(contents(&outbox), "five");
	outbox_release(&outbox);
}

/* Whatever part of the last line a crash left: the lines before it are there, and later ones too.
 */
static void ignores_a_torn_line(void)
{
	static const char line[] = "+{\"channel_id\":7,\"content\":\"torn\",\"nonce\":\"t\"}";

	for (size_t n = 1; n < sizeof(line); n++) {
		struct outbox outbox;
		size_t size;

		unlink(path);
		CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
		CHECK_INT(outbox_add(&outbox, 7, "whole", "w"), CHAT_OK);
		size = file_size();
		outbox_release(&outbox);
		append_bytes(line, n);
		CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
		CHECK_STR(contents(&outbox), "whole");
		CHECK_INT(file_size(), size);
		CHECK_INT(outbox_add(&outbox, 7, "later", "l"), CHAT_OK);
		outbox_release(&outbox);
		CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
		CHECK_STR(contents(&outbox), "whole later");
		outbox_release(&outbox);
	}
}

/* As a disk that lost power may leave it; and what no server would take. */
static void passes_over_what_is_no_line(void)
{
	static const char junk[] = "\0\0\0\0\n+{\"channel_id\":7}\n-\n-unknown\n+\n\n"
				   "+{\"channel_id\":7,\"content\":\"\",\"nonce\":\"e\"}\n"
				   "+{\"channel_id\":7,\"content\":\"ok\",\"nonce\":\"o\"}\n"
				   "+{\"channel_id\":7,\"content\":\"twice\",\"nonce\":\"o\"}\n";
	struct outbox outbox;

	unlink(path);
	append_bytes(junk, sizeof(junk) - 1);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_STR(contents(&outbox), "ok");
	outbox_release(&outbox);
}

static void stays_small(void)
{
	struct outbox outbox;
	char nonce[16];
	size_t largest = 0;

	unlink(path);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 7, "kept", "kept"), CHAT_OK);
	for (int i = 0; i < 3000; i++) {
		snprintf(nonce, sizeof(nonce), "n%d", i);
		CHECK_INT(outbox_add(&outbox, 7, "a message of some length", nonce), CHAT_OK);
		outbox_remove(&outbox, outbox_find(&outbox, nonce));
		largest = file_size() > largest ? file_size() : largest;
	}
	CHECK(largest < 80000);
	outbox_release(&outbox);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_STR(contents(&outbox), "kept");
	outbox_release(&outbox);
}

static void has_one_owner(void)
{
	struct outbox first, second;

	unlink(path);
	CHECK_INT(outbox_open(&first, path), CHAT_OK);
	CHECK_INT(outbox_open(&second, path), CHAT_ERR_BUSY);
	outbox_release(&second);
	outbox_release(&first);
	CHECK_INT(outbox_open(&second, path), CHAT_OK);
	outbox_release(&second);
	CHECK_INT(outbox_open(&second, "/nowhere/outbox"), CHAT_ERR_IO);
	outbox_release(&second);
}

/* A full disk: nothing is added, and nothing is lost. */
static void survives_a_full_disk(void)
{
	struct outbox outbox = {.fd = -1};
	int file;

	unlink(path);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 7, "before", "b"), CHAT_OK);
	file = outbox.fd;
	outbox.fd = open("/dev/full", O_RDWR);
	CHECK_INT(outbox_add(&outbox, 7, "lost", "l"), CHAT_ERR_IO);
	CHECK_STR(contents(&outbox), "before");
	close(outbox.fd);
	outbox.fd = file;
	CHECK_INT(outbox_add(&outbox, 7, "after", "a"), CHAT_OK);
	outbox_release(&outbox);
	CHECK_INT(outbox_open(&outbox, path), CHAT_OK);
	CHECK_STR(contents(&outbox), "before after");
	outbox_release(&outbox);
}

static void works_without_a_file(void)
{
	struct outbox outbox;

	CHECK_INT(outbox_open(&outbox, NULL), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 7, "one", "n1"), CHAT_OK);
	CHECK_INT(outbox_add(&outbox, 7, "two", "n2"), CHAT_OK);
	outbox_remove(&outbox, outbox_find(&outbox, "n1"));
	CHECK_STR(contents(&outbox), "two");
	outbox_release(&outbox);
}

/* --- the sender --- */

static void sender_fill(struct sender *sender, int n)
{
	char nonce[16];

	*sender = (struct sender){0};
	outbox_open(&sender->outbox, NULL);
	for (int i = 0; i < n; i++) {
		snprintf(nonce, sizeof(nonce), "%d", i);
		outbox_add(&sender->outbox, 7, "x", nonce);
	}
}

static int next(struct sender *sender, int64_t now)
{
	const struct outbox_entry *entry = sender_next(sender, now);

	return entry ? (int)strtol(entry->nonce, NULL, 10) : -1;
}

static struct outbox_entry *find(struct sender *sender, const char *nonce)
{
	return outbox_find(&sender->outbox, nonce);
}

static void sends_a_window_in_order(void)
{
	struct sender sender;

	sender_fill(&sender, 40);
	for (int i = 0; i < 32; i++)
		CHECK_INT(next(&sender, 1), i);
	CHECK_INT(next(&sender, 1), -1);
	sender_done(&sender, find(&sender, "0"));
	CHECK_INT(next(&sender, 1), 32);
	CHECK_INT(sender_due(&sender, 1), INT64_MAX);
	sender_restart(&sender);
	CHECK_INT(next(&sender, 1), 1);
	outbox_release(&sender.outbox);
}

/* What was put off goes first, alone, after a time. */
static void sends_again_what_was_put_off(void)
{
	struct sender sender;
	int64_t due;

	sender_fill(&sender, 4);
	CHECK_INT(next(&sender, 1), 0);
	CHECK_INT(next(&sender, 1), 1);
	sender_put_off(&sender, find(&sender, "0"), 1);
	CHECK_INT(next(&sender, 1), -1);
	due = sender_due(&sender, 1);
	CHECK(due > 1 && due <= 1 + 1000 * 1000);
	sender_put_off(&sender, find(&sender, "1"), 1);
	CHECK_INT(sender_due(&sender, 1), due);
	CHECK_INT(next(&sender, due), 0);
	CHECK_INT(next(&sender, due), -1);
	sender_done(&sender, find(&sender, "0"));
	CHECK_INT(next(&sender, due), 1);
	CHECK_INT(next(&sender, due), -1);
	outbox_release(&sender.outbox);
}

/* Beyond what the server's limit surely has left, one is under way at a time; until more were
 * taken than it could have allowed. */
static void is_careful_near_the_limit(void)
{
	struct sender sender;
	char nonce[16];
	int taken = 0, alone = 0, windows = 0;

	sender_fill(&sender, 400);
	while (sender.outbox.head) {
		int sent = 0;

		while (next(&sender, 1) >= 0)
			sent++;
		if (taken > 0 && taken < 100)
			CHECK(taken + sent <= 100 || sent == 1);
		alone += sent == 1;
		windows += sent == 32;
		for (; sent; sent--) {
			snprintf(nonce, sizeof(nonce), "%d", taken++);
			sender_done(&sender, find(&sender, nonce));
		}
	}
	CHECK_INT(taken, 400);
	CHECK(alone > 50 && alone < 150);
	CHECK(windows >= 6);
	outbox_release(&sender.outbox);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/box", folder);
	RUN(keeps_order_and_mode);
	RUN(ignores_a_torn_line);
	RUN(passes_over_what_is_no_line);
	RUN(stays_small);
	RUN(has_one_owner);
	RUN(survives_a_full_disk);
	RUN(works_without_a_file);
	RUN(sends_a_window_in_order);
	RUN(sends_again_what_was_put_off);
	RUN(is_careful_near_the_limit);
	unlink(path);
	rmdir(folder);
	return test_end();
}
