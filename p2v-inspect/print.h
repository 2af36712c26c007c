// SPDX-License-Identifier: GPL-2.0-or-later
//
// The inventory for people, and for programs.
#ifndef P2V_INSPECT_PRINT_H
#define P2V_INSPECT_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/p2v.pb-c.h"

// What is to be printed; contents: what is on the disks, of those where it is known.
struct findings {
    const P2v__Inventory *inventory;       // NULL: contents alone
    P2v__Contents *const *contents;
    size_t contents_count;
};

// Writes to standard output a table, or one JSON object.  0, or -1 with errno.
int print_findings(const struct findings *findings, bool json);

// The JSON object, to any stream (print-json.c); whether that took it the stream says.
void print_json(FILE *out, const struct findings *findings);

#endif
