// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/serve.c: many clients, slow ones, greedy ones, ones that go or that are none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/arrivals.h"
#include "tests/unit/export-harness.h"

static void what_is_there_does_not_wait_for_what_is_not(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true), other = connect_client(f, false);
    slow_begin = 20 * MIB;
    slow_end = 21 * MIB;
    ask(fd, 0, NBD_CMD_READ, 0, 20 * MIB, 4096);
    ask(fd, 0, NBD_CMD_READ, 1, 0, 4096);
    assert_true(chunks(fd, buffer, 0, 4096).cookie == 1);
    read_is_right(f, other, false, 3 * MIB, 3 * MIB);
    warm();
    assert_true(chunks(fd, buffer, 20 * MIB, 4096).cookie == 0);
    assert_memory_equal(buffer, f->content + 20 * MIB, 4096);
    close(fd);
    close(other);
}

// All pieces are taken by clients that do not take their replies: what they were to be sent is read again.
static void clients_that_do_not_read_their_replies_get_them_in_the_end(void **state)
{
    struct fixture *f = *state;
    enum { CLIENTS = PIECES + 3 };
    int fds[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++) {
        fds[i] = connect_client(f, i % 2);
        ask(fds[i], 0, NBD_CMD_READ, i, i * MIB, 4 * MIB);
    }
    int good = connect_client(f, true);
    read_is_right(f, good, true, 1, 5 * MIB);
    for (unsigned i = 0; i < CLIENTS; i++) {
        uint64_t cookie = i;
        if (i % 2)
            assert_true(chunks(fds[i], buffer, i * MIB, 4 * MIB).error == NBD_OK);
        else
            assert_true(simple(fds[i], &cookie) == NBD_OK && hear(fds[i], buffer, 4 * MIB));
        assert_memory_equal(buffer, f->content + i * MIB, 4 * MIB);
        close(fds[i]);
    }
    close(good);
}

static void many_requests_in_flight_on_many_connections_are_all_answered(void **state)
{
    struct fixture *f = *state;
    enum { CLIENTS = 8, EACH = 300 };
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = connect_client(f, true);
    for (unsigned n = 0; n < EACH; n++)
        for (unsigned i = 0; i < CLIENTS; i++)
            ask(fds[i], 0, NBD_CMD_READ, n, (n * 131072 + i * 999) % (DISK_SIZE - 300000), 300 * (n + 1));
    uint8_t *whole = malloc(DISK_SIZE);
    for (unsigned i = 0; i < CLIENTS; i++) {
        uint32_t bytes[EACH] = { 0 };
        for (unsigned done = 0; done < EACH;) {    // in any order, one between the other
            struct answer a = { 0 };
            bool last = one_chunk(fds[i], whole, 0, DISK_SIZE, &a);
            assert_true(a.cookie < EACH);
            bytes[a.cookie] += a.bytes;
            done += last;
            uint64_t offset = (a.cookie * 131072 + i * 999) % (DISK_SIZE - 300000);
            if (last)
                assert_true(bytes[a.cookie] == 300 * (a.cookie + 1) && memcmp(whole + offset, f->content + offset, bytes[a.cookie]) == 0);
        }
        close(fds[i]);
    }
    free(whole);
}

static void a_client_that_does_not_read_its_replies_holds_up_nobody(void **state)
{
    struct fixture *f = *state;
    int greedy = connect_client(f, false), good = connect_client(f, true);
    for (int i = 0; i < 100; i++)
        ask(greedy, 0, NBD_CMD_READ, 1, 0, NBD_MAX_READ);
    read_is_right(f, good, true, 0, MIB);
    close(greedy);                     // in the middle of a reply
    read_is_right(f, good, true, MIB, MIB);
    close(good);
}

// A bad sector may take minutes.
static void a_client_that_goes_while_it_is_read_for_costs_no_time(void **state)
{
    struct fixture *f = *state;
    static const struct timespec wait = { .tv_nsec = 300000000 };
    struct timespec begun, used;
    clockid_t clock;
    int fd = connect_client(f, true);
    slow_begin = 20 * MIB;
    slow_end = 21 * MIB;
    ask(fd, 0, NBD_CMD_READ, 0, 20 * MIB, 4096);
    close(fd);
    assert_int_equal(pthread_getcpuclockid(f->thread, &clock), 0);
    clock_gettime(clock, &begun);
    nanosleep(&wait, NULL);
    clock_gettime(clock, &used);
    assert_true((used.tv_sec - begun.tv_sec) * 1000000000 + used.tv_nsec - begun.tv_nsec < wait.tv_nsec / 10);
    warm();
}

static void disconnect_is_taken_after_everything_before_it_is_answered(void **state)
{
    struct fixture *f = *state;
    uint8_t byte;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 0, MIB);
    ask(fd, 0, NBD_CMD_DISC, 2, 0, 0);
    assert_int_equal(chunks(fd, buffer, 0, MIB).bytes, MIB);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    fd = connect_client(f, true);      // what comes after it is not answered
    ask(fd, 0, NBD_CMD_DISC, 1, 0, 0);
    (void)send(fd, "more", 4, MSG_NOSIGNAL);       // it may have gone already
    assert_true(recv(fd, &byte, 1, 0) <= 0);       // an end, or a reset, for what was not read
    close(fd);
    fd = connect_client(f, true);      // a half-closed socket: all that was asked for is answered as well
    for (int i = 0; i < 200; i++)
        ask(fd, 0, NBD_CMD_READ, 1, 0, 5000);
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 200; i++)
        assert_int_equal(chunks(fd, buffer, 0, 5000).bytes, 5000);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void clients_that_stop_in_the_handshake_hold_no_place(void **state)
{
    struct fixture *f = *state;
    int stuck[2 * SERVE_MAX_CONNECTIONS];
    int first = connect_client(f, true);
    for (int i = 0; i < 2 * SERVE_MAX_CONNECTIONS; i++) {
        stuck[i] = connect_raw(f);
        say(stuck[i], "\0\0", 2);
    }
    int fd = connect_client(f, true);
    read_is_right(f, fd, true, 0, MIB);
    read_is_right(f, first, true, 0, MIB);
    close(fd);
    close(first);
    for (int i = 0; i < 2 * SERVE_MAX_CONNECTIONS; i++)
        close(stuck[i]);
}

static void a_connection_too_many_is_closed(void **state)
{
    struct fixture *f = *state;
    int fds[SERVE_MAX_CONNECTIONS];
    uint8_t byte;
    for (int i = 0; i < SERVE_MAX_CONNECTIONS; i++)
        fds[i] = connect_client(f, true);
    int more = connect_raw(f);
    assert_true(recv(more, &byte, 1, 0) <= 0);
    close(more);
    for (int i = 0; i < SERVE_MAX_CONNECTIONS; i++) {
        read_is_right(f, fds[i], true, 0, 1000);
        close(fds[i]);
    }
}

// Fixed seed: sound requests with bytes changed and cut, and plain noise, beside a good client.
static void no_bytes_whatever_disturb_a_good_client(void **state)
{
    struct fixture *f = *state;
    int good = connect_client(f, true);
    srandom(17);
    for (int round = 0; round < 300; round++) {
        uint8_t bytes[50 * NBD_REQUEST_HEADER];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(random() % 4 ? 0 : random());
        bool noise = round % 3 == 0;
        for (size_t i = 0; !noise && i < 50; i++) {
            put32(bytes + i * NBD_REQUEST_HEADER, NBD_REQUEST_MAGIC);
            put16(bytes + i * NBD_REQUEST_HEADER + 6, (uint16_t)(random() % 9));
        }
        int bad = noise ? connect_raw(f) : connect_client(f, random() % 2);
        send(bad, bytes, (size_t)random() % sizeof bytes, MSG_NOSIGNAL);
        if (random() % 2)
            recv(bad, buffer, 100, MSG_DONTWAIT);
        read_is_right(f, good, true, (uint64_t)random() % (DISK_SIZE - 70000), 70000);
        close(bad);
    }
    close(good);
}

// What arrives on the data channel is one byte and one stream socket, or its sender is not to be trusted.
static void arrivals_are_refused(struct fixture *f, const int *fds, size_t count, size_t bytes)
{
    hand_over(f, fds, count, bytes);
    assert_int_equal(pthread_join(f->thread, NULL), 0);
    assert_int_equal(f->result, SERVE_BROKEN);
    assert_true(strlen(f->err.text) > 0);
}

static void a_descriptor_that_is_no_socket_ends_it(void **state)
{
    struct fixture *f = *state;
    arrivals_are_refused(f, &f->export.disk.fd, 1, 1);
}

static void a_socket_of_another_type_ends_it(void **state)
{
    struct fixture *f = *state;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(f, &fd, 1, 1);
    close(fd);
}

static void a_socket_of_another_family_ends_it(void **state)
{
    struct fixture *f = *state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(f, &fd, 1, 1);
    close(fd);
}

static void two_descriptors_end_it_and_none_is_kept(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const int twice[2] = { ends[0], ends[0] };
    arrivals_are_refused(f, twice, 2, 1);
    close(ends[0]);
    assert_int_equal(recv(ends[1], &byte, 1, 0), 0);
    close(ends[1]);
}

static void a_byte_without_descriptor_ends_it(void **state) { arrivals_are_refused(*state, NULL, 0, 1); }
static void a_longer_datagram_ends_it(void **state)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(*state, &fd, 1, 5);
    close(fd);
}

// ---- by hand -------------------------------------------------------------------------------------------

// In place of the C library's: it fails where a test says so.
static int accept_error;

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    (void)flags;
    if (accept_error == 0)
        return accept(fd, address, size);
    errno = accept_error;
    return -1;
}

// It would end the server, and all clients that are there.
static void a_client_for_which_there_is_no_room_now_arrives_later(void **state)
{
    (void)state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };        // without a path: the kernel finds a name
    socklen_t size = sizeof address;
    struct error err;
    const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address.sun_family), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        accept_error = errors[i];
        assert_int_equal(arrivals_take(ARRIVAL_LISTENING, listening, &fd, &err), SERVE_GOES_ON);
        assert_int_equal(fd, -1);
    }
    accept_error = EBADF;
    assert_int_equal(arrivals_take(ARRIVAL_LISTENING, listening, &fd, &err), SERVE_BROKEN);
    accept_error = 0;
    assert_int_equal(arrivals_take(ARRIVAL_LISTENING, listening, &fd, &err), SERVE_GOES_ON);
    assert_true(fd >= 0);
    close(fd);
    close(client);
    close(listening);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_does_not_wait_for_what_is_not),
        TEST(clients_that_do_not_read_their_replies_get_them_in_the_end),
        TEST(many_requests_in_flight_on_many_connections_are_all_answered),
        TEST(a_client_that_does_not_read_its_replies_holds_up_nobody),
        TEST(a_client_that_goes_while_it_is_read_for_costs_no_time),
        TEST(disconnect_is_taken_after_everything_before_it_is_answered),
        TEST(clients_that_stop_in_the_handshake_hold_no_place),
        TEST(a_connection_too_many_is_closed),
        TEST(no_bytes_whatever_disturb_a_good_client),
        TEST(a_descriptor_that_is_no_socket_ends_it),
        TEST(a_socket_of_another_type_ends_it),
        TEST(a_socket_of_another_family_ends_it),
        TEST(two_descriptors_end_it_and_none_is_kept),
        TEST(a_byte_without_descriptor_ends_it),
        TEST(a_longer_datagram_ends_it),
        cmocka_unit_test(a_client_for_which_there_is_no_room_now_arrives_later),
    };
    return cmocka_run_group_tests_name("export-serve", tests, NULL, NULL);
}
