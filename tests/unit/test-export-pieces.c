// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/pieces.c: what is read in the background, what comes from the page cache, and how much at once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/commands.h"
#include "tests/unit/export-harness.h"

static void without_reads_in_the_background_everything_is_the_same(void **state)
{
    struct fixture *f = *state;
    no_background = true;
    reads_are_right(f, true);
    reads_are_right(f, false);
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    assert_true(chunks(fd, buffer, 7 * MIB, 2 * MIB).error_offset == 8 * MIB + 1024);
    close(fd);
}

static void what_is_in_the_page_cache_comes_from_there(void **state)
{
    struct fixture *f = *state;
    f->export.disk.cached = true;
    reads_are_right(f, true);
    reads_are_right(f, false);
    assert_int_equal(background_reads, 0);
}

// A page that failed to be read may be in the page cache, and counts there; sendfile(2) would fail at it.
static void what_fails_all_the_same_comes_from_the_pieces(void **state)
{
    struct fixture *f = *state;
    f->export.disk.cached = f->export.disk.zero_bad = true;
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    for (int structured = 0; structured < 2; structured++) {
        int fd = connect_client(f, structured);
        ask(fd, 0, NBD_CMD_READ, 1, 8 * MIB, 4096);
        uint64_t cookie;
        if (structured)
            assert_int_equal(chunks(fd, buffer, 8 * MIB, 4096).bytes, 4096);
        else
            assert_true(simple(fd, &cookie) == NBD_OK && hear(fd, buffer, 4096));
        assert_memory_equal(buffer, f->content + 8 * MIB, 1024);
        assert_true(zero_all(buffer + 1024, 512));
        assert_memory_equal(buffer + 1536, f->content + 8 * MIB + 1536, 4096 - 1536);
        close(fd);
    }
}

static void whoever_reads_on_gets_more_at_once_and_a_lone_read_does_not(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    for (unsigned i = 0; i < 20; i++)
        read_is_right(f, fd, true, i * MIB, 4096);
    assert_int_equal(background_reads, 20);
    for (unsigned i = 0; i < MIB / 4096; i++)
        read_is_right(f, fd, true, 20 * MIB + i * 4096, 4096);
    assert_true(background_reads <= 20 + MIB / PIECE_BYTES + 1);
    close(fd);
}

// ---- what is wanted, and no longer ---------------------------------------------------------------------

static struct connection client;

// Without a server: what its loop does, a test does.  Returns the client's end.
static int begin_alone(struct export *export)
{
    int ends[2];
    disk_is_good();
    no_background = true;
    *export = (struct export){ .disk = { .fd = memfd_create("disk", MFD_CLOEXEC), .direct = -1, .size = DISK_SIZE }, .pieces = pieces_new() };
    assert_int_equal(ftruncate(export->disk.fd, DISK_SIZE), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pieces_set_disk(export->pieces, &export->disk);
    connection_init(&client, ends[0], export->pieces);
    return ends[1];
}

static void end_alone(struct export *export, int fd)
{
    close(fd);
    close(export->disk.fd);
    pieces_free(export->pieces);
}

static void all_room_is_free(struct export *export)
{
    for (uint64_t i = 0; i < PIECES; i++)
        assert_true(pieces_fetch(export->pieces, 20 * MIB + i * PIECE_BYTES, PIECE_BYTES, false));
}

// Else each connection that is lost in the middle of a copy would leave less room to read ahead for the next ones.
static void what_was_wanted_by_a_client_that_left_is_room_again(void **state)
{
    (void)state;
    struct export export;
    int fd = begin_alone(&export);
    for (client.request_count = 0; client.request_count < PIECES; client.request_count++)
        client.requests[client.request_count] = (struct request){ .type = NBD_CMD_READ, .offset = client.request_count * PIECE_BYTES, .length = PIECE_BYTES };
    commands_fetch(&client, &export, PIECES);
    assert_true(pieces_begin(export.pieces));
    assert_false(pieces_fetch(export.pieces, 20 * MIB, PIECE_BYTES, false));
    connection_close(&client);
    all_room_is_free(&export);
    end_alone(&export, fd);
}

// The same for each error: the rest of a read is not tried, but was fetched ahead.
static void what_was_wanted_of_a_read_after_an_error_is_room_again(void **state)
{
    (void)state;
    struct export export;
    int fd = begin_alone(&export);
    bad_begin = 0;
    bad_end = 512;
    client.structured = true;
    client.requests[client.request_count++] = (struct request){ .type = NBD_CMD_READ, .length = PIECES * PIECE_BYTES };
    commands_fetch(&client, &export, PIECES);
    assert_true(pieces_begin(export.pieces));
    assert_true(commands_answer(&client, &export));
    assert_int_equal(client.request_count, 0);
    assert_true(connection_flush(&client));
    all_room_is_free(&export);
    connection_close(&client);
    end_alone(&export, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_reads_in_the_background_everything_is_the_same),
        TEST(what_is_in_the_page_cache_comes_from_there),
        TEST(what_fails_all_the_same_comes_from_the_pieces),
        TEST(whoever_reads_on_gets_more_at_once_and_a_lone_read_does_not),
        cmocka_unit_test(what_was_wanted_by_a_client_that_left_is_room_again),
        cmocka_unit_test(what_was_wanted_of_a_read_after_an_error_is_room_again),
    };
    return cmocka_run_group_tests_name("export-pieces", tests, NULL, NULL);
}
