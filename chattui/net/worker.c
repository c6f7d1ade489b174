#include "net/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <chat/rest.h>

#define WHY_MAX 1024
#define TIMEOUT_MS 30000
#define RETRIES 2

struct worker {
	struct rest *rest; /* the thread's own */
	struct queue asked, answered;
	int event_fd;
	pthread_t thread;
	volatile sig_atomic_t cancel;
};

/* --- jobs --- */

struct job *job_new(enum endpoint_id endpoint, job_done *done, void *context)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		abort();
	job->endpoint = endpoint;
	job->done = done;
	job->context = context;
	arena_init(&job->arena, 0);
	buf_init(&job->why, WHY_MAX);
	return job;
}

static bool set_field(struct job *job, enum object_id id, const char **values, const char *field,
	const char *value)
{
	const struct object *object = object_info(id);

	for (size_t i = 0; i < object->n_fields; i++) {
		if (strcmp(object->fields[i].name, field) != 0)
			continue;
		values[i] = arena_strdup(&job->arena, value);
		return true;
	}
	return false;
}

bool job_set(struct job *job, const char *field, const char *value)
{
	const struct endpoint *endpoint = endpoint_info(job->endpoint);

	return set_field(job, endpoint->query, job->query, field, value) ||
	       set_field(job, endpoint->request, job->body, field, value);
}

bool job_set_int(struct job *job, const char *field, int64_t value)
{
	return job_set(job, field, arena_printf(&job->arena, "%lld", (long long)value));
}

const char *job_get(const struct job *job, const char *field)
{
	const struct object *object = object_info(endpoint_info(job->endpoint)->request);

	for (size_t i = 0; i < object->n_fields; i++)
		if (strcmp(object->fields[i].name, field) == 0)
			return job->body[i];
	return NULL;
}

/* Passwords do not stay in freed memory. */
static void wipe_secrets(struct job *job)
{
	const struct object *object = object_info(endpoint_info(job->endpoint)->request);

	for (size_t i = 0; i < object->n_fields; i++)
		if ((object->fields[i].flags & FIELD_SECRET) && job->body[i])
			explicit_bzero((char *)job->body[i], strlen(job->body[i]));
}

void job_free(struct job *job)
{
	wipe_secrets(job);
	arena_release(&job->arena);
	buf_release(&job->why);
	free(job);
}

static void free_list(struct queue_node *node)
{
	while (node) {
		struct queue_node *next = node->next;

		job_free((struct job *)node);
		node = next;
	}
}

/* --- the thread --- */

static void decode(struct job *job, const struct rest_reply *reply)
{
	const struct endpoint *endpoint = endpoint_info(job->endpoint);
	const char *body = buf_str(&reply->body);
	struct problems problems = {.count = 0};

	if (endpoint->shape == SHAPE_LIST) {
		job->err = object_decode_list(endpoint->response, body, reply->body.len,
			&job->arena, &job->items, &job->count, &problems);
	} else if (endpoint->shape == SHAPE_ONE) {
		job->items = arena_alloc(&job->arena, object_info(endpoint->response)->size);
		job->count = 1;
		job->err = object_decode(endpoint->response, body, reply->body.len, &job->arena,
			job->items, &problems);
	}
	if (job->err) {
		job->err = CHAT_ERR_BAD_REPLY;
		buf_puts(&job->why, err_info(job->err)->detail);
	}
}

static void work(struct worker *worker, struct job *job)
{
	struct rest_request request;
	struct rest_reply reply;

	rest_request_init(&request);
	rest_reply_init(&reply);
	job->err = rest_request_endpoint(
		&request, job->endpoint, &job->params, job->query, job->body, &job->why);
	if (!job->err)
		job->err = rest_send(worker->rest, &request, &reply, &job->why);
	if (!job->err)
		decode(job, &reply);
	rest_request_release(&request);
	rest_reply_release(&reply);
}

static void *run(void *context)
{
	struct worker *worker = context;
	struct queue_node *node;
	uint64_t one = 1;

	while ((node = queue_take(&worker->asked, true)) != NULL) {
		if (!worker->cancel)
			work(worker, (struct job *)node);
		if (queue_push(&worker->answered, node) == QUEUE_REFUSED)
			job_free((struct job *)node);
		else if (write(worker->event_fd, &one, sizeof(one)) < 0)
			break; /* a counter of 2^64 is never full */
	}
	return NULL;
}

/* --- the owner's side --- */

static bool start(struct worker *worker)
{
	sigset_t all, before;
	int failed;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !failed;
}

struct worker *worker_new(const char *url, const char *token)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	struct rest_config config = {
		.url = url,
		.token = token,
		.agent = "chattui/" CHAT_VERSION,
		.retries = RETRIES,
		.timeout_ms = TIMEOUT_MS,
	};

	if (!worker)
		return NULL;
	config.cancel = &worker->cancel;
	queue_init(&worker->asked, 0);
	queue_init(&worker->answered, 0);
	worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	worker->rest = rest_new(&config);
	if (worker->event_fd >= 0 && worker->rest && start(worker))
		return worker;
	rest_free(worker->rest);
	if (worker->event_fd >= 0)
		close(worker->event_fd);
	free(worker);
	return NULL;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	worker->cancel = 1;
	queue_close(&worker->asked);
	pthread_join(worker->thread, NULL);
	free_list(queue_take_all(&worker->asked, false));
	free_list(queue_take_all(&worker->answered, false));
	queue_release(&worker->asked);
	queue_release(&worker->answered);
	rest_free(worker->rest);
	close(worker->event_fd);
	free(worker);
}

int worker_fd(const struct worker *worker)
{
	return worker->event_fd;
}

void worker_collect(struct worker *worker)
{
	uint64_t count;
	struct queue_node *node;

	if (read(worker->event_fd, &count, sizeof(count)) < 0)
		return;
	node = queue_take_all(&worker->answered, false);
	while (node) {
		struct job *job = (struct job *)node;

		node = node->next;
		job->done(job);
		job_free(job);
	}
}

void worker_submit(struct worker *worker, struct job *job)
{
	job->worker = worker;
	if (queue_push(&worker->asked, &job->node) == QUEUE_REFUSED)
		job_free(job);
}
