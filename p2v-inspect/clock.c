// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does the hardware clock keep UTC or local time?  What the system has written down (hwclock(8): the third line of adjtime)
// says which; what the clock shows says how far it is from UTC, where nobody has written anything.
// Touches: etc/adjtime of the tree, the clock's descriptor, the system's time.
#include "p2v-inspect/clock.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "p2v-inspect/inventory.h"

#define QUARTER 900
#define SLACK 180                  // seconds a clock may be wrong
#define MAX_OFFSET (15 * 3600)     // zones go from -12 to +14 hours

bool clock_seconds(const struct rtc_time *shown, int64_t *seconds)
{
    static const int before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int year = shown->tm_year + 1900, month = shown->tm_mon;
    if (year < 1970 || year > 2200 || month < 0 || month > 11 || shown->tm_mday < 1 || shown->tm_mday > 31 || shown->tm_hour < 0 ||
        shown->tm_hour > 23 || shown->tm_min < 0 || shown->tm_min > 59 || shown->tm_sec < 0 || shown->tm_sec > 60)
        return false;
    int leap_years = month > 1 ? year : year - 1;          // whose 29th of February has passed
    int64_t days = (int64_t)(year - 1970) * 365 + leap_years / 4 - leap_years / 100 + leap_years / 400 - 477 + before[month] + shown->tm_mday - 1;
    *seconds = ((days * 24 + shown->tm_hour) * 60 + shown->tm_min) * 60 + shown->tm_sec;
    return true;
}

bool clock_offset(int64_t shown, int64_t now, int32_t *offset)
{
    int64_t difference = shown - now;
    if (difference < -MAX_OFFSET || difference > MAX_OFFSET)
        return false;
    int64_t quarters = (difference + (difference < 0 ? -QUARTER / 2 : QUARTER / 2)) / QUARTER;
    int64_t rest = difference - quarters * QUARTER;
    *offset = (int32_t)(quarters * QUARTER);
    return rest >= -SLACK && rest <= SLACK;
}

static P2v__RtcBasis written_down(struct inspection *in)
{
    struct tree_lines lines;
    if (!tree_lines_open(&lines, in->root, "etc/adjtime"))
        return P2V__RTC_BASIS__RTC_UNKNOWN;
    char *line = NULL;
    P2v__RtcBasis basis = P2V__RTC_BASIS__RTC_UNKNOWN;
    for (int i = 0; i < 3; i++)
        if ((line = tree_next_line(&lines)) == NULL)
            break;
    if (line != NULL && strcmp(tree_trim(line), "UTC") == 0)
        basis = P2V__RTC_BASIS__RTC_UTC;
    else if (line != NULL && strcmp(line, "LOCAL") == 0)
        basis = P2V__RTC_BASIS__RTC_LOCALTIME;
    else
        inspect_note(in, "the hardware clock's basis is left out: the third line of etc/adjtime is neither UTC nor LOCAL");
    tree_lines_close(&lines);
    return basis;
}

static bool read_offset(struct inspection *in, int32_t *offset)
{
    struct rtc_time shown;
    int64_t seconds;
    struct timespec now;
    if (in->clock < 0 || ioctl(in->clock, RTC_RD_TIME, &shown) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
        return false;
    if (clock_seconds(&shown, &seconds) && clock_offset(seconds, now.tv_sec, offset))
        return true;
    inspect_note(in, "the hardware clock's offset is left out: it shows a time of no time zone");
    return false;
}

void inspect_clock(struct inspection *in)
{
    P2v__Rtc *rtc = &in->inventory->rtc;
    int32_t offset = 0;
    rtc->basis = written_down(in);
    if (rtc->basis == P2V__RTC_BASIS__RTC_LOCALTIME || !read_offset(in, &offset))
        return;
    rtc->basis = P2V__RTC_BASIS__RTC_UTC;
    rtc->offset_seconds = offset;
}
