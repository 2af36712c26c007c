// SPDX-License-Identifier: GPL-2.0-or-later
//
// The permitted value of every field of every message: one table, read by both ends of every channel.  Pure memory.
#ifndef P2V_PROTO_CHECK_H
#define P2V_PROTO_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"
#include "proto/p2v.pb-c.h"

// 0 where the envelope holds exactly one message, with the descriptors that message must carry, no unknown field,
// and every field as the table says; else -1 with err naming the field.
int check_envelope(const P2v__Envelope *envelope, size_t fd_count, struct error *err);

// Bytes of one item of a repeated field of this type, in memory.
size_t check_item_size(ProtobufCType type);

// True where every field of every message reachable from Envelope has a row in the table; else err names the first
// that has none.  A field without a row is refused at run time too: this is for the unit test.
bool check_covers_every_field(struct error *err);

#endif
