// SPDX-License-Identifier: GPL-2.0-or-later
//
// A line of the log for each tenth of a disk.  Pure memory; translated.
#include "p2v-ui/progress.h"

#include <stdio.h>
#include <string.h>

#include "p2v-ui/words.h"
#include "proto/translate.h"

static uint64_t at_most(uint64_t number, uint64_t most)
{
    return number < most ? number : most;
}

// Both together are no more than the disk, whatever was said.
static uint64_t done(const P2v__Progress *message)
{
    uint64_t sent = at_most(message->sent_bytes, message->size_bytes);
    return sent + at_most(message->zero_bytes, message->size_bytes - sent);
}

// How much of the disk the conversion server has: 0 to 100, and 100 only when it is all of it.
static unsigned percent_of(const P2v__Progress *message)
{
    uint64_t bytes = done(message);
    unsigned percent = (unsigned)(100 * (double)bytes / (double)message->size_bytes);
    return bytes == message->size_bytes ? 100 : percent < 99 ? percent : 99;
}

// Index of a disk; PROGRESS_DISKS where there is no room for it.
static size_t find(struct progress *progress, const char *name)
{
    size_t i = 0;
    while (i < progress->count && strcmp(progress->disks[i].name, name) != 0)
        i++;
    if (i == progress->count && i < PROGRESS_DISKS) {
        progress->count++;
        snprintf(progress->disks[i].name, sizeof progress->disks[i].name, "%s", name);
    }
    return i;
}

static void describe(const P2v__Progress *message, const struct rate *rate, char *line, size_t size)
{
    char whole[32], zeroes[32], zero_part[64] = "", speed[32], speed_part[64] = "", left[32], left_part[64] = "";
    uint64_t seconds, zero = done(message) - at_most(message->sent_bytes, message->size_bytes);
    words_size(whole, sizeof whole, message->size_bytes);
    words_size(zeroes, sizeof zeroes, zero);
    words_size(speed, sizeof speed, rate_sent(rate));
    if (zero > 0)
        snprintf(zero_part, sizeof zero_part, _(" (%s of it zeroes)"), zeroes);
    if (rate_sent(rate) > 0)
        snprintf(speed_part, sizeof speed_part, ", %s/s", speed);
    if (done(message) < message->size_bytes && rate_left(rate, message->size_bytes, &seconds)) {
        words_time(left, sizeof left, seconds);
        snprintf(left_part, sizeof left_part, _(", %s left"), left);
    }
    snprintf(line, size, _("disk %s: %u %% of %s%s%s%s"), message->name, percent_of(message), whole, zero_part, speed_part, left_part);
}

bool progress_take(struct progress *progress, const P2v__Progress *message, uint64_t now_ms, char *line, size_t size)
{
    size_t i = find(progress, message->name);
    if (i == PROGRESS_DISKS || message->size_bytes == 0)
        return false;
    rate_take(&progress->disks[i].rate, at_most(message->sent_bytes, message->size_bytes), done(message), now_ms);
    unsigned tenths = percent_of(message) / 10;
    if (tenths <= progress->disks[i].tenths)
        return false;
    progress->disks[i].tenths = tenths;
    describe(message, &progress->disks[i].rate, line, size);
    return true;
}
