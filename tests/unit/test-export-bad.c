// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/bad.c: the list of bad ranges, against a map of the same disk.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-export/bad.h"

static struct bad_ranges bad;

static int set_up(void **state)
{
    (void)state;
    bad = (struct bad_ranges){ 0 };
    return 0;
}

static void neighbours_become_one_range(void **state)
{
    (void)state;
    assert_true(bad_add(&bad, 512, 1024));
    assert_true(bad_add(&bad, 4096, 4608));
    assert_false(bad_add(&bad, 1024, 1536));
    assert_false(bad_add(&bad, 0, 512));
    assert_int_equal(bad.count, 2);
    assert_true(bad.ranges[0].begin == 0 && bad.ranges[0].end == 1536);
    assert_false(bad_add(&bad, 1536, 4096));     // closes the gap
    assert_int_equal(bad.count, 1);
    assert_true(bad.ranges[0].begin == 0 && bad.ranges[0].end == 4608);
    assert_false(bad_add(&bad, 512, 1024));      // is in it already
    assert_int_equal(bad.count, 1);
}

static void the_first_range_after_an_offset_is_found(void **state)
{
    (void)state;
    assert_null(bad_after(&bad, 0));
    bad_add(&bad, 512, 1024);
    bad_add(&bad, 2048, 2560);
    assert_int_equal(bad_after(&bad, 0)->begin, 512);
    assert_int_equal(bad_after(&bad, 1023)->begin, 512);
    assert_int_equal(bad_after(&bad, 1024)->begin, 2048);
    assert_null(bad_after(&bad, 2560));
}

static void any_order_gives_the_ranges_of_a_map(void **state)
{
    (void)state;
    static bool map[3000];
    srandom(3);
    for (int round = 0; round < 2000; round++) {
        size_t begin = (size_t)random() % 2990, end = begin + 1 + (size_t)random() % 3;
        bad_add(&bad, begin, end);
        memset(map + begin, true, end - begin);
        size_t at = 0, count = 0;
        for (size_t i = 0; i < bad.count; i++) {
            while (at < sizeof map && !map[at])
                at++;
            assert_true(bad.ranges[i].begin == at);
            while (at < sizeof map && map[at])
                at++;
            assert_true(bad.ranges[i].end == at);
            count++;
        }
        while (at < sizeof map)
            assert_false(map[at++]);
        assert_int_equal(count, bad.count);
    }
    assert_false(bad.more);
}

static void a_full_list_takes_what_makes_ranges_longer_and_says_that_there_is_more(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < BAD_MAX_RANGES; i++)
        assert_true(bad_add(&bad, 1024 * i, 1024 * i + 512));
    assert_false(bad_add(&bad, 512, 1024));      // joins two: now there is room for one
    assert_true(bad.count == BAD_MAX_RANGES - 1 && !bad.more);
    assert_true(bad_add(&bad, UINT64_C(1) << 40, (UINT64_C(1) << 40) + 512));
    assert_false(bad_add(&bad, UINT64_C(1) << 41, (UINT64_C(1) << 41) + 512));
    assert_true(bad.count == BAD_MAX_RANGES && bad.more);
    assert_false(bad_add(&bad, (UINT64_C(1) << 40) + 512, (UINT64_C(1) << 40) + 1024));
    assert_true(bad.ranges[BAD_MAX_RANGES - 1].end == (UINT64_C(1) << 40) + 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(neighbours_become_one_range, set_up),
        cmocka_unit_test_setup(the_first_range_after_an_offset_is_found, set_up),
        cmocka_unit_test_setup(any_order_gives_the_ranges_of_a_map, set_up),
        cmocka_unit_test_setup(a_full_list_takes_what_makes_ranges_longer_and_says_that_there_is_more, set_up),
    };
    return cmocka_run_group_tests_name("export-bad", tests, NULL, NULL);
}
