// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/clock.c: the hardware clock's offset.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "p2v-inspect/clock.h"

static void every_day_is_counted_as_the_c_library_counts_it(void **state)
{
    (void)state;
    for (time_t t = 0; t < 7258118400; t += 86400 - 3599) {        // to the end of 2199, at all hours
        struct tm tm;
        int64_t seconds;
        gmtime_r(&t, &tm);
        struct rtc_time shown = { tm.tm_sec, tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon, tm.tm_year, 0, 0, 0 };
        assert_true(clock_seconds(&shown, &seconds));
        assert_true(seconds == t);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const struct rtc_time wrong[] = {
        { 0, 0, 0, 0, 0, 70 }, { 0, 0, 0, 32, 0, 70 }, { 0, 0, 0, 1, 12, 70 }, { 0, 0, 0, 1, -1, 70 }, { 0, 0, 24, 1, 0, 70 },
        { 0, 60, 0, 1, 0, 70 }, { 61, 0, 0, 1, 0, 70 }, { -1, 0, 0, 1, 0, 70 }, { 0, 0, 0, 1, 0, 69 }, { 0, 0, 0, 1, 0, 2000000000 },
    };
    int64_t seconds;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(clock_seconds(&wrong[i], &seconds));
}

static void an_offset_is_a_zones_and_not_a_clock_that_is_wrong(void **state)
{
    (void)state;
    static const struct { int64_t difference; bool found; int32_t offset; } cases[] = {
        { 0, true, 0 }, { 2, true, 0 }, { -150, true, 0 }, { 3600, true, 3600 }, { 3610, true, 3600 }, { -17990, true, -18000 },
        { 20700, true, 20700 }, { 50400, true, 50400 }, { -43200, true, -43200 },
        { 400, false, 0 }, { -500, false, 0 }, { 86400, false, 0 }, { -86400, false, 0 }, { INT32_MAX, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t offset = 0;
        bool found = clock_offset(1700000000 + cases[i].difference, 1700000000, &offset);
        assert_int_equal(found, cases[i].found);
        if (found)
            assert_int_equal(offset, cases[i].offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_is_counted_as_the_c_library_counts_it),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(an_offset_is_a_zones_and_not_a_clock_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
