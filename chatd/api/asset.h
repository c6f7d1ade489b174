#ifndef CHATD_ASSET_H
#define CHATD_ASSET_H

#include <pthread.h>
#include <stdbool.h>
#include <chat/buf.h>

/* The content in one coding; each has a tag of its own (RFC 9110, section 8.8.3.3). */
struct asset_form {
	struct buf bytes;
	char etag[40]; /* with its quotes */
};

/*
 * An answer that is the same for everybody and never changes while chatd runs: made when it is
 * first asked for, and then sent to every connection from the same memory.
 */
struct asset {
	const char *content_type;
	/* Appends the content; false without memory. */
	bool (*write)(struct buf *out);
	pthread_mutex_t lock;
	bool made;
	struct asset_form plain, gzip; /* gzip is empty where it would not be smaller */
};

#define ASSET_INIT(type, write_content)                                                            \
	{                                                                                          \
		.content_type = (type), .write = (write_content),                                  \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}

/* Makes it, if that was not done before. False without memory; any thread. */
bool asset_make(struct asset *asset);

#endif
