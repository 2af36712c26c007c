// SPDX-License-Identifier: GPL-2.0-or-later
//
// sandbox/: each layer holds, by trying what it must refuse in a child that has locked itself.  As root every layer is
// tried; as another user those that need no privilege.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/locked.h"

#define TEST_UID 60799

// Enough for the attempts below; execve is not among them.
static const struct sandbox_syscall attempts[] = {
    { SCMP_SYS(unshare), "try" }, { SCMP_SYS(mmap), "try" }, { SCMP_SYS(mprotect), "try" },
    { SCMP_SYS(openat), "try" }, { SCMP_SYS(close), "try" }, { SCMP_SYS(read), "try" }, { SCMP_SYS(write), "try" },
    { SCMP_SYS(socket), "try" }, { SCMP_SYS(connect), "try" }, { SCMP_SYS(bind), "try" }, { SCMP_SYS(setuid), "try" },
    { SCMP_SYS(getuid), "try" }, { SCMP_SYS(getgid), "try" }, { SCMP_SYS(prctl), "try" }, { SCMP_SYS(capget), "try" },
    { SCMP_SYS(getrlimit), "try" }, { SCMP_SYS(prlimit64), "try" }, { SCMP_SYS(clone), "try" },
    { SCMP_SYS(uname), "refused softly", .refuse_errno = EXDEV },
    { SCMP_SYS(rt_sigprocmask), "try" }, { SCMP_SYS(rt_sigreturn), "try" },
    { SCMP_SYS(rt_sigaction), "try, but for SIGSYS", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_LT, SIGSYS) } },
    { SCMP_SYS(exit_group), "end" }, { 0 },
};

static const struct sandbox_path one_path[] = {
    { "/etc/passwd", false, "the one" }, { "/nonexistent/thing", true, "missing, and that is fine" }, { NULL },
};

static struct sandbox_policy policy = {
    .program = "test", .uid = TEST_UID, .paths = one_path, .max_files = 32, .syscalls = attempts,
};

// attempt() finds everything as it should be: 0.
static void assert_holds(int (*attempt)(void))
{
    int status = locked_run(&policy, attempt);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status %#x", status);
}

static bool root(void) { return geteuid() == 0; }

static int ids(void)
{
    return getuid() == TEST_UID && getgid() == TEST_UID && setuid(0) == -1 ? 0 : 1;
}

static void it_becomes_its_own_uid_for_good(void **state)
{
    (void)state;
    if (!root())
        skip();
    assert_holds(ids);
}

static int flags(void)
{
    struct rlimit core;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 2;
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2)
        return 3;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 4;
}

static void it_has_no_new_privs_no_core_no_dump_and_a_filter(void **state)
{
    (void)state;
    assert_holds(flags);
}

static int fork_fails(void)
{
    return fork() == -1 && errno == EAGAIN ? 0 : 1;
}

static void it_cannot_fork_where_the_policy_has_no_process(void **state)
{
    (void)state;
    if (!root())
        skip();
    assert_holds(fork_fails);
}

static int sees_only_its_path(void)
{
    if (open("/etc/passwd", O_RDONLY) < 0)
        return 1;
    if (open("/etc/group", O_RDONLY) >= 0 || open("/", O_RDONLY | O_DIRECTORY) >= 0)
        return 2;
    return open("/etc/passwd", O_WRONLY) >= 0 || open("/new", O_WRONLY | O_CREAT, 0600) >= 0 ? 3 : 0;
}

static void landlock_alone_shows_only_the_policys_paths(void **state)
{
    (void)state;
    policy.namespaces = 0;
    assert_holds(sees_only_its_path);
}

static int sees_an_empty_root(void)
{
    if (open("/etc/passwd", O_RDONLY) < 0)
        return 1;
    if (open("/etc/group", O_RDONLY) >= 0 || errno != ENOENT)
        return 2;
    return open("/usr/bin/env", O_RDONLY) >= 0 || errno != ENOENT ? 3 : 0;
}

static void the_empty_root_holds_only_the_policys_paths(void **state)
{
    (void)state;
    if (!root())
        skip();
    policy.namespaces = CLONE_NEWNS;
    assert_holds(sees_an_empty_root);
    policy.namespaces = 0;
}

static int user_namespace_refused(void)
{
    return unshare(CLONE_NEWUSER) == -1 && errno == EPERM ? 0 : 1;
}

static void the_empty_root_is_one_that_no_user_namespace_is_made_in(void **state)
{
    (void)state;
    if (!root())
        skip();
    policy.namespaces = CLONE_NEWNS;
    assert_holds(user_namespace_refused);
    policy.namespaces = 0;
}

// Linux 6.3; an older one does not know the question.
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif

static int no_code_is_written(void)
{
    if (prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0)
        return errno == EINVAL ? 0 : 1;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 || errno != EACCES)
        return 2;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 3;
}

static void memory_that_was_written_is_not_executed_where_the_kernel_can_refuse_it(void **state)
{
    (void)state;
    assert_holds(no_code_is_written);
}

static int connect_loopback(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : 0;
}

static int network_is_unreachable(void)
{
    int error = connect_loopback();
    return error == ENETUNREACH || error == EACCES ? 0 : 1;
}

static void a_network_namespace_reaches_nothing(void **state)
{
    (void)state;
    if (!root())
        skip();
    policy.namespaces = CLONE_NEWNET;
    assert_holds(network_is_unreachable);
    policy.namespaces = 0;
}

static int bind_refused(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect_loopback() != ECONNREFUSED)                 // the network itself is there
        return 1;
    return bind(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno == EACCES ? 0 : 2;
}

static void a_program_with_the_network_connects_but_binds_no_tcp_port(void **state)
{
    (void)state;
    assert_holds(bind_refused);
}

static int forbidden(void)
{
    char *argv[] = { (char *)"true", NULL };
    execv("/bin/true", argv);
    return 0;
}

static void a_system_call_that_is_not_listed_kills(void **state)
{
    (void)state;
    int status = locked_run(&policy, forbidden);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

// Runs attempt() as a locked child, which must end by SIGSYS; what it wrote to standard error goes to words.
static void dies_saying(int (*attempt)(void), char *words, size_t size)
{
    int before = dup(STDERR_FILENO), file = memfd_create("words", MFD_CLOEXEC);
    assert_true(before >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    int status = locked_run(&policy, attempt);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    ssize_t n = pread(file, words, size - 1, 0);
    words[n > 0 ? n : 0] = '\0';
    close(before);
    close(file);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("status %#x", status);
}

static int unknown_number(void)
{
    return (int)syscall(1000, 0, 0, 0);
}

static void it_says_which_system_call_ended_it(void **state)
{
    (void)state;
    char words[256];
    dies_saying(forbidden, words, sizeof words);
    assert_string_equal(words, "test: it tried the system call execve, which its policy does not permit\n");
    dies_saying(unknown_number, words, sizeof words);
    assert_string_equal(words, "test: it tried the system call of an unknown number, which its policy does not permit\n");
}

static void live_on(int signal)
{
    (void)signal;
}

// What a process that has been taken over might do to survive a refused call.  The raw call: the C library checks nothing then.
static int takes_the_handler(void)
{
    struct { void (*handler)(int); unsigned long flags; void *restorer; unsigned long mask; } action = { .handler = live_on };
    for (int tries = 0; tries < 3; tries++)
        syscall(SCMP_SYS(rt_sigaction), SIGSYS, &action, NULL, 8);
    return 0;
}

static int takes_the_handler_by_a_number_that_only_looks_larger(void)
{
    struct { void (*handler)(int); unsigned long flags; void *restorer; unsigned long mask; } action = { .handler = live_on };
    syscall(SCMP_SYS(rt_sigaction), INT64_C(1) << 32 | SIGSYS, &action, NULL, 8);
    return 0;
}

static int blocks_the_signal(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    forbidden();
    forbidden();
    return 0;
}

static int names_the_last_call(void)
{
    syscall(SCMP_SYS(kexec_load), 0, 0, 0, 0);
    return 0;
}

static void nothing_survives_a_refused_call(void **state)
{
    (void)state;
    static int (*const attempts_to_live[])(void) = { takes_the_handler, takes_the_handler_by_a_number_that_only_looks_larger,
                                                     blocks_the_signal, names_the_last_call };
    char words[256];
    for (size_t i = 0; i < sizeof attempts_to_live / sizeof attempts_to_live[0]; i++)
        dies_saying(attempts_to_live[i], words, sizeof words);
}

static int has_no_standard_error(void)
{
    close(STDERR_FILENO);
    forbidden();
    return 0;
}

static void nor_where_its_words_cannot_be_written(void **state)
{
    (void)state;
    char words[256];
    dies_saying(has_no_standard_error, words, sizeof words);
    assert_string_equal(words, "");
}

static void with_threads_the_kernel_ends_it_at_once(void **state)
{
    (void)state;
    char words[256];
    policy.max_processes = 8;
    dies_saying(forbidden, words, sizeof words);
    policy.max_processes = 0;
    assert_string_equal(words, "");
}

static int refused_softly(void)
{
    char buffer[512];
    return syscall(SCMP_SYS(uname), buffer) == -1 && errno == EXDEV ? 0 : 1;
}

static void a_call_that_is_refused_softly_fails_with_its_error(void **state)
{
    (void)state;
    assert_holds(refused_softly);
}

static void a_path_that_must_be_there_and_is_not_is_an_error(void **state)
{
    (void)state;
    static const struct sandbox_path missing[] = { { "/nonexistent/thing", false, "needed" }, { NULL } };
    policy.paths = missing;
    int status = locked_run(&policy, flags);
    policy.paths = one_path;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == LOCK_FAILED);
}

// ---- what cannot be shown by its path: in a directory that the new root covers ---------------------------

static char directory[] = "/tmp/p2v-test-sandbox-XXXXXX";
static struct sockaddr_un server = { .sun_family = AF_UNIX }, neighbour = { .sun_family = AF_UNIX };
static char secret[64];

static int listen_at(struct sockaddr_un *at, const char *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at->sun_path, sizeof at->sun_path, "%s/%s", directory, name);
    return fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof *at) == 0 && chmod(at->sun_path, 0777) == 0 && listen(fd, 4) == 0 ? fd : -1;
}

static int connect_to(const struct sockaddr_un *to)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 ? errno : 0;
}

static int reads_its_copy(void)
{
    char bytes[16] = "";
    int fd = open(secret, O_RDONLY);
    if (fd < 0 || read(fd, bytes, sizeof bytes) != 6 || memcmp(bytes, "cookie", 6) != 0)
        return 1;
    return open(secret, O_WRONLY) < 0 && (errno == EACCES || errno == EROFS) ? 0 : 2;
}

static int connects_to_the_one(void)
{
    if (connect_to(&server) != 0)
        return 1;
    return connect_to(&neighbour) == ENOENT && reads_its_copy() == 0 ? 0 : 2;
}

static void a_socket_is_connected_to_and_a_file_is_copied_wherever_they_lie(void **state)
{
    (void)state;
    if (!root())
        skip();
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chmod(directory, 0700), 0);
    int one = listen_at(&server, "one"), other = listen_at(&neighbour, "other");
    snprintf(secret, sizeof secret, "%s/secret", directory);
    int fd = open(secret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(one >= 0 && other >= 0 && fd >= 0 && write(fd, "cookie", 6) == 6 && close(fd) == 0);
    const struct sandbox_path paths[] = {
        { server.sun_path, false, "the server", SANDBOX_CONNECT }, { secret, false, "its cookie", SANDBOX_COPY },
        { "/nonexistent/thing", true, "missing, and that is fine", SANDBOX_COPY }, { NULL },
    };
    policy.paths = paths;
    policy.namespaces = CLONE_NEWNS;
    int status = locked_run(&policy, connects_to_the_one);
    policy.paths = one_path;
    policy.namespaces = 0;
    assert_true(unlink(secret) == 0 && unlink(server.sun_path) == 0 && unlink(neighbour.sun_path) == 0 && rmdir(directory) == 0);
    close(one);
    close(other);
    assert_int_equal(status, 0);
}

static void a_file_that_is_too_large_is_not_copied(void **state)
{
    (void)state;
    if (!root())
        skip();
    static const struct sandbox_path large[] = { { "/proc/self/exe", false, "no cookie", SANDBOX_COPY }, { NULL } };
    policy.paths = large;
    policy.namespaces = CLONE_NEWNS;
    int status = locked_run(&policy, flags);
    policy.paths = one_path;
    policy.namespaces = 0;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == LOCK_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_becomes_its_own_uid_for_good),
        cmocka_unit_test(it_has_no_new_privs_no_core_no_dump_and_a_filter),
        cmocka_unit_test(it_cannot_fork_where_the_policy_has_no_process),
        cmocka_unit_test(landlock_alone_shows_only_the_policys_paths),
        cmocka_unit_test(the_empty_root_holds_only_the_policys_paths),
        cmocka_unit_test(the_empty_root_is_one_that_no_user_namespace_is_made_in),
        cmocka_unit_test(memory_that_was_written_is_not_executed_where_the_kernel_can_refuse_it),
        cmocka_unit_test(a_network_namespace_reaches_nothing),
        cmocka_unit_test(a_program_with_the_network_connects_but_binds_no_tcp_port),
        cmocka_unit_test(a_system_call_that_is_not_listed_kills),
        cmocka_unit_test(it_says_which_system_call_ended_it),
        cmocka_unit_test(nothing_survives_a_refused_call),
        cmocka_unit_test(nor_where_its_words_cannot_be_written),
        cmocka_unit_test(with_threads_the_kernel_ends_it_at_once),
        cmocka_unit_test(a_call_that_is_refused_softly_fails_with_its_error),
        cmocka_unit_test(a_path_that_must_be_there_and_is_not_is_an_error),
        cmocka_unit_test(a_socket_is_connected_to_and_a_file_is_copied_wherever_they_lie),
        cmocka_unit_test(a_file_that_is_too_large_is_not_copied),
    };
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
