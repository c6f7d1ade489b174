#include "jsonw.h"

#include <string.h>
#include <chat/buf.h>

void jsonw_comma(struct buf *out)
{
	if (out->len > 0 && !strchr("{[:", out->data[out->len - 1]))
		buf_putc(out, ',');
}

void jsonw_string(struct buf *out, const char *text)
{
	jsonw_comma(out);
	buf_put_json_string(out, text);
}

void jsonw_key(struct buf *out, const char *name)
{
	jsonw_string(out, name);
	buf_putc(out, ':');
}

void jsonw_object(struct buf *out)
{
	jsonw_comma(out);
	buf_putc(out, '{');
}

void jsonw_array(struct buf *out)
{
	jsonw_comma(out);
	buf_putc(out, '[');
}

void jsonw_end_object(struct buf *out)
{
	buf_putc(out, '}');
}

void jsonw_end_array(struct buf *out)
{
	buf_putc(out, ']');
}

void jsonw_member_object(struct buf *out, const char *name)
{
	jsonw_key(out, name);
	jsonw_object(out);
}

void jsonw_member_array(struct buf *out, const char *name)
{
	jsonw_key(out, name);
	jsonw_array(out);
}

void jsonw_member_string(struct buf *out, const char *name, const char *text)
{
	jsonw_key(out, name);
	jsonw_string(out, text);
}

void jsonw_member_int(struct buf *out, const char *name, int64_t number)
{
	jsonw_key(out, name);
	buf_put_int(out, number);
}

void jsonw_member_bool(struct buf *out, const char *name, bool truth)
{
	jsonw_key(out, name);
	buf_puts(out, truth ? "true" : "false");
}

void jsonw_member_raw(struct buf *out, const char *name, const char *raw)
{
	jsonw_key(out, name);
	buf_puts(out, raw);
}
