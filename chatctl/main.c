#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <chat/file.h>
#include "run.h"
#include "secret.h"

/* Ends at once: what was printed for good was flushed. Only calls that a handler may make. */
static void on_interrupt(int signal)
{
	secret_restore_terminal();
	_exit(signal == SIGINT ? EXIT_INTERRUPTED : 128 + signal);
}

/* Whoever reads our output may go away: then the write fails, and that is no error of ours. */
static void handle_signals(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* The exit status, once standard output is complete. That its reader went away is no error; that
 * the disk is full is one. */
static int finish_output(int status)
{
	struct stat st;
	int failed = fflush(stdout);

	if (!failed && !ferror(stdout))
		return status;
	if (!fstat(STDOUT_FILENO, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return status;
	fprintf(stderr, "chatctl: cannot write standard output%s%s\n", failed ? ": " : "",
		failed ? strerror(errno) : "");
	return status ? status : EXIT_OTHER;
}

int main(int argc, char **argv)
{
	struct ctl ctl;
	int status;

	if (!chat_open_standard_streams())
		return EXIT_OTHER;
	setlocale(LC_CTYPE, "");
	handle_signals();
	ctl_init(&ctl);
	status = run_command(&ctl, argc - 1, argv + 1);
	ctl_release(&ctl);
	return finish_output(status);
}
