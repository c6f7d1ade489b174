#ifndef CHAT_HASH_H
#define CHAT_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* FNV-1a, 64 bits: tells texts apart where nobody gains by making two that are alike. Begin with
 * CHAT_FNV1A_BASIS; what comes in several pieces hashes as one. Values may be stored. */
#define CHAT_FNV1A_BASIS UINT64_C(0xcbf29ce484222325)
uint64_t chat_fnv1a(uint64_t hash, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif

#endif
