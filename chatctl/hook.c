#include "hook.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chat/file.h>

#define OWN_MAX 6 /* variables of ours */

extern char **environ;

static bool is_ours(char *const *ours, const char *variable)
{
	for (size_t i = 0; i < OWN_MAX; i++) {
		size_t n = strcspn(ours[i], "=") + 1;

		if (strncmp(ours[i], variable, n) == 0)
			return true;
	}
	return false;
}

/* The environment with ours. NULL without memory. */
static char **make_environment(const struct stream_item *item, struct arena *arena)
{
	const struct chat_message *message = item->message;
	size_t n = 0, old = 0;
	char **list;

	while (environ[old])
		old++;
	list = arena_array(arena, OWN_MAX + old + 1, sizeof(*list));
	if (!list)
		return NULL;
	list[n++] = arena_printf(arena, "CHATCTL_EVENT=%s", event_info(item->event)->name);
	list[n++] = arena_printf(arena, "CHATCTL_MESSAGE_ID=%lld", (long long)message->id);
	list[n++] = arena_printf(arena, "CHATCTL_CHANNEL_ID=%lld", (long long)message->channel_id);
	list[n++] = arena_printf(arena, "CHATCTL_SERVER_ID=%lld", (long long)item->server_id);
	list[n++] = arena_printf(arena, "CHATCTL_CHANNEL=%s", item->channel ? item->channel : "");
	list[n++] = arena_printf(
		arena, "CHATCTL_USER=%s", message->user ? message->user->username : "");
	for (size_t i = 0; i < OWN_MAX; i++) {
		if (!list[i])
			return NULL;
	}
	for (size_t i = 0; i < old; i++) {
		if (!is_ours(list, environ[i]))
			list[n++] = environ[i];
	}
	return list;
}

/* 0, or an error of errno; *input is where its standard input is written to. */
static int start(const char *command, char **environment, pid_t *child, int *input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char sh[] = "sh", c[] = "-c", *copy = strdup(command);
	char *argv[] = {sh, c, copy, NULL};
	sigset_t defaults;
	int fds[2], err;

	if (!copy)
		return ENOMEM;
	if (pipe(fds)) {
		free(copy);
		return errno;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, fds[0]);
	posix_spawn_file_actions_addclose(&actions, fds[1]);
	posix_spawnattr_init(&attributes);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn(child, "/bin/sh", &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[0]);
	if (err)
		close(fds[1]);
	*input = fds[1];
	free(copy);
	return err;
}

void hook_run(const char *command, const struct stream_item *item)
{
	const char *text = item->message->content ? item->message->content : "";
	struct arena arena;
	char **environment;
	pid_t child = -1;
	int input = -1, status = 0, err;

	arena_init(&arena, 0);
	environment = make_environment(item, &arena);
	err = environment ? start(command, environment, &child, &input) : ENOMEM;
	arena_release(&arena);
	if (err) {
		fprintf(stderr, "chatctl: cannot run the command: %s\n", strerror(err));
		return;
	}
	/* It need not read. */
	(void)chat_write_all(input, text, strlen(text));
	close(input);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fprintf(stderr, "chatctl: the command ended with status %d\n", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		fprintf(stderr, "chatctl: the command was ended by signal %d\n", WTERMSIG(status));
}
