// SPDX-License-Identifier: GPL-2.0-or-later
//
// A pretended supervisor for trying the dialogs: an invented machine, an invented conversion server and conversion.  Pure
// memory; nothing is converted, asked of the machine or written.
//
// What can be tried: the server "wrong" does not answer, the password "wrong" is refused, the user "token" is asked a question
// more, an identity asks for its passphrase; the volume group vg0 is on two disks.
#ifndef P2V_UI_DEMO_H
#define P2V_UI_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/p2v.pb-c.h"

struct demo;

// Begins at now_ms (of a clock that never goes back): the first messages are due at once.  hostile: every text that would come
// from outside is full of what could harm a terminal, and very long.  NULL where memory is short.
struct demo *demo_new(bool hostile, uint64_t now_ms);
void demo_free(struct demo *demo);

// The UI has sent this (borrowed).
void demo_tell(struct demo *demo, const P2v__Envelope *envelope, uint64_t now_ms);

// The next message to the UI that is due; the caller frees it (p2v__envelope__free_unpacked()).  NULL: none is.
P2v__Envelope *demo_next(struct demo *demo, uint64_t now_ms);

// Milliseconds until there is one; -1: none will come before the UI sends something.
int demo_due(const struct demo *demo, uint64_t now_ms);

#endif
