// SPDX-License-Identifier: GPL-2.0-or-later
//
// How many of a thing a message may bring, for whoever has room for just as many.  check.c holds to it.
#ifndef P2V_PROTO_LIMITS_H
#define P2V_PROTO_LIMITS_H

// Of a machine
#define MAX_DISKS 64
#define MAX_REMOVABLES 16
#define MAX_NICS 64

#define MAX_FINDINGS 16            // of a plan

#endif
