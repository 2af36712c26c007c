// SPDX-License-Identifier: GPL-2.0-or-later
//
// The inventory as a table for people.
#ifndef P2V_INSPECT_PRINT_H
#define P2V_INSPECT_PRINT_H

#include "proto/p2v.pb-c.h"

// Writes it to standard output.  0, or -1 with errno.
int print_inventory(const P2v__Inventory *inventory);

#endif
