// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/policy.c: what a locked supervisor can and cannot do, by trying it in a child that has taken the real lock.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-supervisor/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&supervisor_policy, __VA_ARGS__)
#define works(...) locked_gives(&supervisor_policy, 0, __VA_ARGS__)

static void it_opens_for_reading_alone(void **state)
{
    (void)state;
    works(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_RDONLY, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_WRONLY, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_RDWR, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/var/tmp/x"), O_RDONLY | O_CREAT, 0600);
    kills(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_RDONLY | O_TRUNC, 0);
    kills(SYS_openat2, AT_FDCWD, NAME("/dev/null"), 0, 0);
    kills(SYS_unlink, NAME("/var/tmp/x"), 0, 0, 0);
    kills(SYS_mount, 0, NAME("/"), 0, 0);
}

// The one power of root's that it keeps, and the next to it.
static void it_is_not_root_and_reads_what_is_root_s(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    static char name[] = "/var/tmp/virt-p2v-policy.XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0), 0);
    close(fd);
    works(SYS_openat, AT_FDCWD, NAME(name), O_RDONLY, 0);
    struct sandbox_policy without = supervisor_policy;
    without.capabilities = NULL;
    locked_gives(&without, EACCES, SYS_openat, AT_FDCWD, NAME(name), O_RDONLY, 0);
    unlink(name);
    kills(SYS_setresuid, 0, 0, 0, 0);
    kills(SYS_chmod, NAME(name), 0777, 0, 0);
}

static void a_hook_has_a_plain_pipe_and_nothing_like_it(void **state)
{
    (void)state;
    static int ends[2];
    works(SYS_pipe2, NAME(ends), O_CLOEXEC, 0, 0);
    kills(SYS_pipe2, NAME(ends), O_CLOEXEC | O_EXCL, 0, 0);        // O_NOTIFICATION_PIPE
    kills(SYS_pipe2, NAME(ends), 0, 0, 0);
    kills(SYS_splice, 0, 0, 1, 0);
    kills(SYS_vmsplice, 1, 0, 0, 0);
    kills(SYS_tee, 0, 1, 1, 0);
}

static void it_claims_the_machine_and_locks_nothing_else(void **state)
{
    (void)state;
    int machine = memfd_create("machine", MFD_CLOEXEC);        // nobody else's: standard input may be a file that somebody has locked
    assert_true(machine >= 0);
    works(SYS_flock, machine, LOCK_EX | LOCK_NB, 0, 0);
    kills(SYS_flock, machine, LOCK_EX, 0, 0);                  // which would wait
    kills(SYS_flock, machine, LOCK_UN, 0, 0);
    kills(SYS_flock, machine, LOCK_SH | LOCK_NB, 0, 0);
    kills(SYS_fcntl, machine, F_SETLK, 0, 0);
    close(machine);
}

static void it_makes_pairs_of_sockets_and_no_other(void **state)
{
    (void)state;
    static int ends[2];
    works(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, NAME(ends));
    kills(SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0);
    kills(SYS_connect, 0, 0, 0, 0);
}

static void it_starts_nothing_and_touches_no_other_process(void **state)
{
    (void)state;
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_clone3, 0, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_kill, getppid(), 0, 0, 0);
    kills(SYS_ptrace, 16, getppid(), 0, 0);
    kills(SYS_setuid, 0, 0, 0, 0);
    kills(SYS_unshare, CLONE_NEWUSER, 0, 0, 0);
    kills(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC, 0);
}

static void it_asks_no_device_anything(void **state)
{
    (void)state;
    kills(SYS_ioctl, 0, TIOCSTI, 0, 0);
    kills(SYS_ioctl, 0, 0x1261, 0, 0);                         // BLKFLSBUF
    kills(SYS_fcntl, 0, F_SETFL, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_for_reading_alone),
        cmocka_unit_test(it_is_not_root_and_reads_what_is_root_s),
        cmocka_unit_test(a_hook_has_a_plain_pipe_and_nothing_like_it),
        cmocka_unit_test(it_claims_the_machine_and_locks_nothing_else),
        cmocka_unit_test(it_makes_pairs_of_sockets_and_no_other),
        cmocka_unit_test(it_starts_nothing_and_touches_no_other_process),
        cmocka_unit_test(it_asks_no_device_anything),
    };
    return cmocka_run_group_tests_name("supervisor-policy", tests, NULL, NULL);
}
