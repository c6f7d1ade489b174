#ifndef CHATTUI_COMPLETE_H
#define CHATTUI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

struct model;

#define COMPLETE_SIZE 512

/*
 * The n-th (from 0) thing that the unfinished word may become: "@al" a member of the open channel's
 * server, "#ge" one of its channels, ":smi" an emoji, and "/se" at the start of the input
 * (at_start) a command. With what follows it. False past the last.
 */
bool complete_nth(const struct model *model, const char *word, bool at_start, size_t n,
	char out[COMPLETE_SIZE]);

#endif
