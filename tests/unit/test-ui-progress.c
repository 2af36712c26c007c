// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/progress.c: few lines, and true ones; p2v-ui/rate.c, on which they stand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "p2v-ui/progress.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct progress progress;
static char line[256];

static int set_up(void **state)
{
    (void)state;
    memset(&progress, 0, sizeof progress);
    strcpy(line, "");
    return 0;
}

static bool take(const char *name, uint64_t size, uint64_t sent, uint64_t zero, uint64_t now_ms)
{
    P2v__Progress message = P2V__PROGRESS__INIT;
    message.name = (char *)name;
    message.size_bytes = size;
    message.sent_bytes = sent;
    message.zero_bytes = zero;
    return progress_take(&progress, &message, now_ms, line, sizeof line);
}

static void a_line_is_shown_at_each_tenth_and_no_more(void **state)
{
    (void)state;
    unsigned lines = 0;
    for (uint64_t i = 0; i <= 1000; i++) {
        unsigned percent;
        char name[8];
        if (!take("sda", 20 * GIB, i * 20 * GIB / 1000, 0, i * 500))
            continue;
        lines++;
        assert_int_equal(sscanf(line, "disk %7s %u %% of 20 GiB", name, &percent), 2);
        assert_int_equal(percent, 10 * lines);
    }
    assert_int_equal(lines, 10);
}

static void tenths_that_come_at_once_are_one_line(void **state)
{
    (void)state;
    assert_false(take("sda", 1000, 99, 0, 0));
    assert_true(take("sda", 1000, 500, 290, 0));
    assert_string_equal(line, "disk sda: 79 % of 1000 B (290 B of it zeroes)");
    assert_false(take("sda", 1000, 500, 299, 10));
    assert_true(take("sda", 1000, 500, 500, 20));
    assert_string_equal(line, "disk sda: 100 % of 1000 B (500 B of it zeroes)");
    assert_false(take("sda", 1000, 500, 500, 30));
}

static void it_says_how_fast_and_how_long(void **state)
{
    (void)state;
    for (uint64_t second = 0; second <= 20; second++)
        take("sda", 20 * GIB, second * 256 * MIB, second * 128 * MIB, 1000 * second);
    assert_string_equal(line, "disk sda: 30 % of 20 GiB (2.0 GiB of it zeroes), 256 MiB/s, 37 s left");
    for (uint64_t second = 21; second < 54; second++)
        take("sda", 20 * GIB, second * 256 * MIB, second * 128 * MIB, 1000 * second);
    assert_true(take("sda", 20 * GIB, 13 * GIB + 256 * MIB, 7 * GIB - 256 * MIB, 54000));
    assert_string_equal(line, "disk sda: 100 % of 20 GiB (6.8 GiB of it zeroes), 230 MiB/s");
}

static void zeroes_alone_have_no_rate_but_an_end(void **state)
{
    (void)state;
    for (uint64_t second = 0; second <= 10; second++)
        take("sda", 100 * GIB, 0, second * GIB, 1000 * second);
    assert_string_equal(line, "disk sda: 10 % of 100 GiB (10 GiB of it zeroes), 1 min 30 s left");
}

static void each_disk_has_its_own_lines(void **state)
{
    (void)state;
    assert_true(take("sda", 1000, 500, 0, 0));
    assert_true(take("cciss/c0d0", 2000, 500, 0, 0));
    assert_string_equal(line, "disk cciss/c0d0: 25 % of 2.0 KiB");
    assert_false(take("sda", 1000, 510, 0, 0));
    assert_true(take("sda", 1000, 600, 0, 0));
}

static void more_disks_than_there_is_room_for_are_not_shown(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < PROGRESS_DISKS + 10; i++) {
        snprintf(name, sizeof name, "vd%d", i);
        assert_int_equal(take(name, 1000, 500, 0, 0), i < PROGRESS_DISKS);
    }
    assert_true(take("vd0", 1000, 900, 0, 0));
}

static void what_cannot_be_is_shown_as_what_can(void **state)
{
    (void)state;
    assert_false(take("sda", 0, 5, 5, 0));
    assert_true(take("sdb", 1000, 600, UINT64_MAX, 0));
    assert_string_equal(line, "disk sdb: 100 % of 1000 B (400 B of it zeroes)");
    assert_true(take("sdc", 1000, UINT64_MAX, UINT64_MAX, 0));
    assert_string_equal(line, "disk sdc: 100 % of 1000 B");
    take("sdc", 1000, 0, 0, 0);                        // back, and a clock that stands
    assert_true(take("sdd", INT64_MAX, INT64_MAX / 2 + 1, INT64_MAX / 2 - 1, 0));
    assert_string_equal(line, "disk sdd: 99 % of 8.0 EiB (4.0 EiB of it zeroes)");
}

// ---- rate ----------------------------------------------------------------------------------------------

// virt-v2v reads a little of a disk when it inspects it, and copies it minutes later.
static void what_was_before_a_pause_does_not_count(void **state)
{
    (void)state;
    struct rate rate = { 0 };
    uint64_t sent = 0, seconds;
    for (uint64_t ms = 0; ms < 2500; ms += 500, sent += MIB)
        rate_take(&rate, sent, sent, ms);
    rate_take(&rate, sent, sent, 200000);
    assert_int_equal(rate_sent(&rate), 0);
    for (uint64_t ms = 200500; ms <= 203000; ms += 500) {
        sent += 50 * MIB;
        rate_take(&rate, sent, sent, ms);
    }
    assert_in_range(rate_sent(&rate) / MIB, 99, 101);
    assert_true(rate_left(&rate, sent + GIB, &seconds));
    assert_in_range(seconds, 10, 11);
}

static void a_rate_follows_what_happens_within_seconds(void **state)
{
    (void)state;
    struct rate rate = { 0 };
    uint64_t sent = 0, seconds, ms = 0;
    for (; ms < 60000; ms += 500, sent += 50 * MIB)
        rate_take(&rate, sent, sent, ms);
    assert_in_range(rate_sent(&rate) / MIB, 99, 101);
    for (; ms < 75000; ms += 500, sent += 5 * MIB)
        rate_take(&rate, sent, sent, ms);
    assert_in_range(rate_sent(&rate) / MIB, 9, 11);
    assert_true(rate_left(&rate, sent + 100 * MIB, &seconds));
    assert_in_range(seconds, 9, 11);
}

static void before_there_are_two_moments_nothing_is_known(void **state)
{
    (void)state;
    struct rate rate = { 0 };
    uint64_t seconds;
    assert_true(rate_sent(&rate) == 0 && !rate_left(&rate, GIB, &seconds));
    rate_take(&rate, MIB, MIB, 77);
    assert_true(rate_sent(&rate) == 0 && !rate_left(&rate, GIB, &seconds));
    rate_take(&rate, 2 * MIB, 2 * MIB, 78);            // too close to each other to say
    assert_true(rate_sent(&rate) == 0 && !rate_left(&rate, GIB, &seconds));
}

static void what_stands_still_never_ends(void **state)
{
    (void)state;
    struct rate rate = { 0 };
    uint64_t seconds;
    for (uint64_t ms = 0; ms < 60000; ms += 500)
        rate_take(&rate, MIB, MIB, ms);
    assert_true(rate_sent(&rate) == 0 && !rate_left(&rate, GIB, &seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_is_shown_at_each_tenth_and_no_more, set_up),
        cmocka_unit_test_setup(tenths_that_come_at_once_are_one_line, set_up),
        cmocka_unit_test_setup(it_says_how_fast_and_how_long, set_up),
        cmocka_unit_test_setup(zeroes_alone_have_no_rate_but_an_end, set_up),
        cmocka_unit_test_setup(each_disk_has_its_own_lines, set_up),
        cmocka_unit_test_setup(more_disks_than_there_is_room_for_are_not_shown, set_up),
        cmocka_unit_test_setup(what_cannot_be_is_shown_as_what_can, set_up),
        cmocka_unit_test(what_was_before_a_pause_does_not_count),
        cmocka_unit_test(a_rate_follows_what_happens_within_seconds),
        cmocka_unit_test(before_there_are_two_moments_nothing_is_known),
        cmocka_unit_test(what_stands_still_never_ends),
    };
    return cmocka_run_group_tests_name("ui-progress", tests, NULL, NULL);
}
