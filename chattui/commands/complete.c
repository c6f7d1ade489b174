#include "commands/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "commands/command.h"
#include "model/model.h"

static const struct {
	const char *name, *emoji;
} emojis[] = {
#define EMOJI(name_, emoji_) {name_, emoji_},
#include "commands/emoji.def"
#undef EMOJI
};

/* Counts *n down at each name that begins with the prefix; true at the one that is meant. */
static bool is_nth(const char *name, const char *prefix, size_t *n)
{
	return strncasecmp(name, prefix, strlen(prefix)) == 0 && (*n)-- == 0;
}

static bool nth_member(
	const struct server *server, const char *prefix, size_t n, char out[COMPLETE_SIZE])
{
	for (size_t i = 0; server && i < server->n_members; i++) {
		const char *name = server->members[i].person->name;

		if (!is_nth(name, prefix, &n))
			continue;
		snprintf(out, COMPLETE_SIZE, "@%s ", name);
		return true;
	}
	return false;
}

static bool nth_channel(
	const struct server *server, const char *prefix, size_t n, char out[COMPLETE_SIZE])
{
	for (size_t i = 0; server && i < server->n_channels; i++) {
		const char *name = server->channels[i]->name;

		if (!is_nth(name, prefix, &n))
			continue;
		snprintf(out, COMPLETE_SIZE, "#%s ", name);
		return true;
	}
	return false;
}

static bool nth_emoji(const char *prefix, size_t n, char out[COMPLETE_SIZE])
{
	size_t length = strlen(prefix);
	bool whole = length > 0 && prefix[length - 1] == ':'; /* ":smile:", not only ":smi" */

	length -= whole;
	for (size_t i = 0; i < sizeof(emojis) / sizeof(emojis[0]); i++) {
		if (strncasecmp(emojis[i].name, prefix, length) != 0 ||
			(whole && emojis[i].name[length]) || n-- != 0)
			continue;
		snprintf(out, COMPLETE_SIZE, "%s", emojis[i].emoji);
		return true;
	}
	return false;
}

static bool nth_command(const char *prefix, size_t n, char out[COMPLETE_SIZE])
{
	const char *words, *summary;

	for (size_t i = 0; (words = command_at(i, &summary)) != NULL; i++) {
		if (!is_nth(words, prefix, &n))
			continue;
		snprintf(out, COMPLETE_SIZE, "/%s ", words);
		return true;
	}
	return false;
}

bool complete_nth(const struct model *model, const char *word, bool at_start, size_t n,
	char out[COMPLETE_SIZE])
{
	const struct server *server = model->open ? model->open->server : NULL;

	switch (*word) {
	case '@':
		return nth_member(server, word + 1, n, out);
	case '#':
		return nth_channel(server, word + 1, n, out);
	case ':':
		return word[1] && nth_emoji(word + 1, n, out);
	case '/':
		return at_start && nth_command(word + 1, n, out);
	default:
		return false;
	}
}
