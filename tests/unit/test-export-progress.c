// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/progress.c: every byte counts once, whatever is asked for how often.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "p2v-export/progress.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define TIB (1024 * 1024 * MIB)

static struct progress progress;

static void is(uint64_t sent, uint64_t zero)
{
    assert_true(progress_sent(&progress) == sent);
    assert_true(progress_zero(&progress) == zero);
}

static void what_has_gone_is_counted(void **state)
{
    (void)state;
    progress_begin(&progress, 100 * MIB);
    is(0, 0);
    progress_add(&progress, 0, MIB, false);
    progress_add(&progress, 50 * MIB, 4096, true);
    is(MIB, 4096);
    progress_add(&progress, 99 * MIB, MIB, true);
    is(MIB, MIB + 4096);
}

static void what_goes_twice_counts_once(void **state)
{
    (void)state;
    progress_begin(&progress, 100 * MIB);
    for (int i = 0; i < 1000; i++) {
        progress_add(&progress, 3 * MIB, 256 * KIB, false);
        progress_add(&progress, 3 * MIB + 128 * KIB, 256 * KIB, false);
        progress_add(&progress, 7 * MIB, 64 * KIB, true);
    }
    is(384 * KIB, 64 * KIB);
}

static void zeroes_that_are_read_all_the_same_count_once(void **state)
{
    (void)state;
    progress_begin(&progress, 100 * MIB);
    progress_add(&progress, 0, 10 * MIB, true);        // by block status
    progress_add(&progress, MIB, MIB, true);           // by a hole of a read's reply
    is(0, 10 * MIB);
    progress_add(&progress, MIB, MIB, false);          // by a reply that has no holes
    is(MIB, 9 * MIB);
    progress_add(&progress, 0, 10 * MIB, true);
    is(MIB, 9 * MIB);
}

static void the_whole_disk_is_its_size(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 1, 512, 4095, 4096, 4097, 64 * 4096, 1000123, 4096 * MIB, 4096 * MIB + 1, 5000 * MIB + 17, 20 * TIB + 512, INT64_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int zero = 0; zero < 2; zero++) {
            progress_begin(&progress, sizes[i]);
            progress_add(&progress, 0, sizes[i], zero);
            is(zero ? 0 : sizes[i], zero ? sizes[i] : 0);
            progress_add(&progress, 0, sizes[i], zero);
            is(zero ? 0 : sizes[i], zero ? sizes[i] : 0);
        }
}

static void a_disk_that_goes_in_small_pieces_is_whole_in_the_end(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 3 * MIB + 700, 5000 * MIB + 17 };
    for (size_t i = 0; i < 2; i++) {
        uint64_t before = 0;
        progress_begin(&progress, sizes[i]);
        for (uint64_t at = 0, n; at < sizes[i]; at += n) {
            n = i == 0 ? 1000 : 100 * KIB + 1;
            n = n < sizes[i] - at ? n : sizes[i] - at;
            progress_add(&progress, at, n, at % 3 == 0);
            uint64_t sum = progress_sent(&progress) + progress_zero(&progress);
            assert_true(sum >= before && sum <= sizes[i]);
            before = sum;
        }
        assert_true(before == sizes[i]);
    }
}

// Against the simplest statement of the same: an array of one place a cell.
static void anything_in_any_order_is_as_a_plain_array_has_it(void **state)
{
    (void)state;
    enum { PLACES = 1000 };
    const uint64_t size = PLACES * 4096 - 100;
    uint8_t cells[PLACES] = { 0 };
    srandom(3);
    progress_begin(&progress, size);
    for (int i = 0; i < 20000; i++) {
        uint64_t offset = (uint64_t)random() % size, most = size - offset, length = (uint64_t)random() % 300000;
        bool zero = random() % 2;
        length = length < most ? length : most;
        progress_add(&progress, offset, length, zero);
        for (uint64_t place = (offset + 4095) / 4096; place * 4096 < offset + length; place++)
            cells[place] = zero && cells[place] != 1 ? 2 : 1;
        uint64_t sums[3] = { 0 };
        for (uint64_t place = 0; place < PLACES; place++)
            sums[cells[place]] += place == PLACES - 1 ? 4096 - 100 : 4096;
        is(sums[1], sums[2]);
        if (i % 1000 == 999) {
            progress_begin(&progress, size);
            memset(cells, 0, sizeof cells);
        }
    }
}

static void it_is_untold_only_where_something_has_changed(void **state)
{
    (void)state;
    progress_begin(&progress, 100 * MIB);
    assert_false(progress.untold);
    progress_add(&progress, 10 * MIB, 0, false);
    assert_false(progress.untold);
    progress_add(&progress, 10 * MIB, MIB, true);
    assert_true(progress.untold);
    progress.untold = false;
    progress_add(&progress, 10 * MIB, MIB, true);
    assert_false(progress.untold);
    progress_add(&progress, 10 * MIB, MIB, false);
    assert_true(progress.untold);
    progress.untold = false;
    progress_add(&progress, 10 * MIB, MIB, true);
    assert_false(progress.untold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_gone_is_counted),
        cmocka_unit_test(what_goes_twice_counts_once),
        cmocka_unit_test(zeroes_that_are_read_all_the_same_count_once),
        cmocka_unit_test(the_whole_disk_is_its_size),
        cmocka_unit_test(a_disk_that_goes_in_small_pieces_is_whole_in_the_end),
        cmocka_unit_test(anything_in_any_order_is_as_a_plain_array_has_it),
        cmocka_unit_test(it_is_untold_only_where_something_has_changed),
    };
    return cmocka_run_group_tests_name("export-progress", tests, NULL, NULL);
}
