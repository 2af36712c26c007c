// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/policy.c, pump_policy: who carries the bytes of `p2v-transport forward` can move them, and nothing else.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-transport/policy.h"

#define NAME(text) ((long)(uintptr_t)(text))

static int pair[2];

static int try(long number, long a, long b, long c, long d)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_report report;
        struct error err;
        if (sandbox_lock(&pump_policy, &report, &err) < 0)
            _exit(255);
        long rc = syscall(number, a, b, c, d, 0L, 0L);
        _exit(rc < 0 ? errno : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void kills(long number, long a, long b, long c, long d)
{
    int status = try(number, a, b, c, d);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("system call %ld: wait status %#x in place of death by SIGSYS", number, (unsigned)status);
}

static int set_up(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static void it_moves_bytes(void **state)
{
    (void)state;
    char byte = 0;
    int status = try(SYS_sendto, pair[0], NAME("x"), 1, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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
