// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan/policy.c: a locked p2v-plan computes, and can do nothing else; by trying it in a child that has taken the real lock.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-plan/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&plan_policy, __VA_ARGS__)

static void it_sees_no_file(void **state)
{
    (void)state;
    kills(SYS_openat, AT_FDCWD, NAME("/"), O_RDONLY, 0);
    kills(SYS_newfstatat, AT_FDCWD, NAME("/"), 0, 0);
    kills(SYS_faccessat, AT_FDCWD, NAME("/"), 0, 0);
    kills(SYS_read, 0, 0, 0, 0);
    kills(SYS_memfd_create, NAME("x"), 0, 0, 0);
    kills(SYS_ioctl, 0, 0, 0, 0);
}

static void its_channel_is_all_it_speaks_on(void **state)
{
    (void)state;
    kills(SYS_recvmsg, 0, 0, 0, 0);
    kills(SYS_sendmsg, 4, 0, 0, 0);
    kills(SYS_write, 3, NAME(""), 0, 0);
    kills(SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_connect, 3, 0, 0, 0);
}

static void it_starts_nothing_and_touches_no_other_process(void **state)
{
    (void)state;
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_kill, getppid(), 0, 0, 0);
    kills(SYS_ptrace, 16, getppid(), 0, 0);
    kills(SYS_unshare, CLONE_NEWUSER, 0, 0, 0);
    kills(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_sees_no_file),
        cmocka_unit_test(its_channel_is_all_it_speaks_on),
        cmocka_unit_test(it_starts_nothing_and_touches_no_other_process),
    };
    return cmocka_run_group_tests_name("plan-policy", tests, NULL, NULL);
}
