// SPDX-License-Identifier: GPL-2.0-or-later
//
// What of a message may be written down, as --audit-log does.  Pure memory.
#ifndef P2V_PROTO_REDACT_H
#define P2V_PROTO_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"
#include "proto/p2v.pb-c.h"

// How many of the first bytes of this text (a string field of message, or an item of one) may be written down; what follows them is
// secret.  0 where the table has no row for the field.
size_t redact_shows(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *text);

// False where a bytes field is no secret, so that its size may be told.  Its content is never written down.
bool redact_hides_size(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

// True where every text and bytes field of every message has exactly one row, and every row is of such a field; else err names the first
// that is not so.  A field without a row is hidden at run time: this is for the unit test.
bool redact_decides_every_field(struct error *err);

#endif
