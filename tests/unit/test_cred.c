#include <chat/cred.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chat/buf.h>
#include "test.h"

static struct buf why;
static char home[] = "/tmp/cred-XXXXXX";
static char dir[64], file[96];

/* Opens the contexts, and says whether that gave `want`. */
static bool opens(struct cred *cred, bool writable, enum chat_err want)
{
	enum chat_err err;

	buf_reset(&why);
	err = cred_open(cred, writable, &why);
	if (err != want)
		fprintf(stderr, "  %s\n", buf_str(&why));
	return CHECK_INT(err, want);
}

static void put(const char *name, const char *url, const char *username, const char *token)
{
	struct cred cred;

	if (opens(&cred, true, CHAT_OK)) {
		CHECK_INT(cred_put(&cred, name, url, username, token), CHAT_OK);
		CHECK_INT(cred_save(&cred, &why), CHAT_OK);
	}
	cred_release(&cred);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (unsigned)st.st_mode & 07777;
}

static void write_file(const char *text)
{
	FILE *out = fopen(file, "w");

	if (!CHECK(out != NULL))
		return;
	fputs(text, out);
	fclose(out);
	chmod(file, 0600);
}

static void start_over(void)
{
	unlink(file);
	rmdir(dir);
}

static void is_empty_at_first(void)
{
	struct cred cred;

	if (opens(&cred, false, CHAT_OK)) {
		CHECK_INT(cred.count, 0);
		CHECK(cred_find(&cred, NULL) == NULL);
	}
	cred_release(&cred);
	CHECK_INT(mode_of(dir), 0);
}

static void keeps(void)
{
	struct cred cred;
	const struct cred_context *context;

	umask(0);
	put("one", "http://a", "alice", "t\"1");
	put("two", "https://b/x", NULL, NULL);
	CHECK_INT(mode_of(dir), 0700);
	CHECK_INT(mode_of(file), 0600);
	if (!opens(&cred, false, CHAT_OK))
		return;
	CHECK_INT(cred.count, 2);
	context = cred_find(&cred, NULL);
	if (CHECK(context != NULL)) {
		CHECK_STR(context->name, "one");
		CHECK_STR(context->url, "http://a");
		CHECK_STR(context->username, "alice");
		CHECK_STR(context->token, "t\"1");
	}
	context = cred_find(&cred, "two");
	CHECK(context && !context->username && !context->token);
	CHECK(cred_find(&cred, "three") == NULL);
	CHECK(cred_find_url(&cred, "https://b/x") == context);
	CHECK(cred_find_url(&cred, "https://b") == NULL);
	cred_release(&cred);
}

static void changes(void)
{
	struct cred cred;

	put("one", "http://a", "alice", NULL);
	if (!opens(&cred, true, CHAT_OK))
		return;
	CHECK_INT(cred.count, 2);
	CHECK(!cred_find(&cred, "one")->token);
	CHECK(cred_use(&cred, "two"));
	CHECK(!cred_use(&cred, "three"));
	CHECK(cred_remove(&cred, "one"));
	CHECK(!cred_remove(&cred, "one"));
	CHECK_INT(cred_save(&cred, &why), CHAT_OK);
	cred_release(&cred);
	if (!opens(&cred, true, CHAT_OK))
		return;
	CHECK_INT(cred.count, 1);
	CHECK_STR(cred.current, "two");
	CHECK(cred_remove(&cred, "two"));
	CHECK(cred.current == NULL);
	cred_release(&cred);
}

static void refuses_loose_modes(void)
{
	static const unsigned loose[] = {0640, 0604, 0660, 0644};
	struct cred cred;

	for (size_t i = 0; i < sizeof(loose) / sizeof(loose[0]); i++) {
		chmod(file, loose[i]);
		opens(&cred, false, CHAT_ERR_CONFIG);
		CHECK(strstr(buf_str(&why), "chmod 600"));
		CHECK(!strchr(buf_str(&why), '\n'));
		cred_release(&cred);
	}
	chmod(file, 0600);
	chmod(dir, 0750);
	opens(&cred, false, CHAT_ERR_CONFIG);
	CHECK(strstr(buf_str(&why), "chmod 700"));
	cred_release(&cred);
	opens(&cred, true, CHAT_ERR_CONFIG);
	cred_release(&cred);
	chmod(dir, 0700);
	opens(&cred, false, CHAT_OK);
	cred_release(&cred);
}

static void refuses_damage(void)
{
	static const char *const texts[] = {"", "{", "[]", "{\"contexts\": {}, \"current\": 1}",
		"{\"contexts\": [{}]}", "{\"contexts\": [{\"name\": \"a/b\", \"url\": \"x\"}]}",
		"{\"contexts\": [{\"name\": \"a\", \"url\": 1}]}"};
	struct cred cred;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file(texts[i]);
		if (opens(&cred, false, CHAT_ERR_CONFIG))
			CHECK(strstr(buf_str(&why), "damaged"));
		cred_release(&cred);
	}
	unlink(file);
	CHECK_INT(symlink("/etc/passwd", file), 0);
	opens(&cred, false, CHAT_ERR_IO);
	cred_release(&cred);
	start_over();
}

/* Many processes that each add a context at once: none may be lost. */
static void writers_wait(void)
{
	enum { WRITERS = 8 };
	struct cred cred;
	int failed = 0;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			char name[16];

			snprintf(name, sizeof(name), "w%d", i);
			put(name, "http://a", NULL, "token");
			_exit(test_failures != 0);
		}
	}
	for (int i = 0, status; i < WRITERS; i++) {
		wait(&status);
		failed += status != 0;
	}
	CHECK_INT(failed, 0);
	if (opens(&cred, false, CHAT_OK))
		CHECK_INT(cred.count, WRITERS);
	cred_release(&cred);
}

static void names(void)
{
	char longest[CRED_NAME_MAX + 2];

	CHECK(cred_name_ok("a"));
	CHECK(cred_name_ok("work-1.example_x"));
	CHECK(!cred_name_ok(""));
	CHECK(!cred_name_ok("a b"));
	CHECK(!cred_name_ok("a/b"));
	CHECK(!cred_name_ok("\xc3\xbc"));
	memset(longest, 'x', sizeof(longest));
	longest[CRED_NAME_MAX + 1] = '\0';
	CHECK(!cred_name_ok(longest));
	longest[CRED_NAME_MAX] = '\0';
	CHECK(cred_name_ok(longest));
}

int main(void)
{
	char command[96];

	buf_init(&why, 4096);
	if (!mkdtemp(home))
		return 1;
	setenv("XDG_STATE_HOME", home, 1);
	snprintf(dir, sizeof(dir), "%s/chat", home);
	snprintf(file, sizeof(file), "%s/contexts.json", dir);
	RUN(is_empty_at_first);
	RUN(keeps);
	RUN(changes);
	RUN(refuses_loose_modes);
	RUN(refuses_damage);
	RUN(writers_wait);
	RUN(names);
	snprintf(command, sizeof(command), "%s/lock", dir);
	unlink(command);
	start_over();
	rmdir(home);
	buf_release(&why);
	return test_end();
}
