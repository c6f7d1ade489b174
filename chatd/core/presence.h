#ifndef CHATD_PRESENCE_H
#define CHATD_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <chat/object.h>

/* Who is connected: written by the loop, read by any thread. */
struct presence;

struct presence *presence_new(void);
void presence_free(struct presence *presence);

void presence_set(struct presence *presence, int64_t user_id, bool connected);
bool presence_has(struct presence *presence, int64_t user_id);

/* Changes how many of a server's members are seen online; the loop's. */
void presence_count(struct presence *presence, int64_t server_id, int change);
/* How many are. Any thread. */
int64_t presence_online(struct presence *presence, int64_t server_id);

/* What others see of a user who made this choice (STATUS_NONE for none). Any thread. */
enum chat_status presence_others_see(enum chat_status choice, bool connected);

/* What the user itself sees. Any thread. */
enum chat_status presence_self_sees(enum chat_status choice, bool connected);

#endif
