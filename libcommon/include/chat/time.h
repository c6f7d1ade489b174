#ifndef CHAT_TIME_H
#define CHAT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-01-31T12:00:00.123Z" and its NUL. */
#define TIME_TEXT_SIZE 25

/* Milliseconds since 1970-01-01T00:00:00Z. Any thread. */
int64_t time_now_ms(void);

/* Microseconds of a clock that never jumps, for deadlines and durations. Any thread. */
int64_t time_mono_us(void);
/* The same in milliseconds. */
int64_t time_mono_ms(void);

/* ms as ISO 8601 in UTC with milliseconds and Z; years 1970 to 9999, others are clamped. */
void time_format(int64_t ms, char out[TIME_TEXT_SIZE]);

/*
 * Parses an ISO 8601 date and time: "T" or a space between them, an optional fraction of 1 to 9
 * digits, and Z, an offset (+hh:mm) or nothing, which means UTC. False if it is not one.
 */
bool time_parse(const char *text, size_t n, int64_t *ms);

#endif
