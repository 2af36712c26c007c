// SPDX-License-Identifier: GPL-2.0-or-later
//
// A child of the runner becomes what the person asked for by a button in a dialog.  Touches: the terminal or the display; for
// the log, a new file in /var/tmp.
//
//  shell, network      with the rights virt-p2v was started with: only where the runner's list grants them (--iso, --allow-shell).
//                      On the terminal they are its foreground process group, so that ^C is theirs and not the conversion's.
//  poweroff, reboot    likewise; --iso alone.
//  log                 the tools' uid and no capability.
#include "p2v-runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_LOG (16 << 20)             // bytes; the supervisor keeps no more (p2v-supervisor/log.c)

enum { ON_TERMINAL, ON_X, ON_WAYLAND, PLACES };

static const char *const programs[][PLACES][4] = {
    // NOLINTNEXTLINE(misc-redundant-expression): the first of them
    [RUN_SHELL - RUN_FIRST_BUTTON] = { { "sh", "-i" }, { "xterm" }, { "foot" } },
    [RUN_NETWORK - RUN_FIRST_BUTTON] = { { "nmtui" }, { "xterm", "-e", "nmtui" }, { "foot", "nmtui" } },
    [RUN_POWEROFF - RUN_FIRST_BUTTON] = { { "poweroff" }, { "poweroff" }, { "poweroff" } },
    [RUN_REBOOT - RUN_FIRST_BUTTON] = { { "reboot" }, { "reboot" }, { "reboot" } },
};

// The name tells when; O_EXCL: nobody else's file is written to, nor through anybody's link.
static int open_log(char *name, size_t size)
{
    time_t now = time(NULL);
    struct tm day;
    char when[32];
    if (gmtime_r(&now, &day) == NULL || strftime(when, sizeof when, "%Y%m%d-%H%M%S", &day) == 0)
        return -1;
    snprintf(name, size, "/var/tmp/virt-p2v-%s.log", when);
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

// The supervisor may have been taken over, and send a disk.  -1: it is no log.
static off_t log_size(int fd)
{
    struct stat log;
    return fstat(fd, &log) == 0 && S_ISREG(log.st_mode) && log.st_size <= MAX_LOG ? log.st_size : -1;
}

_Noreturn static void save_log(const int *fds)
{
    char name[64] = "";
    off_t offset = 0, end = log_size(fds[0]);
    int wanted[] = { -1, -1, -1, fds[0], fds[1] };
    runner_arrange_fds(wanted, RUNNER_MAX_INPUTS);
    runner_drop_rights(-1);
    if (end < 0) {
        dprintf(4, "what is to be saved is not the log of a run\n");
        _exit(1);
    }
    int out = open_log(name, sizeof name);
    for (ssize_t n = 1; out >= 0 && offset < end && n > 0;)
        n = sendfile(out, 3, &offset, (size_t)(end - offset));
    if (out >= 0 && offset == end && fsync(out) == 0 && dprintf(4, "%s\n", name) > 0)
        _exit(0);
    dprintf(4, "the log cannot be written to %s: %s\n", name, strerror(errno));
    if (out >= 0)
        unlink(name);
    _exit(1);
}

_Noreturn void runner_become_button(const struct runner_list *list, enum runner_program number, const int *fds)
{
    if (number == RUN_SAVE_LOG)
        save_log(fds);
    static const int keep[] = { -1, -1, -1 };
    int place = !list->display ? ON_TERMINAL : getenv("WAYLAND_DISPLAY") != NULL ? ON_WAYLAND : ON_X;
    const char *const *argv = programs[number - RUN_FIRST_BUTTON][place];
    runner_arrange_fds(keep, 3);
    if (!list->display && setpgid(0, 0) == 0)
        tcsetpgrp(STDIN_FILENO, getpgrp());            // SIGTTOU is still ignored
    runner_unblock_signals(true);
    setenv("PATH", RUNNER_PATH, 1);
    if (getenv("HOME") == NULL)
        setenv("HOME", "/", 1);
    execvp(argv[0], (char *const *)argv);
    runner_cannot_run();
}
