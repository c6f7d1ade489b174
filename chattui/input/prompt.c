#include "input/prompt.h"

#include <stdio.h>

#define TEXT_MAX 512

void prompt_open(struct prompt *prompt, const char *label, prompt_done *done)
{
	prompt_close(prompt);
	snprintf(prompt->label, sizeof(prompt->label), "%s", label);
	edit_init(&prompt->edit, TEXT_MAX);
	prompt->done = done;
}

void prompt_close(struct prompt *prompt)
{
	if (!prompt_is_open(prompt))
		return;
	edit_release(&prompt->edit);
	*prompt = (struct prompt){.label = ""};
}

bool prompt_is_open(const struct prompt *prompt)
{
	return prompt->label[0] != '\0';
}
