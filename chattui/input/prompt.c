#include "input/prompt.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 512

void prompt_open(struct prompt *prompt, const char *label, prompt_done *done)
{
	*prompt = (struct prompt){.done = done};
	snprintf(prompt->label, sizeof(prompt->label), "%s", label);
	edit_init(&prompt->edit, TEXT_MAX);
}

void prompt_close(struct prompt *prompt)
{
	if (!prompt_is_open(prompt))
		return;
	edit_release(&prompt->edit);
	free(prompt->subject.text);
	*prompt = (struct prompt){.label = ""};
}

bool prompt_is_open(const struct prompt *prompt)
{
	return prompt->label[0] != '\0';
}
