/* A configuration file, and the bytes of a terminal. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include "config/config.h"
#include "input/edit.h"
#include "input/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_config(const uint8_t *data, size_t size)
{
	int fd = memfd_create("conf", 0);
	struct config config;
	struct buf problems;

	if (write(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	config_init(&config);
	buf_init(&problems, 1 << 20);
	config_read(&config, fd, "conf", &problems);
	close(fd);
	buf_release(&problems);
	config_release(&config);
}

static void read_keys(const uint8_t *data, size_t size)
{
	struct input input;
	struct input_event event;
	struct edit edit;

	input_init(&input);
	edit_init(&edit, 4096);
	for (size_t at = 0, used; at < size; at += used) {
		if (!input_feed(&input, (const char *)data + at, size - at, &used, &event))
			continue;
		if (event.kind == INPUT_PASTE)
			edit_insert(&edit, buf_str(&input.paste), input.paste.len);
		else if (event.kind == INPUT_KEY && event.key == KEY_BACKSPACE)
			edit_backspace(&edit);
		else if (event.kind == INPUT_KEY && event.key == KEY_LEFT)
			edit.cursor = edit_left(&edit);
	}
	input_timeout(&input, &event);
	edit_release(&edit);
	input_release(&input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	read_config(data, size);
	read_keys(data, size);
	return 0;
}
