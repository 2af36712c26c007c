// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.bwlimit: when what was sent is paid for, as one number in memory that is shared.  Touches: that page.
#include "p2v-transport/limit.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)
#define PIECE_MIN 4096
#define LONGEST_PAUSE (60 * SECOND)   // where the page holds nonsense

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

int limit_open(struct limit *limit, int fd, uint64_t bits_per_second, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof *limit->paid_at)
        return error_set(err, "the page for p2v.bwlimit cannot be used");
    void *page = mmap(NULL, sizeof *limit->paid_at, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return error_set_errno(err, errno, "the page for p2v.bwlimit cannot be used");
    *limit = (struct limit){ .paid_at = page, .bits_per_second = bits_per_second };
    return 0;
}

uint64_t limit_pause(const struct limit *limit)
{
    if (limit->paid_at == NULL)
        return 0;
    uint64_t paid_at = atomic_load(limit->paid_at), now = now_ns();
    return paid_at <= now ? 0 : paid_at - now < LONGEST_PAUSE ? paid_at - now : LONGEST_PAUSE;
}

size_t limit_piece(const struct limit *limit)
{
    if (limit->paid_at == NULL)
        return SIZE_MAX;
    uint64_t piece = limit->bits_per_second / 8 / 20;
    return piece < PIECE_MIN ? PIECE_MIN : (size_t)piece;
}

void limit_charge(const struct limit *limit, size_t bytes)
{
    if (limit->paid_at == NULL)
        return;
    // A piece is a twentieth of a second's or 4 KiB, so the product is far from overflowing.
    uint64_t price = (uint64_t)bytes * 8 * SECOND / limit->bits_per_second, now = now_ns();
    uint64_t paid_at = atomic_load(limit->paid_at), from;
    do
        from = paid_at > now ? paid_at : now;          // nothing is saved up while nobody sends
    while (!atomic_compare_exchange_weak(limit->paid_at, &paid_at, from + price));
}
