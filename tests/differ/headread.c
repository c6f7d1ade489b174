/*
 * What chatd's parser makes of heads, for another parser to be compared with.
 *
 * headread            reads records from standard input, and answers each with a line
 * headread --table    writes the heads of the table as such records
 *
 * A record is a length of four bytes, little-endian, and so many bytes. A line is "more",
 * "refused CODE", or "done USED LENGTH keep|close METHOD TARGET [NAME VALUE]…" with the texts in
 * hexadecimal digits behind an "=".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "net/head.h"

struct row {
	const char *before, *repeated, *after;
	size_t n_before, n_repeated, n_after;
	unsigned times;
};

#define ROW(before, times, repeated, after)                                                        \
	{before, repeated, after, sizeof(before) - 1, sizeof(repeated) - 1, sizeof(after) - 1,     \
		times},
#define GOOD(name, bytes, read) ROW(bytes, 0, "", "")
#define MORE(name, bytes) ROW(bytes, 0, "", "")
#define BAD(name, err, bytes) ROW(bytes, 0, "", "")
#define LONG_GOOD(name, before, times, repeated, after) ROW(before, times, repeated, after)
#define LONG_BAD(name, err, before, times, repeated, after) ROW(before, times, repeated, after)

static const struct row rows[] = {
#include "heads.def"
};

static void print_table(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		size_t n = row->n_before + row->times * row->n_repeated + row->n_after;

		for (int shift = 0; shift < 32; shift += 8)
			putchar((int)(n >> shift & 0xff));
		fwrite(row->before, 1, row->n_before, stdout);
		for (unsigned k = 0; k < row->times; k++)
			fwrite(row->repeated, 1, row->n_repeated, stdout);
		fwrite(row->after, 1, row->n_after, stdout);
	}
}

static void print_slice(struct slice slice)
{
	fputs(" =", stdout);
	for (size_t i = 0; i < slice.len; i++)
		printf("%02x", (unsigned char)slice.at[i]);
}

static void answer(const char *bytes, size_t n)
{
	struct head head;
	size_t used;

	switch (head_parse(bytes, n, &head, &used)) {
	case HEAD_MORE:
		puts("more");
		return;
	case HEAD_REFUSED:
		printf("refused %s\n", err_info(head.err)->code);
		return;
	case HEAD_DONE:
		break;
	}
	printf("done %zu %lld %s", used, (long long)head.length,
		head.keep_alive ? "keep" : "close");
	print_slice(head.method);
	print_slice(head.target);
	for (unsigned i = 0; i < head.n_fields; i++) {
		print_slice(head.fields[i].name);
		print_slice(head.fields[i].value);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	unsigned char size[4];

	if (argc > 1 && strcmp(argv[1], "--table") == 0) {
		print_table();
		return 0;
	}
	while (fread(size, 1, sizeof(size), stdin) == sizeof(size)) {
		size_t n = (size_t)size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16;
		char *bytes = malloc(n ? n : 1);

		if (!bytes || fread(bytes, 1, n, stdin) != n)
			abort();
		answer(bytes, n);
		free(bytes);
	}
	return 0;
}
