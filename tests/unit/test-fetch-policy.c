// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-fetch/policy.c: what a locked p2v-fetch cannot do, by trying it in a child that has taken the real lock.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-fetch/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&fetch_policy, __VA_ARGS__)
#define gives(...) locked_gives(&fetch_policy, __VA_ARGS__)

static int tcp;                        // a socket that the attempts have at hand

static int set_up(void **state)
{
    (void)state;
    tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return tcp < 0 ? -1 : 0;
}

static void it_opens_the_resolvers_files_and_no_others(void **state)
{
    (void)state;
    gives(0, SYS_openat, AT_FDCWD, NAME("/etc/hosts"), O_RDONLY, 0);
    int status = locked_call(&fetch_policy, SYS_openat, AT_FDCWD, NAME("/etc/passwd"), O_RDONLY, 0);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == ENOENT || WEXITSTATUS(status) == EACCES));
    kills(SYS_openat, AT_FDCWD, NAME("/etc/hosts"), O_WRONLY, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/x"), O_RDONLY | O_CREAT, 0600);
    kills(SYS_openat, AT_FDCWD, NAME("/"), O_RDWR | O_TMPFILE, 0600);
    kills(SYS_openat2, AT_FDCWD, NAME("/"), 0, 0);
    kills(SYS_memfd_create, NAME("x"), 0, 0, 0);
    kills(SYS_io_uring_setup, 1, 0, 0, 0);
    kills(SYS_unlink, NAME("/etc/hosts"), 0, 0, 0);
}

static void it_is_a_client_of_the_internet_and_nothing_else(void **state)
{
    (void)state;
    gives(0, SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    gives(0, SYS_socket, AF_INET, SOCK_DGRAM, 0, 0);
    gives(EAFNOSUPPORT, SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    gives(EAFNOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0);
    gives(EACCES, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_PACKET, SOCK_RAW, 0, 0);
    kills(SYS_socket, AF_VSOCK, SOCK_STREAM, 0, 0);
    kills(SYS_listen, tcp, 1, 0, 0);
    kills(SYS_accept, tcp, 0, 0, 0);
    kills(SYS_accept4, tcp, 0, 0, 0);
    kills(SYS_setsockopt, tcp, SOL_SOCKET, SO_ATTACH_FILTER, 0);
    kills(SYS_setsockopt, tcp, SOL_SOCKET, SO_BINDTODEVICE, 0);
    kills(SYS_ioctl, tcp, 0x8914, 0, 0);                   // SIOCSIFFLAGS
}

static void it_makes_no_raw_socket(void **state)
{
    (void)state;
    kills(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP, 0);
    kills(SYS_socket, AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6, 0);
    kills(SYS_socket, AF_INET, SOCK_PACKET, 0, 0);
}

static void it_binds_udp_alone_and_no_port_of_roots(void **state)
{
    (void)state;
    struct sockaddr_in any = { .sin_family = AF_INET };
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    gives(0, SYS_bind, udp, NAME(&any), sizeof any, 0);
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    if (abi >= 4)
        gives(EACCES, SYS_bind, tcp, NAME(&any), sizeof any, 0);
    any.sin_port = htons(53);
    if (geteuid() == 0)
        gives(EACCES, SYS_bind, udp, NAME(&any), sizeof any, 0);
    close(udp);
}

static void it_cannot_start_a_process_or_a_thread(void **state)
{
    (void)state;
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_clone3, 0, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_execveat, AT_FDCWD, NAME("/bin/true"), 0, 0);
}

static void it_cannot_make_code(void **state)
{
    (void)state;
    kills(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC, 0);
}

static void it_cannot_touch_other_processes_or_its_own_lock(void **state)
{
    (void)state;
    kills(SYS_ptrace, 16, getppid(), 0, 0);
    kills(SYS_kill, getppid(), 0, 0, 0);
    kills(SYS_process_vm_readv, getppid(), 0, 0, 0);
    kills(SYS_setuid, 0, 0, 0, 0);
    kills(SYS_unshare, CLONE_NEWUSER, 0, 0, 0);
    kills(SYS_prctl, 4, 1, 0, 0);
    kills(SYS_fcntl, tcp, F_DUPFD, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_the_resolvers_files_and_no_others),
        cmocka_unit_test(it_is_a_client_of_the_internet_and_nothing_else),
        cmocka_unit_test(it_makes_no_raw_socket),
        cmocka_unit_test(it_binds_udp_alone_and_no_port_of_roots),
        cmocka_unit_test(it_cannot_start_a_process_or_a_thread),
        cmocka_unit_test(it_cannot_make_code),
        cmocka_unit_test(it_cannot_touch_other_processes_or_its_own_lock),
    };
    return cmocka_run_group_tests_name("fetch-policy", tests, set_up, NULL);
}
