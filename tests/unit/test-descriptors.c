// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/descriptors.c: a datagram comes whole, with as many descriptors as there is room for, or it brings nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/descriptors.h"

static int ends[2];
static int fds[DESCRIPTORS_MAX + 1];       // those that come; -1 where none is

static int make_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i <= DESCRIPTORS_MAX; i++)
        fds[i] = -1;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int close_pair(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

// Sends these bytes with a pipe's end, count times, which is then nobody's but theirs who get it.  Returns the other end.
static int send_pipe(const char *bytes, size_t count)
{
    int pipe_ends[2], many[DESCRIPTORS_MAX];
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
    for (size_t i = 0; i < DESCRIPTORS_MAX; i++)
        many[i] = pipe_ends[1];
    assert_int_equal(descriptors_send(ends[0], bytes, strlen(bytes), many, count, 0), strlen(bytes));
    close(pipe_ends[1]);
    return pipe_ends[0];
}

// Does nobody have the other end any more?
static bool is_alone(int pipe_end)
{
    char byte;
    ssize_t n = read(pipe_end, &byte, 1);
    close(pipe_end);
    return n == 0;
}

static void what_was_sent_arrives_close_on_exec(void **state)
{
    (void)state;
    for (size_t sent = 0; sent <= DESCRIPTORS_MAX; sent++) {
        char bytes[8];
        size_t count = DESCRIPTORS_MAX;
        int other = send_pipe("bytes", sent);
        assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, 0), 5);
        assert_memory_equal(bytes, "bytes", 5);
        assert_int_equal(count, sent);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
            close(fds[i]);
        }
        assert_true(is_alone(other));
    }
}

// The kernel fills a control message's padding too.
static void one_more_than_there_is_room_for_is_refused_and_all_are_closed(void **state)
{
    (void)state;
    for (size_t room = 0; room < DESCRIPTORS_MAX; room++) {
        char bytes[8];
        size_t count = room;
        int other = send_pipe("bytes", room + 1);
        assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, 0), -1);
        assert_int_equal(errno, EMSGSIZE);
        assert_int_equal(count, 0);
        assert_int_equal(fds[room], -1);
        assert_true(is_alone(other));
    }
}

static void a_datagram_that_is_too_large_is_refused_with_its_descriptors(void **state)
{
    (void)state;
    char bytes[4];
    size_t count = 1;
    int other = send_pipe("bytes", 1);
    assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, 0), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(count, 0);
    assert_true(is_alone(other));
}

static void nothing_there_and_the_end_are_told_apart(void **state)
{
    (void)state;
    char bytes[4];
    size_t count = 1;
    assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(count, 0);
    shutdown(ends[0], SHUT_RDWR);
    count = 1;
    assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, MSG_DONTWAIT), 0);
    assert_int_equal(count, 0);
}

static void more_than_a_datagram_can_carry_is_the_callers_fault(void **state)
{
    (void)state;
    char bytes[4];
    size_t count = DESCRIPTORS_MAX + 1;
    assert_int_equal(descriptors_send(ends[0], "x", 1, fds, count, 0), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(descriptors_receive(ends[1], bytes, sizeof bytes, fds, &count, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(count, 0);
}

#define ON_A_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_PAIR(what_was_sent_arrives_close_on_exec),
        ON_A_PAIR(one_more_than_there_is_room_for_is_refused_and_all_are_closed),
        ON_A_PAIR(a_datagram_that_is_too_large_is_refused_with_its_descriptors),
        ON_A_PAIR(nothing_there_and_the_end_are_told_apart),
        ON_A_PAIR(more_than_a_datagram_can_carry_is_the_callers_fault),
    };
    return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
