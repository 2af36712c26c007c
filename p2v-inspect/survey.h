// SPDX-License-Identifier: GPL-2.0-or-later
//
// By hand: what is on this machine's disks, each looked at by a p2v-inspect --contents of its own, as under the supervisor.
#ifndef P2V_INSPECT_SURVEY_H
#define P2V_INSPECT_SURVEY_H

#include <stddef.h>
#include <stdint.h>

#include "p2v-inspect/names.h"
#include "proto/helper.h"
#include "proto/limits.h"

struct survey {
    const char *program;           // p2v-inspect: its path
    int patience_ms;               // for one disk, which may be failing
    size_t count;                  // disks that were asked for
    struct survey_answer {
        char name[NAME_SIZE];
        unsigned char *bytes;      // what was said last, unread until this process is locked; NULL: nothing
        size_t size;
    } answers[MAX_DISKS];
    P2v__Contents *contents[MAX_DISKS]; // the same, checked; they stay until the end
    size_t contents_count;
};

// Before the lock: asks for every disk that can be opened, one after the other.
void survey_ask(struct survey *survey);

// For one of them: the descriptor (borrowed) of a disk of this name and size in bytes.
void survey_ask_one(struct survey *survey, const char *name, int disk, uint64_t size);

// After it: reads the answers.  Where there is no sound one, the helper tells of which disk.
void survey_read(struct survey *survey, struct helper *helper);

#endif
