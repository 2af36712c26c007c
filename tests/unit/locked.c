// SPDX-License-Identifier: GPL-2.0-or-later
//
// A child takes the real lock and makes one attempt; its wait status tells what came of that.
#include "tests/unit/locked.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#include "tests/sanitize/sanitize.h"
#else
#define sanitizer_permits(number, arguments) false
#endif

int locked_run(const struct sandbox_policy *policy, int (*attempt)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_report report;
        struct error err;
        if (sandbox_lock(policy, &report, &err) < 0) {
            dprintf(STDERR_FILENO, "%s cannot lock itself: %s\n", policy->program, err.text);
            _exit(LOCK_FAILED);
        }
        _exit(attempt());
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static long call[5];                   // what the child inherits: a number and its arguments

static int make_call(void)
{
    return syscall(call[0], call[1], call[2], call[3], call[4], 0L, 0L) < 0 ? errno : 0;
}

int locked_call(const struct sandbox_policy *policy, long number, long a, long b, long c, long d)
{
    call[0] = number;
    call[1] = a;
    call[2] = b;
    call[3] = c;
    call[4] = d;
    return locked_run(policy, make_call);
}

void locked_kills(const struct sandbox_policy *policy, long number, long a, long b, long c, long d)
{
    int status = locked_call(policy, number, a, b, c, d);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    if (sanitizer_permits(number, ((const long[]){ a, b, c, d })))     // with SANITIZE=1 alone: then it returns
        assert_false(killed);
    else if (!killed)
        fail_msg("%s: system call %ld (%#lx, %#lx, %#lx): wait status %#x in place of death by SIGSYS", policy->program, number,
                 (unsigned long)a, (unsigned long)b, (unsigned long)c, (unsigned)status);
}

void locked_gives(const struct sandbox_policy *policy, int error, long number, long a, long b, long c, long d)
{
    int status = locked_call(policy, number, a, b, c, d);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != error)
        fail_msg("%s: system call %ld (%#lx, %#lx, %#lx): wait status %#x in place of errno %d", policy->program, number,
                 (unsigned long)a, (unsigned long)b, (unsigned long)c, (unsigned)status, error);
}
