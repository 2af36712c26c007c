// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tables of check.c, for check-walk.c alone.
#ifndef P2V_PROTO_CHECK_TABLE_H
#define P2V_PROTO_CHECK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/p2v.pb-c.h"

// One row a field.  Numbers: min..max, on either side of zero where there is a sign.  Text and bytes: min..max bytes; text also
// satisfies `text`, unless it is empty and min is 0.  repeated: at most `count`.  A message as a field is required.
// What comes of a configuration key has that key's row of config-table.c in place of these.
struct check_rule {
    const char *field;             // "Message.field"; NULL ends the table
    uint64_t min, max;
    bool (*text)(const char *text);
    size_t count;
    const char *key;               // the long name, or NULL
    bool optional;                 // or it is empty, or 0
    const char *distinct;          // of repeated messages: no two have the same text in this field of theirs; NULL: they may
};
extern const struct check_rule check_rules[];

// How many descriptors a message carries.  Those not named carry none.
struct check_carried {
    P2v__Envelope__BodyCase body;  // P2V__ENVELOPE__BODY__NOT_SET ends the table, and is the row of those
    size_t least, most;
};
extern const struct check_carried check_carried[];

#endif
