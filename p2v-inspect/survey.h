// SPDX-License-Identifier: GPL-2.0-or-later
//
// By hand: what is on this machine's disks, each looked at by a p2v-inspect --contents of its own, as under the supervisor.
#ifndef P2V_INSPECT_SURVEY_H
#define P2V_INSPECT_SURVEY_H

#include <stddef.h>

#include "proto/helper.h"
#include "proto/limits.h"

struct survey {
    size_t count;
    unsigned char *bytes[MAX_DISKS];    // what each has said last, unread until this process is locked
    size_t sizes[MAX_DISKS];
    P2v__Contents *contents[MAX_DISKS]; // the same, checked; they stay until the end
    size_t contents_count;
};

// Before the lock: asks for every disk that can be opened, one after the other.
void survey_ask(struct survey *survey);

// After it: reads the answers; what is no sound answer is left out.
void survey_read(struct survey *survey);

#endif
