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
#include "heads.h"

static void print_table(void)
{
	for (size_t i = 0; i < N_HEAD_ROWS; i++) {
		size_t n;
		char *bytes = head_row_spell(&head_rows[i], &n);

		for (int shift = 0; shift < 32; shift += 8)
			putchar((int)(n >> shift & 0xff));
		fwrite(bytes, 1, n, stdout);
		free(bytes);
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
