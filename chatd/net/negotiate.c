#include <string.h>
#include <strings.h>
#include "net/negotiate.h"

#define BLANK " \t"
/* The weight 1, in thousandths; and that of what is not named. */
#define WEIGHT_MAX 1000
#define WEIGHT_NONE (-1)

/* The weight at the start of the text (section 12.4.2). What is not of its grammar is 0, for nobody
 * can be hurt by the form that everybody takes. */
static int read_weight(const char *text, const char *end)
{
	int weight, place = WEIGHT_MAX / 10;

	text += strspn(text, BLANK);
	if (text == end)
		return WEIGHT_MAX;
	if (*text != ';')
		return 0;
	text += 1 + strspn(text + 1, BLANK);
	if (strncasecmp(text, "q=", 2) != 0 || (text[2] != '0' && text[2] != '1'))
		return 0;
	weight = (text[2] - '0') * WEIGHT_MAX;
	text += 3;
	for (text += *text == '.'; *text >= '0' && *text <= '9'; text++, place /= 10)
		weight += (*text - '0') * place;
	text += strspn(text, BLANK);
	return text == end && weight <= WEIGHT_MAX ? weight : 0;
}

/* The weight that a list gives to a coding by its name, or WEIGHT_NONE. */
static int weight_of(const char *list, const char *coding)
{
	while (*(list += strspn(list, "," BLANK)) != '\0') {
		const char *end = list + strcspn(list, ",");
		size_t n = strcspn(list, ";," BLANK);

		if (n == strlen(coding) && strncasecmp(list, coding, n) == 0)
			return read_weight(list + n, end);
		list = end;
	}
	return WEIGHT_NONE;
}

bool negotiate_gzip(const char *accept_encoding)
{
	const char *list = accept_encoding == NULL ? "" : accept_encoding;
	int gzip = weight_of(list, "gzip");

	if (gzip == WEIGHT_NONE)
		gzip = weight_of(list, "x-gzip");
	if (gzip == WEIGHT_NONE)
		gzip = weight_of(list, "*");
	return gzip > 0 && gzip >= weight_of(list, "identity");
}

bool negotiate_has(const char *if_none_match, const char *etag)
{
	const char *at = if_none_match == NULL ? "" : if_none_match;
	size_t n = strlen(etag);

	if (strcmp(at, "*") == 0)
		return true;
	/* A tag may have commas of its own; and a weak one is as good here. */
	while (*(at += strspn(at, "," BLANK)) != '\0') {
		at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
		if (strncmp(at, etag, n) == 0)
			return true;
		if (*at != '"' || (at = strchr(at + 1, '"')) == NULL)
			return false;
		at++;
	}
	return false;
}
