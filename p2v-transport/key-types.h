// SPDX-License-Identifier: GPL-2.0-or-later
//
// The types of SSH keys that are used here, of hosts and our own.  Pure memory.
#ifndef P2V_TRANSPORT_KEY_TYPES_H
#define P2V_TRANSPORT_KEY_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#define KEY_TYPES 5

// The best first.  algorithms: how keys of this type sign, a list with commas as SSH has it.
extern const struct key_type {
    const char *name, *algorithms;
} key_types[KEY_TYPES];

// Is this type in the table?
bool key_type_is_used(const char *name);

#endif
