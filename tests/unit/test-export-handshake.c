// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/handshake.c, by what it answers over a socketpair.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/handshake.h"
#include "p2v-export/nbd.h"

#define DISK_SIZE UINT64_C(0x123456789a00)

static struct export export = { .name = "sda", .disk = { .fd = -1, .direct = -1, .size = DISK_SIZE } };

// A server's connection, and its client.
struct pair {
    struct connection server;
    int client;
    uint8_t got[65536];        // all the client has received
    size_t got_size;
};

static int set_up(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    int ends[2];
    if (pair == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    connection_init(&pair->server, ends[0], NULL);
    handshake_begin(&pair->server);
    pair->client = ends[1];
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    connection_close(&pair->server);
    close(pair->client);
    free(pair);
    return 0;
}

// Lets the server do all it can, and the client receive all there is.
static void run(struct pair *pair)
{
    for (bool stepped = true; stepped;) {
        stepped = false;
        assert_true(connection_flush(&pair->server));
        if (connection_wants_input(&pair->server))
            connection_receive(&pair->server);
        if (pair->server.phase == PHASE_FLAGS || pair->server.phase == PHASE_OPTIONS)
            stepped = handshake_step(&pair->server, &export);
        assert_true(connection_flush(&pair->server));
        ssize_t n = recv(pair->client, pair->got + pair->got_size, sizeof pair->got - pair->got_size, 0);
        pair->got_size += n > 0 ? (size_t)n : 0;
    }
}

static void say(struct pair *pair, const void *bytes, size_t size)
{
    assert_int_equal(send(pair->client, bytes, size, MSG_NOSIGNAL), size);
    run(pair);
}

static void say_flags(struct pair *pair, uint32_t flags)
{
    uint8_t bytes[4];
    put32(bytes, flags);
    say(pair, bytes, 4);
    pair->got_size = 0;                // the greeting
}

static void say_option(struct pair *pair, uint32_t option, const void *data, size_t size)
{
    uint8_t bytes[NBD_OPTION_HEADER + 9000], *p = bytes;
    p = put64(p, NBD_OPTION_MAGIC);
    p = put32(p, option);
    p = put32(p, (uint32_t)size);
    memcpy(p, data, size);
    say(pair, bytes, NBD_OPTION_HEADER + size);
}

// Takes one option reply off what the client got: its type; data and size point to the rest.
static uint32_t next_reply(struct pair *pair, uint32_t option, uint8_t *data, size_t *size)
{
    assert_true(pair->got_size >= NBD_OPTION_REPLY_HEADER);
    assert_true(get64(pair->got) == NBD_OPTION_REPLY_MAGIC);
    assert_int_equal(get32(pair->got + 8), option);
    uint32_t type = get32(pair->got + 12), length = get32(pair->got + 16);
    assert_true(pair->got_size >= NBD_OPTION_REPLY_HEADER + length && length <= 512);
    memcpy(data, pair->got + NBD_OPTION_REPLY_HEADER, length);
    *size = length;
    pair->got_size -= NBD_OPTION_REPLY_HEADER + length;
    memmove(pair->got, pair->got + NBD_OPTION_REPLY_HEADER + length, pair->got_size);
    return type;
}

static uint32_t only_reply(struct pair *pair, uint32_t option)
{
    uint8_t data[512];
    size_t size;
    uint32_t type = next_reply(pair, option, data, &size);
    assert_int_equal(pair->got_size, 0);
    return type;
}

static size_t go_data(uint8_t *data, const char *name, size_t wanted, const uint16_t *what)
{
    uint8_t *p = put32(data, (uint32_t)strlen(name));
    memcpy(p, name, strlen(name));
    p = put16(p + strlen(name), (uint16_t)wanted);
    for (size_t i = 0; i < wanted; i++)
        p = put16(p, what[i]);
    return (size_t)(p - data);
}

static size_t query_data(uint8_t *data, const char *name, size_t count, const char *const *queries)
{
    uint8_t *p = put32(data, (uint32_t)strlen(name));
    memcpy(p, name, strlen(name));
    p = put32(p + strlen(name), (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        p = put32(p, (uint32_t)strlen(queries[i]));
        memcpy(p, queries[i], strlen(queries[i]));
        p += strlen(queries[i]);
    }
    return (size_t)(p - data);
}

// ---- the tests -----------------------------------------------------------------------------------------

static void it_greets_with_fixed_newstyle(void **state)
{
    struct pair *pair = *state;
    run(pair);
    assert_int_equal(pair->got_size, 18);
    assert_memory_equal(pair->got, "NBDMAGICIHAVEOPT\0\3", 18);
}

static void unknown_client_flags_end_it(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, 7);
    assert_int_equal(pair->server.phase, PHASE_CLOSED);
}

static void go_tells_size_and_flags_and_begins_transmission(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512];
    size_t size;
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_GO, data, go_data(data, "", 0, NULL));
    assert_int_equal(next_reply(pair, NBD_OPT_GO, data, &size), NBD_REP_INFO);
    assert_int_equal(size, 12);
    assert_int_equal(get16(data), NBD_INFO_EXPORT);
    assert_true(get64(data + 2) == DISK_SIZE);
    assert_int_equal(get16(data + 10), NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY | NBD_FLAG_CAN_MULTI_CONN);
    assert_int_equal(only_reply(pair, NBD_OPT_GO), NBD_REP_ACK);
    assert_int_equal(pair->server.phase, PHASE_TRANSMISSION);
}

static void one_byte_at_a_time_is_as_good(void **state)
{
    struct pair *pair = *state;
    uint8_t bytes[256], *p = put32(bytes, 3);
    p = put64(p, NBD_OPTION_MAGIC);
    p = put32(p, NBD_OPT_GO);
    size_t size = go_data(p + 4, "sda", 0, NULL);
    put32(p, (uint32_t)size);
    size = (size_t)(p + 4 + size - bytes);
    for (size_t i = 0; i < size; i++) {
        assert_int_not_equal(pair->server.phase, PHASE_TRANSMISSION);
        say(pair, bytes + i, 1);
    }
    assert_int_equal(pair->server.phase, PHASE_TRANSMISSION);
}

static void info_tells_all_it_is_asked_for_and_stays_in_options(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512];
    size_t size;
    const uint16_t wanted[] = { NBD_INFO_NAME, NBD_INFO_BLOCK_SIZE, 2, 77, NBD_INFO_EXPORT, NBD_INFO_NAME };
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_INFO, data, go_data(data, "sda", 6, wanted));
    assert_int_equal(next_reply(pair, NBD_OPT_INFO, data, &size), NBD_REP_INFO);
    assert_int_equal(size, 5);
    assert_memory_equal(data + 2, "sda", 3);
    assert_int_equal(next_reply(pair, NBD_OPT_INFO, data, &size), NBD_REP_INFO);
    assert_int_equal(size, 14);
    assert_int_equal(get32(data + 2), 1);
    assert_int_equal(get32(data + 10), 32 << 20);
    assert_int_equal(next_reply(pair, NBD_OPT_INFO, data, &size), NBD_REP_INFO);
    assert_int_equal(get16(data), NBD_INFO_EXPORT);
    assert_int_equal(only_reply(pair, NBD_OPT_INFO), NBD_REP_ACK);
    assert_int_equal(pair->server.phase, PHASE_OPTIONS);
}

static void another_name_is_unknown(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512];
    say_flags(pair, 3);
    for (uint32_t option = NBD_OPT_INFO; option <= NBD_OPT_GO; option++) {
        say_option(pair, option, data, go_data(data, "sdb", 0, NULL));
        assert_int_equal(only_reply(pair, option), NBD_REP_ERR_UNKNOWN);
    }
    const char *query = NBD_ALLOCATION;
    say_option(pair, NBD_OPT_STRUCTURED_REPLY, "", 0);
    assert_int_equal(only_reply(pair, NBD_OPT_STRUCTURED_REPLY), NBD_REP_ACK);
    say_option(pair, NBD_OPT_SET_META_CONTEXT, data, query_data(data, "sdb", 1, &query));
    assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ERR_UNKNOWN);
    assert_false(pair->server.allocation);
}

static void export_name_begins_transmission_with_or_without_zeroes(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, NBD_FLAG_FIXED_NEWSTYLE);
    say_option(pair, NBD_OPT_EXPORT_NAME, "sda", 3);
    assert_int_equal(pair->got_size, 8 + 2 + 124);
    assert_true(get64(pair->got) == DISK_SIZE);
    assert_int_equal(pair->server.phase, PHASE_TRANSMISSION);
    pair->got_size = 0;
    pair->server.phase = PHASE_OPTIONS;
    pair->server.no_zeroes = true;
    say_option(pair, NBD_OPT_EXPORT_NAME, "", 0);
    assert_int_equal(pair->got_size, 10);
}

static void a_wrong_export_name_closes(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_EXPORT_NAME, "nothing", 7);
    assert_int_equal(pair->got_size, 0);
    assert_int_equal(pair->server.phase, PHASE_CLOSED);
}

static void a_client_of_plain_newstyle_gets_export_name_alone(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, 0);
    say_option(pair, NBD_OPT_LIST, "", 0);
    assert_int_equal(pair->got_size, 0);
    assert_int_equal(pair->server.phase, PHASE_CLOSED);
}

static void list_names_the_disk(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512];
    size_t size;
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_LIST, "", 0);
    assert_int_equal(next_reply(pair, NBD_OPT_LIST, data, &size), NBD_REP_SERVER);
    assert_int_equal(size, 7);
    assert_memory_equal(data, "\0\0\0\3sda", 7);
    assert_int_equal(only_reply(pair, NBD_OPT_LIST), NBD_REP_ACK);
    say_option(pair, NBD_OPT_LIST, "x", 1);
    assert_int_equal(only_reply(pair, NBD_OPT_LIST), NBD_REP_ERR_INVALID);
}

static void abort_is_answered_and_ends_it(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_ABORT, "", 0);
    assert_int_equal(only_reply(pair, NBD_OPT_ABORT), NBD_REP_ACK);
    assert_int_equal(pair->server.phase, PHASE_LAST);
}

static void unknown_options_and_tls_are_unsupported(void **state)
{
    struct pair *pair = *state;
    const uint32_t unknown[] = { 0, 4, NBD_OPT_STARTTLS, 11, 12345, UINT32_MAX };
    say_flags(pair, 3);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        say_option(pair, unknown[i], "some data", 9);
        assert_int_equal(only_reply(pair, unknown[i]), NBD_REP_ERR_UNSUP);
    }
    assert_int_equal(pair->server.phase, PHASE_OPTIONS);
}

static void an_option_that_is_too_big_is_refused_and_skipped(void **state)
{
    struct pair *pair = *state;
    static uint8_t data[MAX_OPTION + 1];
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_GO, data, sizeof data);
    assert_int_equal(only_reply(pair, NBD_OPT_GO), NBD_REP_ERR_TOO_BIG);
    say_option(pair, NBD_OPT_ABORT, "", 0);
    assert_int_equal(only_reply(pair, NBD_OPT_ABORT), NBD_REP_ACK);
}

static void meta_context_needs_structured_replies_and_is_set_by_its_whole_name(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512], in[512];
    size_t size;
    const char *const both[] = { "qemu:dirty-bitmap:x", NBD_ALLOCATION }, *const space[] = { "base:" };
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_SET_META_CONTEXT, data, query_data(data, "", 2, both));
    assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ERR_INVALID);
    say_option(pair, NBD_OPT_STRUCTURED_REPLY, "", 0);
    assert_int_equal(only_reply(pair, NBD_OPT_STRUCTURED_REPLY), NBD_REP_ACK);

    say_option(pair, NBD_OPT_LIST_META_CONTEXT, data, query_data(data, "", 1, space));
    assert_int_equal(next_reply(pair, NBD_OPT_LIST_META_CONTEXT, in, &size), NBD_REP_META_CONTEXT);
    assert_int_equal(only_reply(pair, NBD_OPT_LIST_META_CONTEXT), NBD_REP_ACK);
    say_option(pair, NBD_OPT_LIST_META_CONTEXT, data, query_data(data, "", 0, NULL));
    assert_int_equal(next_reply(pair, NBD_OPT_LIST_META_CONTEXT, in, &size), NBD_REP_META_CONTEXT);
    assert_memory_equal(in + 4, NBD_ALLOCATION, size - 4);
    assert_int_equal(only_reply(pair, NBD_OPT_LIST_META_CONTEXT), NBD_REP_ACK);
    assert_false(pair->server.allocation);

    say_option(pair, NBD_OPT_SET_META_CONTEXT, data, query_data(data, "", 2, both));
    assert_int_equal(next_reply(pair, NBD_OPT_SET_META_CONTEXT, in, &size), NBD_REP_META_CONTEXT);
    assert_int_equal(get32(in), NBD_ALLOCATION_ID);
    assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ACK);
    assert_true(pair->server.allocation);
    say_option(pair, NBD_OPT_SET_META_CONTEXT, data, query_data(data, "", 1, space));
    assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ACK);
    assert_false(pair->server.allocation);
}

static void lengths_that_lie_are_invalid(void **state)
{
    struct pair *pair = *state;
    uint8_t data[512] = { 0 };
    const char *query = NBD_ALLOCATION;
    const uint16_t wanted[] = { NBD_INFO_NAME };
    say_flags(pair, 3);
    say_option(pair, NBD_OPT_STRUCTURED_REPLY, "", 0);
    pair->got_size = 0;
    size_t go = go_data(data, "sda", 1, wanted);
    for (size_t size = 0; size < go; size++) {
        say_option(pair, NBD_OPT_INFO, data, size);
        assert_int_equal(only_reply(pair, NBD_OPT_INFO), NBD_REP_ERR_INVALID);
    }
    say_option(pair, NBD_OPT_INFO, data, go + 1);
    assert_int_equal(only_reply(pair, NBD_OPT_INFO), NBD_REP_ERR_INVALID);
    put32(data, UINT32_MAX);
    say_option(pair, NBD_OPT_INFO, data, go);
    assert_int_equal(only_reply(pair, NBD_OPT_INFO), NBD_REP_ERR_INVALID);
    size_t set = query_data(data, "sda", 1, &query);
    for (size_t size = 0; size < set; size++) {
        say_option(pair, NBD_OPT_SET_META_CONTEXT, data, size);
        assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ERR_INVALID);
    }
    put32(data + 7, UINT32_MAX);       // the count of queries
    say_option(pair, NBD_OPT_SET_META_CONTEXT, data, set);
    assert_int_equal(only_reply(pair, NBD_OPT_SET_META_CONTEXT), NBD_REP_ERR_INVALID);
}

static void a_client_that_never_decides_is_closed(void **state)
{
    struct pair *pair = *state;
    say_flags(pair, 3);
    for (int i = 0; i < MAX_OPTIONS; i++) {
        say_option(pair, NBD_OPT_LIST, "", 0);
        pair->got_size = 0;
    }
    assert_int_equal(pair->server.phase, PHASE_OPTIONS);
    say_option(pair, NBD_OPT_LIST, "", 0);
    assert_int_equal(pair->server.phase, PHASE_CLOSED);
}

// Fixed seed: sound scripts with bytes changed, cut and added, in random portions.
static void no_bytes_whatever_break_it(void **state)
{
    (void)state;
    srandom(3);
    for (int round = 0; round < 3000; round++) {
        void *one = NULL;
        assert_int_equal(set_up(&one), 0);
        struct pair *pair = one;
        uint8_t bytes[2048], *p = put32(bytes, random() % 8 ? 3 : (uint32_t)random());
        for (int options = 0; options < 5; options++) {
            const char *const queries[] = { "base:", NBD_ALLOCATION, "" };
            const uint16_t wanted[] = { 0, 1, 2, 3, 3, 9 };
            p = put64(p, NBD_OPTION_MAGIC);
            p = put32(p, (uint32_t)(random() % 12));
            size_t size = random() % 2 ? go_data(p + 4, random() % 2 ? "sda" : "", (size_t)random() % 7, wanted)
                                       : query_data(p + 4, "sda", (size_t)random() % 4, queries);
            p = put32(p, (uint32_t)size) + size;
        }
        size_t size = (size_t)(p - bytes);
        for (long changes = random() % 4; changes > 0; changes--)
            bytes[(size_t)random() % size] = (uint8_t)random();
        for (size_t at = 0, portion; at < size && pair->server.phase < PHASE_TRANSMISSION; at += portion) {
            portion = 1 + (size_t)random() % 200;
            portion = portion < size - at ? portion : size - at;
            say(pair, bytes + at, portion);
        }
        tear_down(&one);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_greets_with_fixed_newstyle),
        TEST(unknown_client_flags_end_it),
        TEST(go_tells_size_and_flags_and_begins_transmission),
        TEST(one_byte_at_a_time_is_as_good),
        TEST(info_tells_all_it_is_asked_for_and_stays_in_options),
        TEST(another_name_is_unknown),
        TEST(export_name_begins_transmission_with_or_without_zeroes),
        TEST(a_wrong_export_name_closes),
        TEST(a_client_of_plain_newstyle_gets_export_name_alone),
        TEST(list_names_the_disk),
        TEST(abort_is_answered_and_ends_it),
        TEST(unknown_options_and_tls_are_unsupported),
        TEST(an_option_that_is_too_big_is_refused_and_skipped),
        TEST(meta_context_needs_structured_replies_and_is_set_by_its_whole_name),
        TEST(lengths_that_lie_are_invalid),
        TEST(a_client_that_never_decides_is_closed),
        cmocka_unit_test(no_bytes_whatever_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
