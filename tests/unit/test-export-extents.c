// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/extents.c: which parts of a disk are zeroes, by looking.  The disk is a memfd, whose written zeroes are as
// allocated as a block device's; the kernel's reads in the background are real.
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

#define SIZE (3 * PIECE_BYTES + 512)

static struct export export;
static uint8_t content[SIZE];
static struct extent extents[EXTENTS];

static int make_disk(void **state)
{
    (void)state;
    memset(content, 0, sizeof content);
    export.disk = (struct disk){ .fd = memfd_create("disk", MFD_CLOEXEC), .direct = -1, .size = SIZE };
    export.pieces = pieces_new();
    pieces_set_disk(export.pieces, &export.disk);
    return export.disk.fd < 0 || export.pieces == NULL;
}

static int close_disk(void **state)
{
    (void)state;
    pieces_free(export.pieces);
    return close(export.disk.fd);
}

static unsigned rounds;        // that the last search took

static size_t search(uint64_t offset, uint64_t end)
{
    uint32_t zeroes = 0;
    size_t count;
    memset(extents, 0xff, sizeof extents);
    for (rounds = 1; (count = extents_find(&export, offset, end, &zeroes, extents)) == 0; rounds++) {
        assert_true(rounds < 10000);
        pieces_begin(export.pieces);
        pieces_finish(export.pieces);
    }
    return count;
}

// As search(), of what content says now.
static size_t find(uint64_t offset, uint64_t end)
{
    assert_int_equal(pwrite(export.disk.fd, content, SIZE, 0), SIZE);
    pieces_free(export.pieces);
    export.pieces = pieces_new();
    pieces_set_disk(export.pieces, &export.disk);
    return search(offset, end);
}

static void extent_is(size_t number, uint64_t size, uint32_t state)
{
    assert_true(extents[number].size == size);
    assert_int_equal(extents[number].state, state);
}

static void written_zeroes_are_one_extent(void **state)
{
    (void)state;
    assert_int_equal(find(0, SIZE), 1);
    extent_is(0, SIZE, NBD_STATE_ZERO);
}

static void zeroes_end_where_the_first_data_are(void **state)
{
    (void)state;
    static const size_t places[] = { PIECE_BYTES, PIECE_BYTES + 4095, PIECE_BYTES + 4096, 2 * PIECE_BYTES - 1, EXTENT_ZEROES };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t zeroes = places[i] / ZERO_GRANULE * ZERO_GRANULE;
        content[places[i]] = 1;
        assert_int_equal(find(0, SIZE), 2);
        extent_is(0, zeroes, NBD_STATE_ZERO);
        extent_is(1, SIZE - zeroes, 0);
        content[places[i]] = 0;
    }
}

static void what_follows_data_counts_as_data_and_is_not_read(void **state)
{
    (void)state;
    content[5] = 1;
    assert_int_equal(find(0, SIZE), 1);
    extent_is(0, SIZE, 0);
    assert_true(rounds <= 2);
}

static void few_zeroes_are_not_worth_an_extent(void **state)
{
    (void)state;
    content[EXTENT_ZEROES - ZERO_GRANULE] = 1;
    assert_int_equal(find(0, SIZE), 1);
    extent_is(0, SIZE, 0);
    assert_int_equal(find(SIZE - 512, SIZE), 1);         // unless there is nothing else
    extent_is(0, 512, NBD_STATE_ZERO);
}

static void the_last_byte_of_the_disk_counts(void **state)
{
    (void)state;
    content[SIZE - 1] = 1;
    assert_int_equal(find(0, SIZE), 2);
    extent_is(0, 3 * PIECE_BYTES, NBD_STATE_ZERO);
    extent_is(1, 512, 0);
}

static void extents_begin_and_end_where_they_were_asked_for(void **state)
{
    (void)state;
    content[PIECE_BYTES] = 1;
    assert_int_equal(find(100, PIECE_BYTES + 10), 2);
    extent_is(0, PIECE_BYTES - 100, NBD_STATE_ZERO);
    extent_is(1, 10, 0);
}

static void one_answer_reaches_a_bounded_way(void **state)
{
    (void)state;
    uint64_t size = 2 * EXTENTS_LOOK;
    void *zeroes = calloc(1, size);
    assert_int_equal(find(0, SIZE), 1);
    assert_int_equal(pwrite(export.disk.fd, zeroes, size, 0), (ssize_t)size);
    free(zeroes);
    export.disk.size = size;
    assert_int_equal(search(0, size), 1);
    extent_is(0, EXTENTS_LOOK, NBD_STATE_ZERO);
    assert_int_equal(search(EXTENTS_LOOK - 65536, size), 1);
    extent_is(0, 65536, NBD_STATE_ZERO);
}

static void holes_of_a_sparse_file_are_told_whole_and_without_looking(void **state)
{
    (void)state;
    uint64_t size = UINT64_C(1) << 40;
    assert_int_equal(ftruncate(export.disk.fd, (off_t)size), 0);
    export.disk.size = size;
    assert_int_equal(search(0, size), 1);
    extent_is(0, size, NBD_STATE_ZERO | NBD_STATE_HOLE);
    assert_int_equal(rounds, 1);
}

#define ON_A_DISK(test) cmocka_unit_test_setup_teardown(test, make_disk, close_disk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_DISK(written_zeroes_are_one_extent),
        ON_A_DISK(zeroes_end_where_the_first_data_are),
        ON_A_DISK(what_follows_data_counts_as_data_and_is_not_read),
        ON_A_DISK(few_zeroes_are_not_worth_an_extent),
        ON_A_DISK(the_last_byte_of_the_disk_counts),
        ON_A_DISK(extents_begin_and_end_where_they_were_asked_for),
        ON_A_DISK(one_answer_reaches_a_bounded_way),
        ON_A_DISK(holes_of_a_sparse_file_are_told_whole_and_without_looking),
    };
    return cmocka_run_group_tests_name("export extents", tests, NULL, NULL);
}
