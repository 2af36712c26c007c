// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/policy.c: what a locked p2v-export cannot do, by trying it in a child that has taken the real lock.  Most
// attempts end that child by SIGSYS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&export_policy, __VA_ARGS__)
#define gives(...) locked_gives(&export_policy, __VA_ARGS__)

// What the attempts have at hand.
static int disk, read_only, stream[2];         // the disk; the same as the supervisor opens it

static int set_up(void **state)
{
    (void)state;
    disk = memfd_create("disk", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", disk);
    read_only = open(path, O_RDONLY | O_CLOEXEC);
    return read_only < 0 || ftruncate(disk, 4096) < 0 ? -1 : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream);
}

static void it_cannot_open_anything(void **state)
{
    (void)state;
    kills(SYS_openat, AT_FDCWD, NAME("/"), O_RDONLY, 0);
    kills(SYS_openat2, AT_FDCWD, NAME("/"), 0, 0);
    kills(SYS_memfd_create, NAME("x"), 0, 0, 0);
    kills(SYS_open_by_handle_at, 0, 0, 0, 0);
}

// It has one queue of reads in the background, made before the lock.
static void it_cannot_make_another_way_to_the_disk(void **state)
{
    (void)state;
    long context = 0;
    kills(SYS_io_setup, 1, NAME(&context), 0, 0);
    kills(SYS_io_uring_setup, 1, 0, 0, 0);
    kills(SYS_io_uring_enter, disk, 0, 0, 0);
    kills(SYS_eventfd2, 0, 0, 0, 0);
    kills(SYS_copy_file_range, disk, 0, stream[0], 0);
    kills(SYS_splice, disk, 0, stream[0], 0);
}

static void it_cannot_make_or_connect_a_socket(void **state)
{
    (void)state;
    const int families[] = { AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        kills(SYS_socket, families[i], SOCK_STREAM, 0, 0);
    kills(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0);
    kills(SYS_connect, stream[0], 0, 0, 0);
    kills(SYS_bind, stream[0], 0, 0, 0);
    kills(SYS_listen, stream[0], 1, 0, 0);
}

static void it_cannot_start_a_process_or_a_thread(void **state)
{
    (void)state;
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_clone3, 0, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_execveat, disk, NAME(""), 0, 0);
}

static void it_cannot_write_to_the_disk(void **state)
{
    (void)state;
    kills(SYS_write, disk, NAME("x"), 1, 0);
    kills(SYS_pwrite64, disk, NAME("x"), 1, 0);
    kills(SYS_ftruncate, disk, 0, 0, 0);
    kills(SYS_fallocate, disk, 0, 0, 4096);
    kills(SYS_ioctl, disk, 0x1277, 0, 0);                  // BLKDISCARD
    gives(EBADF, SYS_sendfile, read_only, disk, 0, 1);
}

static void it_cannot_map_memory_let_alone_code(void **state)
{
    (void)state;
    kills(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_brk, 0, 0, 0, 0);
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
}

static void socket_options_and_descriptor_flags_are_the_named_ones_alone(void **state)
{
    (void)state;
    kills(SYS_setsockopt, stream[0], SOL_SOCKET, SO_ATTACH_FILTER, 0);
    kills(SYS_getsockopt, stream[0], SOL_SOCKET, SO_PEERCRED, 0);
    kills(SYS_fcntl, stream[0], F_DUPFD, 0, 0);
    kills(SYS_fcntl, disk, F_SETFL, O_NONBLOCK, 0);
}

static void at_most_fifteen_system_calls_are_permitted(void **state)
{
    (void)state;
    unsigned different = 0;
    for (const struct sandbox_syscall *call = export_policy.syscalls; call->reason != NULL; call++)
        different += call->refuse_errno == 0 && (call == export_policy.syscalls || call[-1].number != call->number);
    assert_in_range(different, 1, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_cannot_open_anything),
        cmocka_unit_test(it_cannot_make_another_way_to_the_disk),
        cmocka_unit_test(it_cannot_make_or_connect_a_socket),
        cmocka_unit_test(it_cannot_start_a_process_or_a_thread),
        cmocka_unit_test(it_cannot_write_to_the_disk),
        cmocka_unit_test(it_cannot_map_memory_let_alone_code),
        cmocka_unit_test(it_cannot_touch_other_processes_or_its_own_lock),
        cmocka_unit_test(socket_options_and_descriptor_flags_are_the_named_ones_alone),
        cmocka_unit_test(at_most_fifteen_system_calls_are_permitted),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
