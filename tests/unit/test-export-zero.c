// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/zero.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "p2v-export/zero.h"

#define SIZE 1024

typedef bool way(const uint8_t *bytes, size_t size);

// A byte anywhere, at any alignment and length, is seen; bytes outside are not.
static void sees_every_byte(way *is_zero)
{
    static uint8_t bytes[SIZE + 64];
    for (size_t start = 0; start < 33; start++)
        for (size_t size = 0; size < 400; size += size < 140 ? 1 : 37) {
            memset(bytes, 0xff, sizeof bytes);
            memset(bytes + start, 0, size);
            assert_true(is_zero(bytes + start, size));
            for (size_t at = 0; at < size; at++) {
                bytes[start + at] = (uint8_t)(1 << at % 8);
                assert_false(is_zero(bytes + start, size));
                bytes[start + at] = 0;
            }
        }
}

static void the_portable_way_sees_every_byte(void **state) { (void)state; sees_every_byte(zero_all_portable); }
static void the_chosen_way_sees_every_byte(void **state) { (void)state; sees_every_byte(zero_all); }
static void the_avx2_way_sees_every_byte(void **state)
{
    (void)state;
    if (!zero_has_avx2())
        skip();
    sees_every_byte(zero_all_avx2);
}

static void both_ways_agree_on_random_buffers(void **state)
{
    (void)state;
    if (!zero_has_avx2())
        skip();
    static uint8_t bytes[SIZE];
    srandom(7);
    for (int i = 0; i < 20000; i++) {
        memset(bytes, 0, sizeof bytes);
        if (random() % 2)
            bytes[random() % SIZE] = (uint8_t)random();
        size_t start = (size_t)random() % SIZE, size = (size_t)random() % (SIZE - start);
        assert_int_equal(zero_all_portable(bytes + start, size), zero_all_avx2(bytes + start, size));
    }
}

static void runs_end_at_granules_of_the_disk_not_of_the_buffer(void **state)
{
    (void)state;
    static uint8_t bytes[4 * ZERO_GRANULE];
    bool zero;
    memset(bytes, 0, sizeof bytes);
    bytes[5000] = 1;
    assert_int_equal(zero_run(bytes, sizeof bytes, 0, &zero), ZERO_GRANULE);
    assert_true(zero);
    assert_int_equal(zero_run(bytes + ZERO_GRANULE, sizeof bytes - ZERO_GRANULE, ZERO_GRANULE, &zero), ZERO_GRANULE);
    assert_false(zero);
    // The same bytes 1000 further on the disk: the granule's border is 3096 bytes in, the byte is in the second one.
    assert_int_equal(zero_run(bytes, sizeof bytes, 1000, &zero), ZERO_GRANULE - 1000);
    assert_true(zero);
    assert_int_equal(zero_run(bytes + ZERO_GRANULE - 1000, 2 * ZERO_GRANULE, ZERO_GRANULE, &zero), ZERO_GRANULE);
    assert_false(zero);
}

static void runs_of_a_buffer_cover_it_and_alternate(void **state)
{
    (void)state;
    static uint8_t bytes[64 * ZERO_GRANULE];
    srandom(11);
    for (int round = 0; round < 200; round++) {
        memset(bytes, 0, sizeof bytes);
        for (int i = 0; i < 20; i++)
            bytes[(size_t)random() % sizeof bytes] = 1;
        size_t size = 1 + (size_t)random() % sizeof bytes;
        uint64_t offset = (uint64_t)random();
        bool zero, before = false;
        for (size_t at = 0, run; at < size; at += run) {
            run = zero_run(bytes + at, size - at, offset + at, &zero);
            assert_true(run > 0 && run <= size - at);
            assert_true(at == 0 || zero != before);
            assert_true(!zero || zero_all_portable(bytes + at, run));
            before = zero;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_portable_way_sees_every_byte),
        cmocka_unit_test(the_avx2_way_sees_every_byte),
        cmocka_unit_test(the_chosen_way_sees_every_byte),
        cmocka_unit_test(both_ways_agree_on_random_buffers),
        cmocka_unit_test(runs_end_at_granules_of_the_disk_not_of_the_buffer),
        cmocka_unit_test(runs_of_a_buffer_cover_it_and_alternate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
