#include <limits.h>
#include <stdio.h>
#include <zlib.h>
#include "api/asset.h"

#define ASSET_BYTES_MAX (16u << 20)
/* A window of 32 KiB in gzip's format, as deflateInit2() takes it. */
#define GZIP_WINDOW (15 + 16)
#define MEMORY_LEVEL 8

/* What does not compress is left empty, and so is everything without memory. */
static void compress_into(struct buf *out, const struct buf *plain)
{
	z_stream stream = {0};
	uLong bound;

	buf_init(out, ASSET_BYTES_MAX);
	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	bound = deflateBound(&stream, plain->len);
	stream.next_in = (Bytef *)plain->data;
	stream.avail_in = (uInt)plain->len;
	stream.next_out = (Bytef *)buf_reserve(out, bound);
	stream.avail_out = (uInt)bound;
	if (stream.next_out != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END &&
		stream.total_out < plain->len)
		out->len = stream.total_out;
	deflateEnd(&stream);
}

static bool make(struct asset *asset)
{
	struct buf *plain = &asset->plain.bytes;
	unsigned long sum;

	buf_init(plain, ASSET_BYTES_MAX);
	if (!asset->write(plain) || !buf_ok(plain)) {
		buf_release(plain);
		return false;
	}
	compress_into(&asset->gzip.bytes, plain);
	sum = crc32_z(0, (const Bytef *)plain->data, plain->len);
	snprintf(asset->plain.etag, sizeof(asset->plain.etag), "\"%08lx-%zx\"", sum, plain->len);
	snprintf(asset->gzip.etag, sizeof(asset->gzip.etag), "\"%08lx-%zx-gzip\"", sum, plain->len);
	return true;
}

bool asset_make(struct asset *asset)
{
	bool made;

	pthread_mutex_lock(&asset->lock);
	if (!asset->made)
		asset->made = make(asset);
	made = asset->made;
	pthread_mutex_unlock(&asset->lock);
	return made;
}
