// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration, or a part of it, as a message's list of settings, and back.  Pure memory.
#ifndef P2V_PROTO_SETTINGS_H
#define P2V_PROTO_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/config-table.h"
#include "proto/p2v.pb-c.h"

#define SETTINGS_MAX 1024              // as check.c
#define SETTINGS_KEYS 64
#define SETTINGS_NUMBER_MAX 32         // bytes of a number or a truth, as typed

// They borrow their texts from the configuration.
struct settings {
    P2v__Setting all[SETTINGS_MAX];
    P2v__Setting *pointers[SETTINGS_MAX];
    char numbers[SETTINGS_KEYS][SETTINGS_NUMBER_MAX];
    size_t count;
};

// Bits of keys, as in config.set: of those with these long names, which end with NULL.
uint64_t settings_keys(const char *const *names);

// All of these keys that have a value, as it would be typed; of a list each item for itself, and of a secret only that it is there
// (""), for it goes its own way.  0, or -1 with err: there are too many.
int settings_make(struct settings *settings, const struct config *config, uint64_t keys, struct error *err);

// Sets them in config, where they are of these keys.  0, or -1 with err: one is of another key, or refused; those before it are set.
int settings_take(struct config *config, P2v__Setting *const *settings, size_t count, uint64_t keys, struct error *err);

#endif
