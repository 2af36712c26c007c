// SPDX-License-Identifier: GPL-2.0-or-later
//
// A child of the runner becomes a program: what each may keep.  Touches: the descriptors it is given, /dev/null.
//
//  supervisor  its channel on fd 3, the standard descriptors; it starts with the runner's rights and locks itself.
//  helper  its channel on fd 3, its standard error in a file the supervisor reads; a UI that is not on a display keeps the terminal.
//          It starts with the runner's rights and locks itself (sandbox/).  A p2v-export that is to run another NBD
//          server gets its disk on fd 4: the lock has to make it visible to that server.  No file grows beyond 1 MiB by it, its
//          standard error above all, which is memory: what it says beyond that is lost, but it goes on.  A UI may write more.
//  systemd-inhibit   has logind keep the machine awake until its channel closes, which the cat that it runs reads.  Root's uid,
//          for which logind does it unasked, and no capability.
//  tool    dmesg, lspci ...: a uid for all of them, no capability but what dmesg needs, no network (serve.c); output in a file.
//  hook    p2v.pre, p2v.post, p2v.fail: the person's own command, with the rights virt-p2v was started with; its output in a
//          pipe, the terminal still its own to open.
//  logger  what a hook has printed, into the system's log, under the hook's name: as a tool.
#include "p2v-runner/runner.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "p2v-runner/identify.h"
#include "proto/helper.h"

#define MAX_OUTPUT (1 << 20)           // bytes of a file; the remote directory gets small ones
#define TOOL_MAX_SECONDS 10

static char safe_path[] = "PATH=" RUNNER_PATH;
static char c_locale[] = "LC_ALL=C.UTF-8";
// What is freed is overwritten, by glibc (mallopt(3), M_PERTURB; its cache of small pieces would not be): libraries leave keys and passwords
// in what they free.
static char wiped_heap[] = "GLIBC_TUNABLES=glibc.malloc.perturb=255:glibc.malloc.tcache_count=0";
static char root_home[] = "HOME=/";

static const char *const tool_argv[][3] = {
    // NOLINTNEXTLINE(misc-redundant-expression): the first of them
    [RUN_DMESG - RUN_FIRST_TOOL] = { "dmesg" },
    [RUN_LSCPU - RUN_FIRST_TOOL] = { "lscpu" },
    [RUN_LSPCI - RUN_FIRST_TOOL] = { "lspci", "-vvv" },
    [RUN_LSSCSI - RUN_FIRST_TOOL] = { "lsscsi", "-v" },
    [RUN_LSUSB - RUN_FIRST_TOOL] = { "lsusb", "-v" },
};

_Noreturn void runner_cannot_run(void)
{
    _exit(errno == ENOENT ? 127 : 126);
}

int runner_open_null(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        runner_cannot_run();
    return fd;
}

void runner_arrange_fds(const int *wanted, int count)
{
    int moved[RUNNER_MAX_INPUTS];
    for (int i = 0; i < count; i++) {       // out of each other's way first
        moved[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD, 64);
        if (wanted[i] >= 0 && moved[i] < 0)
            runner_cannot_run();
    }
    for (int i = 0; i < count; i++)
        if (moved[i] >= 0 && dup2(moved[i], i) < 0)
            runner_cannot_run();
    sandbox_close_from(count);
}

void runner_unblock_signals(bool defaults)
{
    static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGTTOU, SIGXFSZ };
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], defaults ? SIG_DFL : SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// A limit that is lower already is the person's.
static void limit_output(void)
{
    struct rlimit size;
    if (getrlimit(RLIMIT_FSIZE, &size) < 0)
        runner_cannot_run();
    size.rlim_max = size.rlim_cur = size.rlim_max < MAX_OUTPUT ? size.rlim_max : MAX_OUTPUT;
    if (setrlimit(RLIMIT_FSIZE, &size) < 0)
        runner_cannot_run();
}

// Of what virt-p2v was started with, what tells a UI which terminal or display it is on, and in which language to speak.
static char **ui_environment(const struct runner_list *list)
{
    static const char *const always[] = { "TERM=", "LANG=", "LANGUAGE=", "LC_ALL=", "LC_CTYPE=", "LC_MESSAGES=" };
    static const char *const on_display[] = { "DISPLAY=", "WAYLAND_DISPLAY=", "XDG_RUNTIME_DIR=", "XAUTHORITY=", "HOME=" };
    static char *kept[16] = { safe_path, wiped_heap };
    size_t count = 2;
    for (char **word = environ; *word != NULL; word++) {
        bool wanted = false;
        for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
            wanted = wanted || strncmp(*word, always[i], strlen(always[i])) == 0;
        for (size_t i = 0; list->display && i < sizeof on_display / sizeof on_display[0]; i++)
            wanted = wanted || strncmp(*word, on_display[i], strlen(on_display[i])) == 0;
        if (wanted && strlen(*word) < PATH_MAX && count < sizeof kept / sizeof kept[0] - 1)
            kept[count++] = *word;
    }
    return kept;
}

_Noreturn void runner_become_supervisor(const struct runner_list *list, int fd)
{
    char path[PATH_MAX];
    int wanted[CHANNEL_FD + 1] = { -1, -1, -1, fd };
    snprintf(path, sizeof path, "%s/p2v-supervisor", list->helper_dir);
    runner_arrange_fds(wanted, CHANNEL_FD + 1);
    runner_unblock_signals(false);
    const char *const argv[] = { "p2v-supervisor", P2V_VERSION, NULL };
    char *const environment[] = { safe_path, c_locale, wiped_heap, NULL };
    execve(path, (char *const *)argv, environment);
    dprintf(STDERR_FILENO, "virt-p2v: error: cannot run %s: %s: install it there, or name its folder by --helper-dir\n", path, strerror(errno));
    _exit(EXIT_FAILED);
}

_Noreturn static void become_helper(const struct runner_list *list, enum runner_program number, const int *fds, size_t fd_count)
{
    char path[PATH_MAX];
    bool ui = number == RUN_UI;
    const char *name = ui ? list->ui_program : runner_program_name(number);
    snprintf(path, sizeof path, "%s/%s", list->helper_dir, name);
    int null = runner_open_null();
    bool disk = fd_count == 3;
    bool terminal = ui && !list->display;
    int wanted[RUNNER_MAX_INPUTS] = { terminal ? -1 : null, terminal ? -1 : null, terminal ? -1 : fds[1], fds[0], disk ? fds[2] : -1 };
    runner_arrange_fds(wanted, disk ? RUNNER_MAX_INPUTS : RUNNER_MAX_INPUTS - 1);
    runner_unblock_signals(false);
    if (!ui)                               // its output may be the person's file; and GTK's pictures are files
        limit_output();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)      // until its own lock sets it again: a change of uid clears it
        runner_cannot_run();
    const char *option = number == RUN_CONTENTS ? "--contents" : ui ? list->ui_option : disk ? list->export_option : NULL;
    const char *const argv[] = { name, option, NULL };
    char *const environment[] = { safe_path, c_locale, wiped_heap, NULL };
    execve(path, (char *const *)argv, ui ? ui_environment(list) : environment);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", path, strerror(errno));
    runner_cannot_run();
}

_Noreturn static void become_inhibitor(const int *fds)
{
    int null = runner_open_null();
    int wanted[3] = { fds[0], null, fds[1] };
    runner_arrange_fds(wanted, 3);
    runner_unblock_signals(false);
    capng_clear(CAPNG_SELECT_ALL);
    if ((geteuid() == 0 && capng_apply(CAPNG_SELECT_ALL) != 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        runner_cannot_run();
    static char log_target[] = "SYSTEMD_LOG_TARGET=console";       // as process 1 of its namespace it would tell the kernel
    static char *environment[] = { safe_path, c_locale, log_target, NULL };
    environ = environment;                 // execvp() searches this PATH
    const char *const argv[] = { "systemd-inhibit", "--what=sleep:shutdown:idle", "--who=virt-p2v", "--mode=block",
                                 "--why=This machine is being converted to a virtual one", "cat", NULL };
    execvp(argv[0], (char *const *)argv);
    dprintf(STDERR_FILENO, "%s\n", strerror(errno));
    runner_cannot_run();
}

void runner_drop_rights(int capability)
{
    if (geteuid() == 0) {
        capng_clear(CAPNG_SELECT_ALL);
        if (capability >= 0)
            capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT, (unsigned)capability);
        if (capng_change_id(TOOL_UID, TOOL_UID, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0 ||
            (capability >= 0 && capng_apply(CAPNG_SELECT_AMBIENT) != 0))
            runner_cannot_run();
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        runner_cannot_run();
}

_Noreturn static void become_tool(enum runner_program number, const int *fds)
{
    int null = runner_open_null();
    bool logger = number >= RUN_LOG_PRE;
    const char *const logger_argv[] = { "logger", "--socket-errors=on", "--tag", runner_program_name(RUN_PRE + (logger ? number - RUN_LOG_PRE : 0)), NULL };
    const char *const *argv = logger ? logger_argv : tool_argv[number - RUN_FIRST_TOOL];
    int wanted[3] = { logger ? fds[0] : null, logger ? null : fds[0], logger ? null : fds[0] };
    runner_arrange_fds(wanted, 3);
    runner_drop_rights(number == RUN_DMESG ? CAP_SYSLOG : -1);     // the kernel's log, where kernel.dmesg_restrict is set
    limit_output();
    struct rlimit seconds = { TOOL_MAX_SECONDS, TOOL_MAX_SECONDS };
    if (setrlimit(RLIMIT_CPU, &seconds) < 0)
        runner_cannot_run();
    runner_unblock_signals(true);
    alarm(TOOL_MAX_SECONDS);
    static char *environment[] = { safe_path, c_locale, NULL };
    environ = environment;                 // execvp() searches this PATH
    execvp(argv[0], (char *const *)argv);
    dprintf(STDOUT_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));    // the file says why it holds nothing else
    runner_cannot_run();
}

_Noreturn static void become_hook(const struct runner_list *list, enum runner_program number, const int *fds)
{
    const char *command = number == RUN_PRE ? list->pre : number == RUN_POST ? list->post : list->fail;
    if (command == NULL)
        _exit(126);
    int null = runner_open_null();
    int wanted[3] = { null, fds[0], fds[0] };
    runner_arrange_fds(wanted, 3);
    runner_unblock_signals(true);
    const char *const argv[] = { "/bin/sh", "-c", command, NULL };
    char *const environment[] = { safe_path, root_home, NULL };
    execve(argv[0], (char *const *)argv, environment);
    runner_cannot_run();
}

_Noreturn void runner_become(const struct runner_list *list, const struct runner_request *request, const int *fds, size_t fd_count)
{
    enum runner_program number = request->number;
    if (number == RUN_INHIBIT)
        become_inhibitor(fds);
    if (number == RUN_IDENTIFY)
        runner_become_identifier((int)request->argument, fds);
    if (number >= RUN_FIRST_BUTTON)
        runner_become_button(list, number, fds);
    if (number < RUN_HELPERS)              // serve.c has checked fd_count against the program's kind
        become_helper(list, number, fds, fd_count);
    if (runner_program_is_tool(number))
        become_tool(number, fds);
    become_hook(list, number, fds);
}
