#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <chat/file.h>
#include <chat/openapi.h>
#include "api/asset.h"
#include "api/state.h"

/*
 * /docs and /redoc: each one page that needs nothing else, not even the internet. The viewer's
 * files lie beside the program or where they were installed; without them a plain page comes from
 * the tables.
 */

#define PAGE_BYTES_MAX (8u << 20)

struct viewer {
	const char *title;
	const char *style;  /* a file, or NULL */
	const char *script; /* a file */
	const char *mount;  /* what shows the description */
};

static const struct viewer swagger = {
	.title = "chatd: try the API",
	.style = "swagger-ui.css",
	.script = "swagger-ui-bundle.js",
	.mount = "SwaggerUIBundle({spec: spec, dom_id: '#page', deepLinking: true});",
};

static const struct viewer redoc = {
	.title = "chatd: the API",
	.style = NULL,
	.script = "redoc.standalone.js",
	.mount = "Redoc.init(spec, {disableSearch: false}, document.getElementById('page'));",
};

static int open_beside(const char *file)
{
	char path[PATH_MAX], full[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return -1;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return -1;
	*slash = '\0';
	snprintf(full, sizeof(full), "%s/docs/%s", path, file);
	return open(full, O_RDONLY | O_CLOEXEC);
}

static int open_installed(const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", CHATD_DOCS_DIR, file);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Appends a file of the viewer. */
static bool append_file(struct buf *out, const char *file)
{
	int fd = open_beside(file);
	bool read;

	if (fd < 0)
		fd = open_installed(file);
	if (fd < 0)
		return false;
	read = chat_read_all(fd, out);
	close(fd);
	return read;
}

/* Whether these bytes behind a '<' mean something inside a script element. */
static bool is_markup(const char *text, size_t n)
{
	return (n >= 3 && memcmp(text, "!--", 3) == 0) ||
	       (n >= 6 && strncasecmp(text, "script", 6) == 0) ||
	       (n >= 7 && strncasecmp(text, "/script", 7) == 0);
}

/* Appends JSON or a script for the inside of a script element: what means something there stands in
 * texts and patterns of the script, where it can be written so ("Restrictions for contents of
 * script elements" in the HTML standard). */
static void append_escaped(struct buf *out, const char *text, size_t n)
{
	const char *end = text + n, *from = text;

	while ((text = memchr(text, '<', (size_t)(end - text))) != NULL) {
		text++;
		if (is_markup(text, (size_t)(end - text))) {
			buf_append(out, from, (size_t)(text - 1 - from));
			buf_puts(out, "\\x3C");
			from = text;
		}
	}
	buf_append(out, from, (size_t)(end - from));
}

static bool append_script(struct buf *out, const char *file)
{
	struct buf script;
	bool found;

	buf_init(&script, PAGE_BYTES_MAX);
	found = append_file(&script, file);
	if (found)
		append_escaped(out, script.data, script.len);
	buf_release(&script);
	return found;
}

static void append_description(struct buf *out)
{
	struct buf json;

	buf_init(&json, PAGE_BYTES_MAX);
	if (openapi_write(&json, CHAT_VERSION))
		append_escaped(out, json.data, json.len);
	buf_release(&json);
}

static void page_head(struct buf *out, const char *title)
{
	buf_printf(out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>%s</title>\n",
		title);
}

static bool viewer_page(struct buf *out, const struct viewer *viewer)
{
	page_head(out, viewer->title);
	if (viewer->style != NULL) {
		buf_puts(out, "<style>\n");
		if (!append_file(out, viewer->style))
			return false;
		buf_puts(out, "</style>\n");
	}
	buf_puts(out, "</head>\n<body style=\"margin: 0\">\n<div id=\"page\"></div>\n<script>\n");
	if (!append_script(out, viewer->script))
		return false;
	buf_puts(out, "\n</script>\n<script>\nconst spec = ");
	append_description(out);
	buf_printf(out, ";\n%s\n</script>\n</body>\n</html>\n", viewer->mount);
	return true;
}

/* --- the plain page --- */

static void plain_fields(struct buf *out, const char *what, enum object_id id)
{
	const struct object *object = object_info(id);

	if (id == OBJECT_none)
		return;
	buf_printf(out, "<dt>%s</dt><dd><ul>", what);
	for (size_t i = 0; i < object->n_fields; i++)
		buf_printf(out, "<li><code>%s</code>%s: %s</li>", object->fields[i].name,
			object->fields[i].flags & FIELD_REQUIRED ? "" : " (optional)",
			object->fields[i].doc);
	buf_puts(out, "</ul></dd>");
}

static void plain_page(struct buf *out)
{
	page_head(out, "chatd: the API");
	buf_puts(out,
		"<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;"
		"padding:0 1em}code{background:#eee;padding:0 .2em}</style>\n</head>\n<body>\n"
		"<h1>The API</h1>\n<p>For programs: <a href=\"/openapi.json\">openapi.json</a>"
		"</p>\n");
	for (unsigned id = 0; id < EP_COUNT; id++) {
		const struct endpoint *endpoint = endpoint_info(id);

		buf_printf(out, "<h2><code>%s %s</code></h2><p>%s</p><dl>",
			method_name(endpoint->method), endpoint->path, endpoint->summary);
		plain_fields(out, "Query", endpoint->query);
		plain_fields(out, "Body", endpoint->request);
		plain_fields(out, "Answer", endpoint->response);
		buf_puts(out, "</dl>\n");
	}
	buf_puts(out, "</body>\n</html>\n");
}

static bool write_page(struct buf *out, const struct viewer *viewer)
{
	if (!viewer_page(out, viewer)) {
		buf_reset(out);
		plain_page(out);
	}
	return buf_ok(out);
}

static bool write_swagger(struct buf *out)
{
	return write_page(out, &swagger);
}

static bool write_redoc(struct buf *out)
{
	return write_page(out, &redoc);
}

enum chat_err handle_docs(struct req *req, struct reply *reply)
{
	static struct asset docs = ASSET_INIT("text/html; charset=utf-8", write_swagger);

	(void)req;
	return reply_asset(reply, &docs);
}

enum chat_err handle_redoc(struct req *req, struct reply *reply)
{
	static struct asset docs = ASSET_INIT("text/html; charset=utf-8", write_redoc);

	(void)req;
	return reply_asset(reply, &docs);
}
