// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a plan is made of.
#ifndef P2V_PLAN_FACTS_H
#define P2V_PLAN_FACTS_H

#include "proto/config-table.h"
#include "proto/limits.h"
#include "proto/p2v.pb-c.h"

struct facts {
    const P2v__Inventory *inventory;
    const P2v__Contents *contents[MAX_DISKS];      // by the disk's place in the inventory; NULL: not known
    const P2v__Features *features; // of the server that was tested last; NULL: none has been
    const char *server, *output_type;      // of the server, for messages, and the output that is wanted; "": not known
    struct config config;          // its machine part; paths to disks are their names already
};

#endif
