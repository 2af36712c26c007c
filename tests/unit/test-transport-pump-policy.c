// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/policy.c, pump_policy: who carries the bytes of `p2v-transport forward` can move them, and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-transport/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&pump_policy, __VA_ARGS__)
#define gives(...) locked_gives(&pump_policy, __VA_ARGS__)

static int pair[2];

static int set_up(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static void it_moves_bytes(void **state)
{
    (void)state;
    char byte = 0;
    gives(0, SYS_sendto, pair[0], NAME("x"), 1, 0);
    assert_int_equal(recv(pair[1], &byte, 1, MSG_DONTWAIT), 1);
    assert_int_equal(byte, 'x');
}

static void it_does_nothing_else(void **state)
{
    (void)state;
    kills(SYS_openat, AT_FDCWD, NAME("/"), O_RDONLY, 0);
    kills(SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_connect, pair[0], 0, 0, 0);
    kills(SYS_sendmsg, pair[0], 0, 0, 0);                  // no descriptor can be passed on
    kills(SYS_recvmsg, pair[0], 0, 0, 0);
    kills(SYS_write, pair[0], NAME("x"), 1, 0);
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_mmap, 0, 4096, 1, 0x22);
    kills(SYS_kill, getppid(), 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_moves_bytes),
        cmocka_unit_test(it_does_nothing_else),
    };
    return cmocka_run_group_tests_name("transport-pump-policy", tests, set_up, NULL);
}
