#include "invocation.h"

#include <string.h>

const char *invocation_value(const struct invocation *in, const char *name)
{
	for (size_t i = 0; i < in->command.n_args; i++) {
		if (!strcmp(in->command.args[i].name, name))
			return in->values[i];
	}
	return NULL;
}
