// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far the disks are, as lines for a log: one for each tenth of a disk.  Pure memory; translated.
#ifndef P2V_UI_PROGRESS_H
#define P2V_UI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p2v-ui/rate.h"
#include "proto/p2v.pb-c.h"

#define PROGRESS_DISKS 64              // those after them are not shown

struct progress {
    struct {
        char name[65];
        unsigned tenths;               // that have been shown
        struct rate rate;
    } disks[PROGRESS_DISKS];
    size_t count;
};

// Takes what came at now_ms (milliseconds of a clock that never goes back).  True where that is to be shown: then line is
// "disk sda: 40 % of 20 GiB (3.1 GiB of it zeroes), 512 MiB/s, 2 min 05 s left", without what is not known.
bool progress_take(struct progress *progress, const P2v__Progress *message, uint64_t now_ms, char *line, size_t size);

#endif
