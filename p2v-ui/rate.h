// SPDX-License-Identifier: GPL-2.0-or-later
//
// How fast something grows, over the last seconds.  Pure memory.
#ifndef P2V_UI_RATE_H
#define P2V_UI_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_SAMPLES 20
#define RATE_STEP_MS 500               // between two samples that are kept
#define RATE_WINDOW_MS 10000           // what is looked back on: nothing that was before a pause
#define RATE_OLD_MS 5000               // Progress comes twice a second where there is any: after so long without, it stands still

struct rate {
    struct { uint64_t ms, sent, done; } samples[RATE_SAMPLES];
    size_t count;                      // ever; sample n is samples[n % RATE_SAMPLES]
    uint64_t ms, sent, done;           // the newest
};

// Takes the amounts (bytes, never less than before) at a moment (milliseconds of a clock that never goes back).
// sent: went over the network; done: that, and what need not.
void rate_take(struct rate *rate, uint64_t sent, uint64_t done, uint64_t now_ms);

// Is it long since something was taken?  Then what the next two say was true once.
bool rate_is_old(const struct rate *rate, uint64_t now_ms);

// Bytes per second that went over the network; 0: nothing did, or it is too early to say.
uint64_t rate_sent(const struct rate *rate);

// Seconds until done is total; false where that cannot be said.
bool rate_left(const struct rate *rate, uint64_t total, uint64_t *seconds);

#endif
