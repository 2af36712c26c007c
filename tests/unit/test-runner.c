// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-runner/: a real runner, its end, and what its children say: identify.c's, which makes a port's light blink, and what else it may
// do; button.c's, which saves a log.  No interface of a test machine has a light, so a driver that has one is played by this program's
// own ioctl().  With a name as its argument it makes that interface's real light blink (tests/end-to-end/inspect-hardware.t).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-runner/identify.h"
#include "p2v-runner/runner.h"
#include "p2v-supervisor/runner.h"
#include "proto/channel.h"
#include "proto/descriptors.h"
#include "tests/unit/locked.h"

static bool has_light;                 // the runner's child inherits it
static int driver_errno;               // what a driver with a light says; 0: it blinks

// In place of the C library's, for the runner's child.
int ioctl(int fd, unsigned long number, ...)
{
    va_list args;
    va_start(args, number);
    void *argument = va_arg(args, void *);
    va_end(args);
    if (!has_light || number != SIOCETHTOOL)
        return (int)syscall(SYS_ioctl, fd, number, argument);
    const struct ifreq *request = argument;
    const struct ethtool_value *light = (void *)request->ifr_data;
    errno = strcmp(request->ifr_name, "lo") != 0 || light->cmd != ETHTOOL_PHYS_ID || light->data == 0 || light->data > 60 ? EINVAL : driver_errno;
    return errno == 0 ? 0 : -1;
}

// A runner, and what a supervisor has of it: this process in its place.
struct running {
    int fd;
    pid_t pid;
};

static char *hook;                     // what RUN_PRE is; NULL: nothing
static bool without_dev;               // the runner and its children see an empty /dev
static int terminal = -1;              // what the runner has for its own
static bool in_background;             // somebody else is in that terminal's foreground

static void take_terminal(void)
{
    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0 || dup2(terminal, STDIN_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0)
        _exit(1);
    pid_t other = in_background ? fork() : -1;
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    if (other > 0 && (setpgid(other, other) < 0 || tcsetpgrp(STDIN_FILENO, other) < 0))
        _exit(1);
}

// supervisor: what its supervisor is to be, in its child; NULL: it has none.
static struct running start_with(void (*supervisor)(void))
{
    const struct runner_list list = { .helper_dir = "/nowhere", .ui_program = "p2v-ui", .pre = hook, .post = hook };
    struct error err;
    int ends[2];
    assert_int_equal(channel_pair(ends), 0);
    struct running runner = { .fd = ends[0], .pid = fork() };
    if (runner.pid == 0) {
        close(ends[0]);
        if (without_dev && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                            mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0))
            _exit(1);
        if (terminal >= 0)
            take_terminal();
        int signals = serve_signals(&err);
        pid_t pid = supervisor != NULL ? fork() : 0;
        if (supervisor != NULL && pid == 0)
            supervisor();
        int status = serve(ends[1], signals, pid, &list);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status));
    }
    close(ends[1]);
    return runner;
}

static struct running start(void)
{
    return start_with(NULL);
}

// Its exit status.
static int stop(struct running *runner)
{
    int status;
    close(runner->fd);
    assert_int_equal(waitpid(runner->pid, &status, 0), runner->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static struct runner_event next(const struct running *runner)
{
    struct runner_event event;
    struct pollfd waiting = { .fd = runner->fd, .events = POLLIN };
    assert_int_equal(poll(&waiting, 1, 20000), 1);
    assert_true(runner_next(runner->fd, &event));
    return event;
}

// The wait status of an identifying of that interface; what it said goes to text.
static int identify(uint32_t index, char *text, size_t size)
{
    struct running runner = start();
    struct error err;
    int out = memfd_create("out", MFD_CLOEXEC);
    assert_int_equal(runner_run(runner.fd, RUN_IDENTIFY, 7, index, &out, 1, &err), 0);
    struct runner_event started = next(&runner), ended = next(&runner);
    assert_true(started.kind == RUNNER_STARTED && started.id == 7 && ended.kind == RUNNER_ENDED && ended.id == 7);
    ssize_t n = pread(out, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(out);
    stop(&runner);
    return ended.status;
}

static void a_port_with_a_light_blinks(void **state)
{
    (void)state;
    char text[512];
    has_light = true;
    driver_errno = 0;
    int status = identify(if_nametoindex("lo"), text, sizeof text);
    has_light = false;
    assert_string_equal(text, "");
    assert_int_equal(status, 0);
}

static void why_one_does_not_blink_comes_back_as_a_sentence(void **state)
{
    (void)state;
    static const struct { int error; const char *says; } refusals[] = { { EBUSY, "the light of network interface lo is blinking already" },
                                                                        { EIO, "cannot make the light of network interface lo blink: " } };
    char text[512];
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        has_light = true;
        driver_errno = refusals[i].error;
        assert_int_equal(identify(if_nametoindex("lo"), text, sizeof text), 1 << 8);
        assert_memory_equal(text, refusals[i].says, strlen(refusals[i].says));
        has_light = false;
    }
}

// The kernel's own answer: it comes after the one about CAP_NET_ADMIN.
static void a_port_without_a_light_is_told_of(void **state)
{
    (void)state;
    char text[512];
    assert_int_equal(identify(if_nametoindex("lo"), text, sizeof text), 1 << 8);
    assert_string_equal(text, geteuid() == 0 ? "the network interface lo cannot be identified: its driver cannot make a light blink"
                                             : "cannot make the light of network interface lo blink: Operation not permitted");
}

static void an_interface_that_is_not_there_is_told_of(void **state)
{
    (void)state;
    char text[512];
    assert_int_equal(identify(INT32_MAX, text, sizeof text), 1 << 8);
    assert_string_equal(text, "there is no network interface number 2147483647 any more: No such device");
}

static void what_is_no_interface_is_not_even_started(void **state)
{
    (void)state;
    static const uint32_t numbers[] = { 0, 0x80000000, UINT32_MAX };
    struct running runner = start();
    struct error err;
    int out = STDOUT_FILENO;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_int_equal(runner_run(runner.fd, RUN_IDENTIFY, (uint32_t)i, numbers[i], &out, 1, &err), 0);
        struct runner_event event = next(&runner);
        assert_true(event.kind == RUNNER_NOT_STARTED && event.id == i && event.status == EINVAL);
    }
    assert_int_equal(runner_run(runner.fd, RUN_DMESG, 3, 1, &out, 1, &err), 0);     // a number for what takes none
    assert_int_equal(next(&runner).kind, RUNNER_NOT_STARTED);
    stop(&runner);
}

// A supervisor that was taken over sends what it likes.  The kernel fills what room there is, to the last byte of padding.
static void more_descriptors_than_a_program_can_have_start_nothing_and_are_closed(void **state)
{
    (void)state;
    struct running runner = start();
    struct error err;
    int fds[RUNNER_MAX_FDS + 1] = { STDOUT_FILENO, STDOUT_FILENO, STDOUT_FILENO, STDOUT_FILENO };
    int pipe_ends[2];
    char byte;
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
    fds[RUNNER_MAX_FDS] = pipe_ends[1];
    struct runner_request request = { .kind = RUNNER_REQUEST_RUN, .number = RUN_DMESG, .id = 5 };
    assert_int_equal(descriptors_send(runner.fd, &request, sizeof request, fds, RUNNER_MAX_FDS + 1, 0), sizeof request);
    close(pipe_ends[1]);
    assert_int_equal(runner_run(runner.fd, RUN_IDENTIFY, 6, 0, fds, 1, &err), 0);
    struct runner_event event = next(&runner);
    assert_true(event.kind == RUNNER_NOT_STARTED && event.id == 6);        // the first was no request at all
    assert_int_equal(read(pipe_ends[0], &byte, 1), 0);                     // and nobody has what came with it
    close(pipe_ends[0]);
    stop(&runner);
}

// ---- the supervisor's end, and signals -----------------------------------------------------------------

static void ends_with_42(void) { _exit(42); }
static void is_killed(void) { raise(SIGKILL); }

static void its_status_is_the_supervisors(void **state)
{
    (void)state;
    struct running runner = start_with(ends_with_42);
    assert_int_equal(stop(&runner), 42);
    runner = start_with(is_killed);
    assert_int_equal(stop(&runner), 100 + SIGKILL);
    runner = start();                      // one of which nothing is known is none that succeeded
    assert_int_equal(stop(&runner), 100 + SIGKILL);
}

// From here on a signal is one that it hears.
static void listens(const struct running *runner)
{
    struct error err;
    int out = STDOUT_FILENO;
    assert_int_equal(runner_run(runner->fd, RUN_IDENTIFY, 1, 0, &out, 1, &err), 0);
    assert_int_equal(next(runner).kind, RUNNER_NOT_STARTED);
}

static void a_signal_to_it_is_told_to_the_supervisor(void **state)
{
    (void)state;
    static const int signals[] = { SIGINT, SIGTERM, SIGQUIT };
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct running runner = start();
        listens(&runner);
        kill(runner.pid, SIGHUP);
        kill(runner.pid, signals[i]);
        struct runner_event event = next(&runner);
        assert_true(event.kind == RUNNER_CANCEL && event.id == 0);
        stop(&runner);
    }
}

// Each signal wakes it before its time: the last helper, which may have a job to end on the server, has its grace all the same.
static void signals_do_not_shorten_the_grace_of_those_that_remain(void **state)
{
    (void)state;
    // One process: 250 of sleep(1) would take longer than the grace where the machine is busy.
    char command[] = "exec perl -e 'for (1 .. 250) { kill TERM => getppid; select undef, undef, undef, 0.005 } print qq(whole\n)'", text[16] = "";
    struct error err;
    int out = memfd_create("out", MFD_CLOEXEC);
    hook = command;
    struct running runner = start();
    assert_int_equal(runner_run(runner.fd, RUN_PRE, 1, 0, &out, 1, &err), 0);
    assert_int_equal(next(&runner).kind, RUNNER_STARTED);
    stop(&runner);
    hook = NULL;
    assert_int_equal(pread(out, text, sizeof text - 1, 0), 6);
    assert_string_equal(text, "whole\n");
    close(out);
}

// The first two are its supervisor's to act on; this one does not, for longer than the three take.
static void does_nothing_for_a_while(void) { sleep(4); _exit(42); }

static void a_third_signal_ends_it_whatever_its_supervisor_does(void **state)
{
    (void)state;
    struct running runner = start_with(does_nothing_for_a_while);
    listens(&runner);
    for (int i = 0; i < 3; i++) {
        kill(runner.pid, SIGTERM);
        assert_int_equal(next(&runner).kind, RUNNER_CANCEL);       // one at a time, or the kernel makes one of them
    }
    assert_int_equal(next(&runner).kind, RUNNER_GONE);
    assert_int_equal(stop(&runner), 42);
}

// One that was taken over asks for what is refused, and reads no answer: that does not hold up who starts and ends everything.
static void a_supervisor_that_reads_nothing_is_ended(void **state)
{
    (void)state;
    struct running runner = start();
    struct runner_request refused = { .kind = RUNNER_REQUEST_RUN, .number = RUN_PROGRAMS };
    ssize_t n = 0;
    for (int left = 400; left > 0 && (n >= 0 || errno == EAGAIN);) {
        n = descriptors_send(runner.fd, &refused, sizeof refused, NULL, 0, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            left -= usleep(50000) == 0;
    }
    int why = errno;
    if (why == EAGAIN)
        kill(runner.pid, SIGKILL);         // nothing else would end it
    assert_int_not_equal(why, EAGAIN);
    assert_int_equal(stop(&runner), 100 + SIGKILL);
}

// It would keep virt-p2v's own standard input, a terminal say.
static void where_there_is_no_null_device_nothing_is_started(void **state)
{
    (void)state;
    char command[] = "exit 3";
    struct error err;
    int out = STDOUT_FILENO;
    if (geteuid() != 0)
        skip();
    hook = command;
    without_dev = true;
    struct running runner = start();
    assert_int_equal(runner_run(runner.fd, RUN_PRE, 1, 0, &out, 1, &err), 0);
    assert_int_equal(next(&runner).kind, RUNNER_STARTED);
    assert_int_equal(next(&runner).status, 127 << 8);
    stop(&runner);
    hook = NULL;
    without_dev = false;
}

// A supervisor that was taken over starts none of the person's commands over and over.
static void each_hook_is_started_once(void **state)
{
    (void)state;
    char command[] = "exit 0";
    struct error err;
    int out = STDOUT_FILENO;
    hook = command;
    struct running runner = start();
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(runner_run(runner.fd, RUN_PRE + i % 2, i, 0, &out, 1, &err), 0);
        struct runner_event event = next(&runner);
        assert_true(event.id == i && event.kind == (i < 2 ? RUNNER_STARTED : RUNNER_NOT_STARTED));
        if (i < 2)
            assert_int_equal(next(&runner).status, 0);
    }
    stop(&runner);
    hook = NULL;
}

// ---- the terminal --------------------------------------------------------------------------------------

// Whether it echoes after a UI that left it without has ended.
static bool echoes_after_a_ui(void)
{
    struct termios settings;
    struct error err;
    int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC), fds[2] = { errors, errors };
    assert_true(pty >= 0 && grantpt(pty) == 0 && unlockpt(pty) == 0);
    terminal = open(ptsname(pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct running runner = start();
    listens(&runner);
    assert_int_equal(tcgetattr(pty, &settings), 0);
    settings.c_lflag &= ~(tcflag_t)ECHO;
    assert_int_equal(tcsetattr(pty, TCSANOW, &settings), 0);
    assert_int_equal(runner_run(runner.fd, RUN_UI, 1, 0, fds, 2, &err), 0);
    assert_int_equal(next(&runner).kind, RUNNER_STARTED);
    assert_int_equal(next(&runner).kind, RUNNER_ENDED);
    assert_int_equal(tcgetattr(pty, &settings), 0);
    stop(&runner);
    close(terminal);
    close(pty);
    close(errors);
    terminal = -1;
    return settings.c_lflag & ECHO;
}

static void a_terminal_that_a_ui_left_is_as_it_was_unless_somebody_else_has_it(void **state)
{
    (void)state;
    assert_true(echoes_after_a_ui());
    in_background = true;
    bool echoes = echoes_after_a_ui();
    in_background = false;
    assert_false(echoes);
}

// ---- the saving of the log -----------------------------------------------------------------------------

// A file can have no more than 256 bytes.
static void why_a_log_is_not_saved_comes_back_as_a_sentence(void **state)
{
    (void)state;
    struct rlimit before, small = { 256, 256 };
    struct error err;
    char text[512] = "";
    int fds[2] = { memfd_create("log", MFD_CLOEXEC), memfd_create("words", MFD_CLOEXEC) };
    assert_int_equal(write(fds[0], text, sizeof text), sizeof text);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &small) == 0);
    struct running runner = start();
    assert_true(signal(SIGXFSZ, SIG_DFL) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &before) == 0);
    assert_int_equal(runner_run(runner.fd, RUN_SAVE_LOG, 1, 0, fds, 2, &err), 0);
    assert_int_equal(next(&runner).kind, RUNNER_STARTED);
    assert_int_not_equal(next(&runner).status, 0);
    ssize_t n = pread(fds[1], text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    assert_memory_equal(text, "the log cannot be written to /var/tmp/virt-p2v-", 47);
    assert_non_null(strstr(text, ".log: File too large"));
    close(fds[0]);
    close(fds[1]);
    stop(&runner);
}

// Nothing is written to either: they take no room.
static void a_thing_that_is_no_log_of_a_run_is_not_saved(void **state)
{
    (void)state;
    struct { int fd; off_t size; } wrong[] = { { open("/dev/zero", O_RDONLY | O_CLOEXEC), 0 }, { memfd_create("log", MFD_CLOEXEC), (16 << 20) + 1 } };
    struct error err;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[512] = "";
        int fds[2] = { wrong[i].fd, memfd_create("words", MFD_CLOEXEC) };
        assert_true(fds[0] >= 0 && (wrong[i].size == 0 || ftruncate(fds[0], wrong[i].size) == 0));
        struct running runner = start();
        assert_int_equal(runner_run(runner.fd, RUN_SAVE_LOG, 1, 0, fds, 2, &err), 0);
        assert_int_equal(next(&runner).kind, RUNNER_STARTED);
        assert_int_equal(next(&runner).status, 1 << 8);
        assert_int_equal(pread(fds[1], text, sizeof text - 1, 0), 44);
        assert_string_equal(text, "what is to be saved is not the log of a run\n");
        close(fds[0]);
        close(fds[1]);
        stop(&runner);
    }
}

// ---- what it holds while it runs -----------------------------------------------------------------------

static void fill(int fd)
{
    char bytes[4096] = "";
    while (write(fd, bytes, sizeof bytes) > 0)
        ;
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

// The value of one line of /proc/PID/status.
static void status_of(pid_t pid, const char *key, char *value, size_t size)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    value[0] = '\0';
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
            snprintf(value, size, "%s", line + strlen(key) + 2);
    fclose(file);
    value[strcspn(value, " \n")] = '\0';
}

static void status_is(pid_t pid, const char *key, const char *expected)
{
    char value[256];
    status_of(pid, key, value, sizeof value);
    if (strcmp(value, expected) != 0)
        fail_msg("%s: %s in place of %s", key, value, expected);
}

// Into a full pipe it cannot say why it did not blink: there it waits, locked.
static void while_it_runs_it_holds_one_capability_and_nothing_else(void **state)
{
    (void)state;
    struct running runner = start();
    struct error err;
    int ends[2];
    char calls[256] = "";
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    fill(ends[1]);
    assert_int_equal(runner_run(runner.fd, RUN_IDENTIFY, 1, if_nametoindex("lo"), &ends[1], 1, &err), 0);
    close(ends[1]);
    struct runner_event started = next(&runner);
    assert_int_equal(started.kind, RUNNER_STARTED);
    for (int i = 0; i < 400 && strcmp(calls, "2") != 0; i++, usleep(50000))
        status_of(started.pid, "Seccomp", calls, sizeof calls);
    status_is(started.pid, "Seccomp", "2");
    status_is(started.pid, "NoNewPrivs", "1");
    bool root = geteuid() == 0;
    static const char *const sets[] = { "CapPrm", "CapEff", "CapInh", "CapAmb" };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        status_is(started.pid, sets[i], root ? "0000000000001000" : "0000000000000000");      // CAP_NET_ADMIN
    if (root) {
        status_is(started.pid, "CapBnd", "0000000000000000");
        status_is(started.pid, "Uid", "60709\t60709\t60709\t60709");
        status_is(started.pid, "Gid", "60709\t60709\t60709\t60709");
        status_is(started.pid, "Groups", "");
    }
    runner_kill(runner.fd, 1);
    struct runner_event ended = next(&runner);
    assert_true(ended.kind == RUNNER_ENDED && WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL);
    close(ends[0]);
    stop(&runner);
}

// Into a full pipe it cannot say anything: there it waits.
static void a_tool_has_a_uid_a_network_and_an_ipc_namespace_of_its_own(void **state)
{
    (void)state;
    static const char *const namespaces[] = { "net", "ipc" };
    if (geteuid() != 0)
        skip();
    struct running runner = start();
    struct error err;
    int ends[2];
    char uid[256] = "";
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    fill(ends[1]);
    assert_int_equal(runner_run(runner.fd, RUN_LSCPU, 1, 0, &ends[1], 1, &err), 0);
    close(ends[1]);
    struct runner_event started = next(&runner);
    assert_int_equal(started.kind, RUNNER_STARTED);
    for (int i = 0; i < 400 && strcmp(uid, "60709\t60709\t60709\t60709") != 0; i++, usleep(50000))
        status_of(started.pid, "Uid", uid, sizeof uid);
    status_is(started.pid, "Uid", "60709\t60709\t60709\t60709");
    status_is(started.pid, "CapBnd", "0000000000000000");
    for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        char path[64], its[64] = "", ours[64] = "";
        snprintf(path, sizeof path, "/proc/%d/ns/%s", started.pid, namespaces[i]);
        assert_true(readlink(path, its, sizeof its - 1) > 0);
        snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i]);
        assert_true(readlink(path, ours, sizeof ours - 1) > 0);
        assert_string_not_equal(its, ours);
    }
    runner_kill(runner.fd, 1);
    assert_int_equal(next(&runner).kind, RUNNER_ENDED);
    close(ends[0]);
    stop(&runner);
}

#define kills(...) locked_kills(&identify_policy, __VA_ARGS__)
#define gives(...) locked_gives(&identify_policy, __VA_ARGS__)

static void what_else_its_capability_could_do_it_cannot(void **state)
{
    (void)state;
    struct ifreq request = { .ifr_ifindex = (int)if_nametoindex("lo") };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    gives(0, SYS_ioctl, fd, SIOCGIFNAME, NAME(&request), 0);
    kills(SYS_ioctl, fd, SIOCSIFFLAGS, NAME(&request), 0);         // takes the interface down
    kills(SYS_ioctl, fd, SIOCSIFADDR, NAME(&request), 0);
    kills(SYS_ioctl, fd, SIOCSIFNAME, NAME(&request), 0);
    kills(SYS_ioctl, fd, SIOCGIFCONF, NAME(&request), 0);
    kills(SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0);                 // routes, addresses, nftables
    kills(SYS_socket, AF_PACKET, SOCK_RAW, 0, 0);
    kills(SYS_socket, AF_INET, SOCK_DGRAM, 0, 0);
    kills(SYS_setsockopt, fd, SOL_SOCKET, SO_MARK, 0);
    kills(SYS_connect, fd, 0, 0, 0);
    kills(SYS_sendmsg, fd, 0, 0, 0);
    kills(SYS_bpf, 0, 0, 0, 0);
    kills(SYS_execve, NAME("/bin/true"), 0, 0, 0);
    kills(SYS_clone, SIGCHLD, 0, 0, 0);
    kills(SYS_openat, AT_FDCWD, NAME("/dev/null"), O_RDONLY, 0);
    kills(SYS_read, 0, 0, 0, 0);
    kills(SYS_write, 2, NAME(""), 0, 0);
    close(fd);
}

static int blink(const char *name)
{
    char text[512];
    int status = identify(if_nametoindex(name), text, sizeof text);
    printf("the light of %s: wait status %d%s%s\n", name, status, text[0] != '\0' ? ": " : "", text);
    return status != 0;
}

int main(int argc, char *argv[])
{
    if (argc == 2)
        return blink(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_with_a_light_blinks),
        cmocka_unit_test(why_one_does_not_blink_comes_back_as_a_sentence),
        cmocka_unit_test(a_port_without_a_light_is_told_of),
        cmocka_unit_test(an_interface_that_is_not_there_is_told_of),
        cmocka_unit_test(what_is_no_interface_is_not_even_started),
        cmocka_unit_test(more_descriptors_than_a_program_can_have_start_nothing_and_are_closed),
        cmocka_unit_test(its_status_is_the_supervisors),
        cmocka_unit_test(a_signal_to_it_is_told_to_the_supervisor),
        cmocka_unit_test(signals_do_not_shorten_the_grace_of_those_that_remain),
        cmocka_unit_test(a_third_signal_ends_it_whatever_its_supervisor_does),
        cmocka_unit_test(a_supervisor_that_reads_nothing_is_ended),
        cmocka_unit_test(where_there_is_no_null_device_nothing_is_started),
        cmocka_unit_test(each_hook_is_started_once),
        cmocka_unit_test(a_terminal_that_a_ui_left_is_as_it_was_unless_somebody_else_has_it),
        cmocka_unit_test(why_a_log_is_not_saved_comes_back_as_a_sentence),
        cmocka_unit_test(a_thing_that_is_no_log_of_a_run_is_not_saved),
        cmocka_unit_test(while_it_runs_it_holds_one_capability_and_nothing_else),
        cmocka_unit_test(a_tool_has_a_uid_a_network_and_an_ipc_namespace_of_its_own),
        cmocka_unit_test(what_else_its_capability_could_do_it_cannot),
    };
    return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
