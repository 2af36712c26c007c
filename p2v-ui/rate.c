// SPDX-License-Identifier: GPL-2.0-or-later
//
// How fast something grows, over the last seconds.  Pure memory.
#include "p2v-ui/rate.h"

void rate_take(struct rate *rate, uint64_t sent, uint64_t done, uint64_t now_ms)
{
    rate->ms = now_ms;
    rate->sent = sent;
    rate->done = done;
    if (rate->count > 0 && now_ms - rate->samples[(rate->count - 1) % RATE_SAMPLES].ms < RATE_STEP_MS)
        return;
    size_t at = rate->count++ % RATE_SAMPLES;
    rate->samples[at].ms = now_ms;
    rate->samples[at].sent = sent;
    rate->samples[at].done = done;
}

// The oldest sample in the window; SIZE_MAX where there are not yet two moments apart from each other.
static size_t oldest(const struct rate *rate)
{
    size_t number = rate->count > RATE_SAMPLES ? rate->count - RATE_SAMPLES : 0;
    while (number < rate->count && rate->samples[number % RATE_SAMPLES].ms + RATE_WINDOW_MS < rate->ms)
        number++;
    size_t at = number % RATE_SAMPLES;
    return number == rate->count || rate->ms < rate->samples[at].ms + RATE_STEP_MS ? SIZE_MAX : at;
}

static double per_ms(const struct rate *rate, size_t from, uint64_t then, uint64_t now)
{
    return now > then ? (double)(now - then) / (double)(rate->ms - rate->samples[from].ms) : 0;
}

bool rate_is_old(const struct rate *rate, uint64_t now_ms)
{
    return now_ms > rate->ms + RATE_OLD_MS;
}

uint64_t rate_sent(const struct rate *rate)
{
    size_t from = oldest(rate);
    return from == SIZE_MAX ? 0 : (uint64_t)(1000 * per_ms(rate, from, rate->samples[from].sent, rate->sent));
}

bool rate_left(const struct rate *rate, uint64_t total, uint64_t *seconds)
{
    size_t from = oldest(rate);
    double speed = from == SIZE_MAX ? 0 : per_ms(rate, from, rate->samples[from].done, rate->done);
    if (speed <= 0)
        return false;
    double left = total > rate->done ? (double)(total - rate->done) / speed / 1000 : 0;
    if (left > 1e9)
        return false;
    *seconds = (uint64_t)(left + 0.5);
    return true;
}
