// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui-gtk/policy.c: what a locked p2v-ui-gtk cannot do, by trying it in a child that has taken the real lock.  That GTK can do
// what it must is in tests/integration/ui-gtk.t.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-ui-gtk/policy.h"
#include "tests/unit/locked.h"

#define kills(...) locked_kills(&ui_gtk_policy, __VA_ARGS__)
#define gives(...) locked_gives(&ui_gtk_policy, __VA_ARGS__)

static int unix_socket, terminal;      // that the attempts have at hand

static int set_up(void **state)
{
    (void)state;
    unix_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    return unix_socket < 0 || terminal < 0 ? -1 : 0;
}

static void it_reaches_no_network(void **state)
{
    (void)state;
    gives(0, SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    gives(EAFNOSUPPORT, SYS_socket, AF_INET, SOCK_STREAM, 0, 0);
    gives(EAFNOSUPPORT, SYS_socket, AF_INET6, SOCK_DGRAM, 0, 0);
    gives(EAFNOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0);
    kills(SYS_socket, AF_PACKET, SOCK_RAW, 0, 0);
    kills(SYS_socket, AF_VSOCK, SOCK_STREAM, 0, 0);
    kills(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0, 0);
    kills(SYS_bind, unix_socket, 0, 0, 0);
    kills(SYS_listen, unix_socket, 1, 0, 0);
    kills(SYS_accept4, unix_socket, 0, 0, 0);
}

// Started by root alone: another user's program sees what that user's programs see.
static void it_reaches_no_socket_but_the_displays(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "/var/tmp/p2v-test-ui-gtk-policy" };
    struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0p2v-test-ui-gtk-policy" };
    struct sockaddr_un *const both[] = { &path, &abstract };
    unlink(path.sun_path);
    for (size_t i = 0; i < 2; i++) {
        int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(server, (struct sockaddr *)both[i], sizeof path), 0);
        assert_int_equal(listen(server, 1), 0);
        int status = locked_call(&ui_gtk_policy, SYS_connect, unix_socket, NAME(both[i]), sizeof path, 0);
        int error = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        assert_true(i == 0 ? error == ENOENT : error == ECONNREFUSED || error == EPERM);   // the namespace, or Landlock first
        close(server);
    }
    unlink(path.sun_path);
}

static void it_writes_no_file_and_reads_no_other(void **state)
{
    (void)state;
    gives(0, SYS_openat, AT_FDCWD, NAME("/usr/share/fonts"), O_RDONLY | O_DIRECTORY, 0);
    int status = locked_call(&ui_gtk_policy, SYS_openat, AT_FDCWD, NAME("/etc/passwd"), O_RDONLY, 0);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == ENOENT || WEXITSTATUS(status) == EACCES));
    gives(EROFS, SYS_openat, AT_FDCWD, NAME("/x"), O_WRONLY | O_CREAT, 0600);
    gives(EROFS, SYS_openat, AT_FDCWD, NAME("/etc/fonts/fonts.conf"), O_RDWR, 0);
    gives(EROFS, SYS_unlink, NAME("/etc/fonts/fonts.conf"), 0, 0, 0);
    gives(EROFS, SYS_mkdir, NAME("/x"), 0700, 0, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/etc/fonts/fonts.conf"), O_WRONLY, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/"), O_RDWR | O_TMPFILE, 0600);
    kills(SYS_openat2, AT_FDCWD, NAME("/"), 0, 0);
    kills(SYS_truncate, NAME("/etc/fonts/fonts.conf"), 0, 0, 0);
    kills(SYS_mknodat, AT_FDCWD, NAME("/x"), 0600, 0);
    kills(SYS_io_uring_setup, 1, 0, 0, 0);
}

static void it_has_threads_but_starts_no_process(void **state)
{
    (void)state;
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_execveat, AT_FDCWD, NAME("/bin/true"), 0, 0);
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER, 0, 0, 0);
    kills(SYS_fork, 0, 0, 0, 0);
    kills(SYS_vfork, 0, 0, 0, 0);
    gives(ENOSYS, SYS_clone3, 0, 0, 0, 0);
}

static void it_cannot_make_code(void **state)
{
    (void)state;
    kills(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS);
    kills(SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC, 0);
}

static void it_cannot_touch_the_terminal_or_shared_memory(void **state)
{
    (void)state;
    char key = 'x';
    kills(SYS_ioctl, terminal, 0x5412, NAME(&key), 0);                 // TIOCSTI
    kills(SYS_ioctl, terminal, 0x540E, 0, 0);                          // TIOCSCTTY
    gives(ENOTTY, SYS_ioctl, terminal, 0x5401, NAME(&key), 0);         // TCGETS
    gives(ENOSYS, SYS_shmget, 0, 4096, 01600, 0);
    kills(SYS_shmat, 0, 0, 0, 0);
}

static void it_cannot_touch_other_processes_or_its_own_lock(void **state)
{
    (void)state;
    kills(SYS_ptrace, 16, getppid(), 0, 0);
    kills(SYS_kill, getppid(), 0, 0, 0);
    kills(SYS_process_vm_readv, getppid(), 0, 0, 0);
    kills(SYS_pidfd_open, getppid(), 0, 0, 0);
    kills(SYS_mount, NAME("none"), NAME("/"), NAME("tmpfs"), 0);
    kills(SYS_umount2, NAME("/"), 0, 0, 0);
    kills(SYS_unshare, CLONE_NEWUSER, 0, 0, 0);
    kills(SYS_setns, 0, 0, 0, 0);
    kills(SYS_setuid, 0, 0, 0, 0);
    kills(SYS_prctl, 4, 1, 0, 0);                                      // PR_SET_DUMPABLE
    kills(SYS_bpf, 0, 0, 0, 0);
    kills(SYS_keyctl, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reaches_no_network),
        cmocka_unit_test(it_reaches_no_socket_but_the_displays),
        cmocka_unit_test(it_writes_no_file_and_reads_no_other),
        cmocka_unit_test(it_has_threads_but_starts_no_process),
        cmocka_unit_test(it_cannot_make_code),
        cmocka_unit_test(it_cannot_touch_the_terminal_or_shared_memory),
        cmocka_unit_test(it_cannot_touch_other_processes_or_its_own_lock),
    };
    return cmocka_run_group_tests_name("ui-gtk-policy", tests, set_up, NULL);
}
