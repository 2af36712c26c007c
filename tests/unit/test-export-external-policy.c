// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export/external-policy.c: what an external NBD server cannot do, by trying it in a child that has taken the real lock:
// as external.c completes it, with a disk and a directory for the socket.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/external.h"
#include "p2v-export/policy.h"
#include "tests/unit/locked.h"

static struct external external;
static int disk;

#define kills(...) locked_kills(&external.policy, __VA_ARGS__)
#define gives(...) locked_gives(&external.policy, __VA_ARGS__)

static int set_up(void **state)
{
    (void)state;
    struct error err;
    const char *name = nbd_server_program(nbd_server_by_name("nbdkit", 6)) != NULL ? "nbdkit" : "qemu-nbd";
    disk = open("/proc/self/exe", O_RDONLY);               // any file
    if (geteuid() != 0)
        return 0;                                          // .pid stays 0: see needs_root()
    if (disk < 0 || !external_choose(&external, name, &err) || external_prepare(&external, disk, false, &err) < 0)
        return -1;
    external.pid = -1;
    return 0;
}

static void needs_root(void)
{
    if (external.pid == 0)
        skip();
}

static void it_has_no_network(void **state)
{
    (void)state;
    needs_root();
    const int families[] = { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        kills(SYS_socket, families[i], SOCK_STREAM, 0, 0);
    gives(0, SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
}

static void it_sees_no_file_but_those_it_needs(void **state)
{
    (void)state;
    needs_root();
    gives(0, SYS_openat, AT_FDCWD, NAME("/disk"), O_RDONLY, 0);
    gives(0, SYS_openat, AT_FDCWD, NAME(external.program), O_RDONLY, 0);
    gives(0, SYS_openat, AT_FDCWD, NAME("/dev/null"), O_RDWR, 0);
    const char *const hidden[] = { "/etc/passwd", "/proc/self/status", "/sys/kernel", "/dev/sda", "/usr/bin/sh", "/usr/share", "/tmp" };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        gives(ENOENT, SYS_openat, AT_FDCWD, NAME(hidden[i]), O_RDONLY, 0);
}

static void it_changes_no_file(void **state)
{
    (void)state;
    needs_root();
    gives(EACCES, SYS_openat, AT_FDCWD, NAME("/disk"), O_RDWR, 0);
    gives(EPERM, SYS_openat, AT_FDCWD, NAME("/socket/file"), O_WRONLY | O_CREAT, 0600);
    kills(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_WRONLY | O_TRUNC, 0);
    kills(SYS_pwrite64, disk, NAME("x"), 1, 0);
    kills(SYS_ftruncate, disk, 0, 0, 0);
    kills(SYS_fallocate, disk, 0, 0, 4096);
    kills(SYS_ioctl, disk, BLKDISCARD, 0, 0);
    kills(SYS_fchmod, disk, 0666, 0, 0);
    kills(SYS_mknodat, AT_FDCWD, NAME("/socket/device"), S_IFBLK | 0600, 0);
    kills(SYS_mount, 0, 0, 0, 0);
}

static void it_starts_no_other_program(void **state)
{
    (void)state;
    needs_root();
    char *argv[] = { NULL };
    gives(ENOENT, SYS_execve, NAME("/bin/sh"), NAME(argv), NAME(argv), 0);
    kills(SYS_execveat, disk, NAME(""), NAME(argv), NAME(argv));
    kills(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0);
    kills(SYS_unshare, CLONE_NEWUSER, 0, 0, 0);
}

static void what_it_writes_it_cannot_execute(void **state)
{
    (void)state;
    needs_root();
    kills(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_mmap, 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
    kills(SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC, 0);
    kills(SYS_memfd_create, NAME("x"), 0, 0, 0);
}

static void it_touches_no_other_process(void **state)
{
    (void)state;
    needs_root();
    kills(SYS_ptrace, 16, getppid(), 0, 0);
    kills(SYS_kill, getppid(), SIGTERM, 0, 0);
    kills(SYS_process_vm_readv, getppid(), 0, 0, 0);
    kills(SYS_setuid, 0, 0, 0, 0);
    kills(SYS_open_by_handle_at, 0, 0, 0, 0);
}

static void it_cannot_go_round_the_list(void **state)
{
    (void)state;
    needs_root();
    gives(ENOSYS, SYS_io_uring_setup, 1, 0, 0, 0);
    gives(ENOSYS, SYS_clone3, 0, 0, 0, 0);
    kills(SYS_seccomp, 0, 0, 0, 0);
    kills(SYS_bpf, 0, 0, 0, 0);
}

static void only_a_file_that_others_may_not_read_brings_a_capability(void **state)
{
    (void)state;
    needs_root();
    assert_null(external.policy.capabilities);
    struct external other;
    struct error err;
    int secret = memfd_create("disk", MFD_CLOEXEC);
    assert_int_equal(fchmod(secret, 0600), 0);
    assert_true(external_choose(&other, external.server->name, &err));
    assert_int_equal(external_prepare(&other, secret, false, &err), 0);
    assert_non_null(other.policy.capabilities);
    close(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_no_network),
        cmocka_unit_test(it_sees_no_file_but_those_it_needs),
        cmocka_unit_test(it_changes_no_file),
        cmocka_unit_test(it_starts_no_other_program),
        cmocka_unit_test(what_it_writes_it_cannot_execute),
        cmocka_unit_test(it_touches_no_other_process),
        cmocka_unit_test(it_cannot_go_round_the_list),
        cmocka_unit_test(only_a_file_that_others_may_not_read_brings_a_capability),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
