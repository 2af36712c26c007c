// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hardware clock against the system's.  Pure memory.
#ifndef P2V_INSPECT_CLOCK_H
#define P2V_INSPECT_CLOCK_H

#include <linux/rtc.h>
#include <stdbool.h>
#include <stdint.h>

// Seconds since 1970 of what the clock shows, as if that were UTC.  False where it shows no time.
bool clock_seconds(const struct rtc_time *shown, int64_t *seconds);

// How far the hardware clock is from UTC by intention: a zone's whole quarters of an hour.  False where what it shows is too far
// from any to be anybody's intention.
bool clock_offset(int64_t shown, int64_t now, int32_t *offset);

#endif
