// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/commands.c: reads of every shape, block status, and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/export-harness.h"

static void structured_reads_of_every_shape_are_right(void **state) { reads_are_right(*state, true); }
static void simple_reads_of_every_shape_are_right(void **state) { reads_are_right(*state, false); }

static void zeroes_are_sent_as_a_hole_and_without_fragment_as_one_chunk(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    uint64_t zeroes = DISK_SIZE / 3 + 4096, mixed = (uint64_t)DISK_SIZE / 4096 / 3 * 3 * 4096 - 300 * 4096;
    ask(fd, 0, NBD_CMD_READ, 1, zeroes, 65536);
    struct answer a = chunks(fd, buffer, zeroes, 65536);
    assert_true(a.holes == 1 && a.data == 0);
    ask(fd, 0, NBD_CMD_READ, 2, mixed, 6 * 4096);
    a = chunks(fd, buffer, mixed, 6 * 4096);
    assert_true(a.holes == 2 && a.data == 2);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 3, mixed, 6 * 4096);
    a = chunks(fd, buffer, mixed, 6 * 4096);
    assert_true(a.holes == 0 && a.data == 1);
    assert_memory_equal(buffer, f->content + mixed, 6 * 4096);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 4, mixed - 3 * MIB, 4 * MIB);
    a = chunks(fd, buffer, mixed - 3 * MIB, 4 * MIB);
    assert_true(a.holes == 0 && a.data == 1);
    assert_memory_equal(buffer, f->content + mixed - 3 * MIB, 4 * MIB);
    close(fd);
}

static void what_is_not_permitted_gets_its_error_and_the_connection_goes_on(void **state)
{
    struct fixture *f = *state;
    const struct { uint16_t flags, type; uint64_t offset; uint32_t length, error; } requests[] = {
        { 0, NBD_CMD_READ, DISK_SIZE, 1, NBD_EINVAL },
        { 0, NBD_CMD_READ, DISK_SIZE - 1, 2, NBD_EINVAL },
        { 0, NBD_CMD_READ, UINT64_MAX, 2, NBD_EINVAL },
        { 0, NBD_CMD_READ, UINT64_MAX - 10, 32, NBD_EINVAL },
        { 0, NBD_CMD_READ, 0, NBD_MAX_READ + 1, NBD_EINVAL },
        { 0, NBD_CMD_READ, 0, UINT32_MAX, NBD_EINVAL },
        { 1, NBD_CMD_READ, 0, 512, NBD_EINVAL },
        { 0x8000, NBD_CMD_READ, 0, 512, NBD_EINVAL },
        { 0, NBD_CMD_WRITE, 0, 70000, NBD_EPERM },
        { 1, NBD_CMD_WRITE, UINT64_MAX, 512, NBD_EPERM },
        { 0, NBD_CMD_TRIM, 0, 512, NBD_EPERM },
        { 2, NBD_CMD_WRITE_ZEROES, 0, UINT32_MAX, NBD_EPERM },
        { 0, NBD_CMD_FLUSH, 0, 0, NBD_EINVAL },
        { 0, NBD_CMD_CACHE, 0, 512, NBD_EINVAL },
        { 0, NBD_CMD_BLOCK_STATUS, 0, 0, NBD_EINVAL },
        { 0, NBD_CMD_BLOCK_STATUS, DISK_SIZE - 1, 2, NBD_EINVAL },
        { 4, NBD_CMD_BLOCK_STATUS, 0, 512, NBD_EINVAL },
        { 0, 8, 0, 512, NBD_EINVAL },
        { 0, 65535, 0, 512, NBD_EINVAL },
    };
    static uint8_t payload[70000];
    for (int structured = 0; structured < 2; structured++) {
        int fd = connect_client(f, structured);
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
            ask(fd, requests[i].flags, requests[i].type, i, requests[i].offset, requests[i].length);
            if (requests[i].type == NBD_CMD_WRITE)
                say(fd, payload, requests[i].length);
            uint64_t cookie = 0;
            uint32_t error = 0;
            if (structured) {
                struct answer a = chunks(fd, buffer, 0, 0);
                error = a.error;
                cookie = a.cookie;
            } else
                error = simple(fd, &cookie);
            assert_true(error == requests[i].error && cookie == i);
        }
        read_is_right(f, fd, structured, 1000, 5000);
        close(fd);
    }
}

static void block_status_needs_its_context(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    int fd = connect_client(f, false);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 0, 512);
    assert_int_equal(simple(fd, &cookie), NBD_EINVAL);
    close(fd);
}

static void block_status_tells_holes(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fallocate(f->export.disk.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * MIB, 2 * MIB), 0);
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 3 * MIB, 4 * MIB);
    struct answer a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == 0);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 4 * MIB, 3 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == (NBD_STATE_HOLE | NBD_STATE_ZERO));
    uint64_t zeroes = DISK_SIZE / 3 + 4096;      // written ones: 13 MiB, and pages of either behind them
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, zeroes, 16 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 2 && a.last_status == 0);
    ask(fd, NBD_CMD_FLAG_REQ_ONE, NBD_CMD_BLOCK_STATUS, 1, zeroes, 16 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.statuses == 1 && a.last_status == NBD_STATE_ZERO);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(structured_reads_of_every_shape_are_right),
        TEST(simple_reads_of_every_shape_are_right),
        TEST(zeroes_are_sent_as_a_hole_and_without_fragment_as_one_chunk),
        TEST(what_is_not_permitted_gets_its_error_and_the_connection_goes_on),
        TEST(block_status_needs_its_context),
        TEST(block_status_tells_holes),
    };
    return cmocka_run_group_tests_name("export-commands", tests, NULL, NULL);
}
