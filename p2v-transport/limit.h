// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.bwlimit: what all data connections together may send.  Each is a process of its own; they share one page of memory.
// Touches: that page.
//
// In it is the time when all that has been sent up to now is paid for, at the rate given.  Nobody sends before that time, and
// who has sent moves it on.  So a disk that is not being read leaves its share to the others, which matters, because virt-v2v
// copies one disk after the other.  A p2v-transport gone bad can break the limit or hold up the other disks of its own
// conversion, which it can end anyhow; it learns nothing of them but that they send.
#ifndef P2V_TRANSPORT_LIMIT_H
#define P2V_TRANSPORT_LIMIT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"

struct limit {
    _Atomic uint64_t *paid_at;    // nanoseconds of CLOCK_MONOTONIC, shared; NULL: there is no limit
    uint64_t bits_per_second;
};

// Maps the page that the descriptor (a memfd, borrowed) holds.  0, or -1 with err.
int limit_open(struct limit *limit, int fd, uint64_t bits_per_second, struct error *err);

// Nanoseconds until something may be sent; 0: now.
uint64_t limit_pause(const struct limit *limit);

// How much to send at most before asking again: about a twentieth of a second's, so that the stream is even.
size_t limit_piece(const struct limit *limit);

// So many bytes have been sent.
void limit_charge(const struct limit *limit, size_t bytes);

#endif
