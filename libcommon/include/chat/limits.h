#ifndef CHAT_LIMITS_H
#define CHAT_LIMITS_H

#include <stdint.h>

/* The largest id: 2^53 - 1, the last integer that a double holds (RFC 7493, section 2.2). */
#define LIMIT_ID_MAX INT64_C(9007199254740991)

/* LIMIT_USERNAME_MIN and so on, from limits.def. */
enum limit {
#define LIMIT(name, value, meaning) LIMIT_##name = (value),
#define RATE(name, burst, per_minute, by)
#include <chat/limits.def>
#undef LIMIT
#undef RATE
};

#endif
