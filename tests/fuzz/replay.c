/* main() of a fuzz target where there is no libFuzzer: runs each file of a folder once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)

static int run(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	uint8_t *data = malloc(INPUT_MAX);
	uint8_t *exact = NULL; /* of the input's size, so that an overread is seen */
	ssize_t n = -1;

	if (fd >= 0 && data)
		n = read(fd, data, INPUT_MAX);
	if (n >= 0)
		exact = malloc(n ? (size_t)n : 1);
	if (exact) {
		memcpy(exact, data, (size_t)n);
		LLVMFuzzerTestOneInput(exact, (size_t)n);
	} else {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
	}
	free(data);
	free(exact);
	if (fd >= 0)
		close(fd);
	return exact ? 0 : 1;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	int failed = 0, count = 0;

	if (!folder) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= run(dirfd(folder), entry->d_name);
		count++;
	}
	closedir(folder);
	printf("%d inputs\n", count);
	return failed || !count;
}
