// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/extents.c: which parts of a disk are zeroes, by looking.  preadv2() and posix_fadvise() are real; the disk is a
// memfd, whose written zeroes are as allocated as a block device's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-export/extents.h"
#include "p2v-export/nbd.h"

#define SIZE (3 * EXTENT_UNIT + 512)

static struct export export;
static uint8_t content[SIZE], piece[PIECE_BYTES];
static struct extent extents[16];

static int make_disk(void **state)
{
    (void)state;
    memset(content, 0, sizeof content);
    export.piece = piece;
    export.disk = (struct disk){ .fd = memfd_create("disk", MFD_CLOEXEC), .direct = -1, .size = SIZE };
    return export.disk.fd < 0;
}

static int close_disk(void **state)
{
    (void)state;
    return close(export.disk.fd);
}

static size_t find(uint64_t offset, uint64_t end, size_t most)
{
    assert_int_equal(pwrite(export.disk.fd, content, SIZE, 0), SIZE);
    memset(extents, 0xff, sizeof extents);
    return extents_find(&export, offset, end, true, extents, most);
}

static void written_zeroes_are_one_extent(void **state)
{
    (void)state;
    assert_int_equal(find(0, SIZE, 16), 1);
    assert_int_equal(extents[0].size, SIZE);
    assert_int_equal(extents[0].state, NBD_STATE_ZERO);
}

static void one_byte_makes_its_unit_data_wherever_it_is(void **state)
{
    (void)state;
    static const size_t places[] = { EXTENT_UNIT, EXTENT_UNIT + 4095, EXTENT_UNIT + 4096, 2 * EXTENT_UNIT - 1 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        content[places[i]] = 1;
        assert_int_equal(find(0, SIZE, 16), 3);
        assert_int_equal(extents[0].size, EXTENT_UNIT);
        assert_int_equal(extents[0].state, NBD_STATE_ZERO);
        assert_int_equal(extents[1].size, EXTENT_UNIT);
        assert_int_equal(extents[1].state, 0);
        assert_int_equal(extents[2].size, EXTENT_UNIT + 512);
        assert_int_equal(extents[2].state, NBD_STATE_ZERO);
        content[places[i]] = 0;
    }
}

static void the_last_byte_of_the_disk_counts(void **state)
{
    (void)state;
    content[SIZE - 1] = 1;
    assert_int_equal(find(0, SIZE, 16), 2);
    assert_int_equal(extents[1].size, 512);
    assert_int_equal(extents[1].state, 0);
}

static void extents_begin_and_end_where_they_were_asked_for(void **state)
{
    (void)state;
    content[EXTENT_UNIT] = 1;
    assert_int_equal(find(100, EXTENT_UNIT + 10, 16), 2);
    assert_int_equal(extents[0].size, EXTENT_UNIT - 100);
    assert_int_equal(extents[1].size, 10);
    assert_int_equal(extents[1].state, 0);
}

static void a_client_that_wants_one_extent_gets_the_whole_of_it(void **state)
{
    (void)state;
    content[2 * EXTENT_UNIT] = 1;
    assert_int_equal(find(0, SIZE, 1), 1);
    assert_int_equal(extents[0].size, 2 * EXTENT_UNIT);
}

static void one_reply_looks_at_a_bounded_part(void **state)
{
    (void)state;
    assert_int_equal(find(0, SIZE, 16), 1);
    export.disk.size = 2 * EXTENTS_LOOK;
    void *zeroes = calloc(1, 2 * EXTENTS_LOOK);
    assert_int_equal(pwrite(export.disk.fd, zeroes, 2 * EXTENTS_LOOK, 0), 2 * EXTENTS_LOOK);
    free(zeroes);
    assert_int_equal(extents_find(&export, 0, 2 * EXTENTS_LOOK, true, extents, 16), 1);
    assert_int_equal(extents[0].size, EXTENTS_LOOK);
}

static void holes_of_a_sparse_file_are_told_whole_and_without_looking(void **state)
{
    (void)state;
    uint64_t size = UINT64_C(1) << 40;
    assert_int_equal(ftruncate(export.disk.fd, (off_t)size), 0);
    export.disk.size = size;
    assert_int_equal(extents_find(&export, 0, size, true, extents, 16), 1);
    assert_true(extents[0].size == size);
    assert_int_equal(extents[0].state, NBD_STATE_ZERO | NBD_STATE_HOLE);
}

#define ON_A_DISK(test) cmocka_unit_test_setup_teardown(test, make_disk, close_disk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_DISK(written_zeroes_are_one_extent),
        ON_A_DISK(one_byte_makes_its_unit_data_wherever_it_is),
        ON_A_DISK(the_last_byte_of_the_disk_counts),
        ON_A_DISK(extents_begin_and_end_where_they_were_asked_for),
        ON_A_DISK(a_client_that_wants_one_extent_gets_the_whole_of_it),
        ON_A_DISK(one_reply_looks_at_a_bounded_part),
        ON_A_DISK(holes_of_a_sparse_file_are_told_whole_and_without_looking),
    };
    return cmocka_run_group_tests_name("export extents", tests, NULL, NULL);
}
