#ifndef CHATD_HASH_QUEUE_H
#define CHATD_HASH_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* How many wait at most: at about 85 ms each, five seconds of work. */
#define HASH_QUEUE_MAX 64
/* How many of these come from one address, and how many are for one account. */
#define HASH_LINE_MAX 8

/* An element; embedded in what is queued, which stays its owner's. */
struct hash_node {
	struct hash_node *next;
	uint64_t address, account; /* hashes of them */
	uint64_t round;
};

/*
 * Who waits for a password to be hashed, which is slow by design. Requests are served in rounds,
 * and the round of each is the one after the last that its address or its account has: whoever
 * guesses passwords waits behind its own guesses, at many accounts from one address or at one
 * account from many. When the queue is full the last of the latest round must go, which is one of
 * whoever asks for most.
 *
 * A push looks at all who wait, of whom there are few. Zeroed it is empty. Not locked.
 */
struct hash_queue {
	struct hash_node *first; /* in the order in which they are served */
	size_t length;
	uint64_t round; /* that is being served */
};

/* Adds the node, whose address and account are set. Returns who does not wait: the node itself, or
 * another that had to make room for it, or NULL. */
struct hash_node *hash_queue_push(struct hash_queue *queue, struct hash_node *node);

/* Takes the next one; NULL when nobody waits. */
struct hash_node *hash_queue_pop(struct hash_queue *queue);

#endif
