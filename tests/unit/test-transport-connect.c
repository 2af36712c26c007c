// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/connect.c: a connection to listeners on the loopback, and the sentences where there is none.
#include "p2v-transport/connect.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

// Listens on 127.0.0.1 at a port that the kernel chooses.
static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void a_socket_comes_connected_and_set_up(void **state)
{
    (void)state;
    uint16_t port;
    struct error err = { 0 };
    int listener = listen_somewhere(&port), on = 0;
    socklen_t size = sizeof on;
    int fd = connect_to("127.0.0.1", port, &err);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0 && on);
    assert_true(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size) == 0 && on);
    close(fd);
    close(listener);
}

static void a_name_with_several_addresses_is_tried_in_turn(void **state)
{
    (void)state;
    uint16_t port;                                     // "localhost" is ::1 as well, on most machines: nobody listens there
    struct error err = { 0 };
    int listener = listen_somewhere(&port);
    int fd = connect_to("localhost", port, &err);
    assert_true(fd >= 0);
    close(fd);
    close(listener);
}

static void a_refusal_is_named(void **state)
{
    (void)state;
    uint16_t port;
    struct error err = { 0 };
    close(listen_somewhere(&port));
    assert_int_equal(connect_to("127.0.0.1", port, &err), -1);
    assert_non_null(strstr(err.text, "127.0.0.1 refuses connections on port"));
    assert_int_equal(connect_to("localhost", port, &err), -1);
    assert_non_null(strstr(err.text, "localhost refuses connections on port"));
}

static void a_name_that_nobody_knows_is_named(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_int_equal(connect_to("no-such-host.invalid", 22, &err), -1);
    assert_non_null(strstr(err.text, "no-such-host.invalid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_comes_connected_and_set_up),
        cmocka_unit_test(a_name_with_several_addresses_is_tried_in_turn),
        cmocka_unit_test(a_refusal_is_named),
        cmocka_unit_test(a_name_that_nobody_knows_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
