// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export on a disk with sectors that cannot be read: what is an error, and what is zeroes where p2v.read_errors=zero
// wishes for that.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/export-harness.h"

static void a_bad_sector_is_an_error_where_it_is_and_nowhere_else(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    struct answer a = chunks(fd, buffer, 7 * MIB, 2 * MIB);
    assert_true(a.error == NBD_EIO && a.error_offset == 8 * MIB + 1024 && a.bytes == MIB + 1024);
    assert_memory_equal(buffer, f->content + 7 * MIB, MIB + 1024);
    read_is_right(f, fd, true, 8 * MIB, 1024);
    read_is_right(f, fd, true, 8 * MIB + 1536, MIB);
    int other = connect_client(f, false);
    ask(other, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    assert_int_equal(simple(other, &cookie), NBD_EIO);
    read_is_right(f, other, false, 7 * MIB, MIB + 1024);
    close(fd);
    close(other);
}

static void what_could_not_be_read_is_tried_again_when_it_is_asked_for_again(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    bad_begin = 8 * MIB;
    bad_end = 8 * MIB + 512;
    ask(fd, 0, NBD_CMD_READ, 1, 8 * MIB, 512);
    assert_int_equal(chunks(fd, buffer, 8 * MIB, 512).error, NBD_EIO);
    bad_end = 0;
    read_is_right(f, fd, true, 8 * MIB, 512);
    close(fd);
}

// ---- p2v.read_errors=zero, and a page cache that loses whole pages -------------------------------------

static _Atomic unsigned told;
static _Atomic uint64_t told_last;

static void tell(void *context, uint64_t offset)
{
    (void)context;
    told++;
    told_last = offset;
}

// As under the supervisor.  *f is the server thread's: it has no client yet.
static void fails_by_page(struct fixture *f, bool zero)
{
    told = 0;
    f->export.disk.zero_bad = zero;
    f->export.disk.on_bad = tell;
    direct_fd = f->export.disk.direct = dup(f->export.disk.fd);
}

static void the_neighbours_of_a_bad_sector_in_its_page_are_read(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    fails_by_page(f, false);
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    for (int structured = 0; structured < 2; structured++) {
        int fd = connect_client(f, structured);
        read_is_right(f, fd, structured, 8 * MIB, 1024);
        read_is_right(f, fd, structured, 8 * MIB + 1536, 2560);
        read_is_right(f, fd, structured, 8 * MIB + 1, 1023);
        read_is_right(f, fd, structured, 7 * MIB, MIB + 1024);
        read_is_right(f, fd, structured, 8 * MIB + 1536, MIB);
        ask(fd, 0, NBD_CMD_READ, 1, 8 * MIB + 1535, 1);
        assert_int_equal(structured ? chunks(fd, buffer, 8 * MIB + 1535, 1).error : simple(fd, &cookie), NBD_EIO);
        ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
        if (structured) {
            struct answer a = chunks(fd, buffer, 7 * MIB, 2 * MIB);
            assert_true(a.error == NBD_EIO && a.error_offset == 8 * MIB + 1024 && a.bytes == MIB + 1024);
            assert_memory_equal(buffer, f->content + 7 * MIB, MIB + 1024);
        } else
            assert_int_equal(simple(fd, &cookie), NBD_EIO);
        close(fd);
    }
    assert_int_equal(told, 1);
    assert_true(told_last == 8 * MIB + 1024);
}

// Reads of the disk as it is but for what is bad, which is zeroes.
static void zeroed_reads_are_right(struct fixture *f, bool structured)
{
    uint8_t *whole = malloc(DISK_SIZE);
    memcpy(whole, f->content, DISK_SIZE);
    for (uint64_t i = bad_begin; i < bad_end; i += 512)
        if (touches_bad(i, i + 512))
            memset(whole + i, 0, i + 512 < DISK_SIZE ? 512 : DISK_SIZE - i);
    struct fixture zeroed = { .content = whole };
    int fd = connect_client(f, structured);
    read_is_right(&zeroed, fd, structured, bad_begin - MIB, (uint32_t)(bad_end - bad_begin) + MIB);
    read_is_right(&zeroed, fd, structured, bad_begin, 512);
    read_is_right(&zeroed, fd, structured, bad_begin + 511, 2);
    read_is_right(&zeroed, fd, structured, bad_begin - 1, 2);
    read_is_right(&zeroed, fd, structured, bad_end - 100, (uint32_t)(DISK_SIZE - bad_end < 5000 ? DISK_SIZE - bad_end + 100 : 5100));
    read_is_right(&zeroed, fd, structured, DISK_SIZE - NBD_MAX_READ, NBD_MAX_READ);
    close(fd);
    free(whole);
}

static void unreadable_sectors_alone_are_zeroes_where_that_is_wished(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 9 * MIB + 1024;
    bad_end = 9 * MIB + 1024 + 10 * 512;         // the tail of one page, and most of the next
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_int_equal(told, 1);
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].begin == bad_begin && f->export.disk.bad->ranges[0].end == bad_end);
    int before = bad_reads;
    zeroed_reads_are_right(f, false);
    assert_int_equal(bad_reads, before);         // what is known to be bad is not tried again and again
}

static void zeroes_for_bad_sectors_come_without_fragments_too(void **state)
{
    struct fixture *f = *state;
    static uint8_t expected[PIECE_BYTES];
    fails_by_page(f, true);
    bad_begin = 5 * MIB + 512;
    bad_end = 5 * MIB + 1024;
    memcpy(expected, f->content + 5 * MIB - 3, PIECE_BYTES);
    memset(expected + 512 + 3, 0, 512);
    int fd = connect_client(f, true);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 1, 5 * MIB - 3, PIECE_BYTES);
    struct answer a = chunks(fd, buffer, 5 * MIB - 3, PIECE_BYTES);
    assert_true(a.error == NBD_OK && a.data == 1 && a.holes == 0);
    assert_memory_equal(buffer, expected, PIECE_BYTES);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 4 * MIB, 2 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == 0);
    close(fd);
}

static void a_bad_page_is_a_hole(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 6 * MIB;
    bad_end = 6 * MIB + 8192;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 6 * MIB - 4096, 16384);
    struct answer a = chunks(fd, buffer, 6 * MIB - 4096, 16384);
    assert_true(a.error == NBD_OK && a.data == 2 && a.holes == 1);
    close(fd);
}

static void a_disk_without_reads_past_the_page_cache_has_zeroes_too(void **state)
{
    struct fixture *f = *state;
    f->export.disk.zero_bad = true;
    bad_begin = DISK_SIZE - 1000;                // the last sectors, of which one is not whole
    bad_end = DISK_SIZE;
    bad_begin = bad_begin / 512 * 512;
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].end == DISK_SIZE);
}

static void a_dying_disk_takes_bounded_memory_and_says_that_there_is_more(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 4 * MIB;
    bad_end = 8 * MIB;
    bad_step = 1024;                             // 4096 ranges
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_true(f->export.disk.bad->count == BAD_MAX_RANGES && f->export.disk.bad->more);
    assert_int_equal(told, BAD_MAX_RANGES);
}

static void a_disk_that_goes_is_an_error_and_no_machine_of_zeroes(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    int fd = connect_client(f, true);
    read_is_right(f, fd, true, 0, MIB);
    bad_end = DISK_SIZE;
    ask(fd, 0, NBD_CMD_READ, 1, MIB, 4 * MIB);
    struct answer a = chunks(fd, buffer, MIB, 4 * MIB);
    assert_true(a.error == NBD_EIO && f->export.disk.dead);
    assert_int_equal(told, 2);                   // where it began, and that it has died
    for (int i = 0; i < 2; i++) {                // asked for again it is no other
        ask(fd, 0, NBD_CMD_READ, 1, 9 * MIB, 512);
        assert_int_equal(chunks(fd, buffer, 9 * MIB, 512).error, NBD_EIO);
        ask(fd, 0, NBD_CMD_READ, 1, MIB, 4 * MIB);       // nor where its first bad sectors were zeroes
        assert_true(chunks(fd, buffer, MIB, 4 * MIB).error_offset == MIB);
    }
    assert_int_equal(told, 2);
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].end < told_last + 512);
    close(fd);
}

// What is asked at the start, whether the disk is there at all, must not leave an answer in the page cache.
static void a_disk_of_large_sectors_that_goes_is_an_error_too(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    direct_block = 4096;
    first_page_is_cached = true;
    bad_end = DISK_SIZE;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, MIB, 4 * MIB);
    assert_true(chunks(fd, buffer, MIB, 4 * MIB).error == NBD_EIO && f->export.disk.dead);
    close(fd);
}

static void a_bad_sector_of_4096_bytes_is_tried_and_told_as_one(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    direct_block = 4096;
    bad_begin = 9 * MIB;
    bad_end = 9 * MIB + 4096;
    zeroed_reads_are_right(f, true);
    assert_int_equal(bad_reads, 1 + 1 + 4);      // all of a piece, what of it is to be had at once, and the page, patiently
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].end == bad_end);
}

static void a_disk_that_gives_its_first_sector_or_its_last_is_not_dead(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    for (direct_block = 512; direct_block <= 4096; direct_block *= 8) {
        f->export.disk.block = 0;                // another disk
        bad_begin = direct_block;
        bad_end = DISK_SIZE;
        assert_false(disk_is_dead(&f->export.disk));
        bad_begin = 0;
        bad_end = DISK_SIZE / direct_block * direct_block;
        assert_false(disk_is_dead(&f->export.disk));
        bad_end = DISK_SIZE;
        assert_true(disk_is_dead(&f->export.disk));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bad_sector_is_an_error_where_it_is_and_nowhere_else),
        TEST(what_could_not_be_read_is_tried_again_when_it_is_asked_for_again),
        TEST(the_neighbours_of_a_bad_sector_in_its_page_are_read),
        TEST(unreadable_sectors_alone_are_zeroes_where_that_is_wished),
        TEST(zeroes_for_bad_sectors_come_without_fragments_too),
        TEST(a_bad_page_is_a_hole),
        TEST(a_disk_without_reads_past_the_page_cache_has_zeroes_too),
        TEST(a_dying_disk_takes_bounded_memory_and_says_that_there_is_more),
        TEST(a_disk_that_goes_is_an_error_and_no_machine_of_zeroes),
        TEST(a_disk_of_large_sectors_that_goes_is_an_error_too),
        TEST(a_bad_sector_of_4096_bytes_is_tried_and_told_as_one),
        TEST(a_disk_that_gives_its_first_sector_or_its_last_is_not_dead),
    };
    return cmocka_run_group_tests_name("export-read-errors", tests, NULL, NULL);
}
