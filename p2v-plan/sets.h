// SPDX-License-Identifier: GPL-2.0-or-later
//
// Arrays, volume groups and pools on several disks: all of their disks are converted, or none.  Pure memory.
#ifndef P2V_PLAN_SETS_H
#define P2V_PLAN_SETS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/error.h"
#include "proto/p2v.pb-c.h"

struct sets_disk {
    const char *name;
    bool chosen;
    size_t same_as;                    // the first of the list that is this very disk, by another path; else its own index
    const P2v__Contents *contents;     // NULL: not known
};

// 0: what is chosen breaks nothing; -1: err names the set and what is missing of it; 1: err has a warning.
int sets_check(const struct sets_disk *disks, size_t count, struct error *err);

#endif
