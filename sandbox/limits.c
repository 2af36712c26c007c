// SPDX-License-Identifier: GPL-2.0-or-later
//
// rlimits and process flags: no core file, no reading of our memory by others, no code that was not there at the start, no life after
// the parent's (prctl(2)).
#include "sandbox/layers.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef PR_SET_MDWE                    // Linux 6.3
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static int limit(int which, rlim_t value, const char *name, struct error *err)
{
    struct rlimit now;
    if (getrlimit(which, &now) == 0 && now.rlim_max < value)
        value = now.rlim_max;                          // never wider than what we were started with
    struct rlimit wanted = { .rlim_cur = value, .rlim_max = value };
    if (setrlimit(which, &wanted) == 0)
        return 0;
    return error_set_errno(err, errno, "cannot limit %s", name);
}

int limits_apply(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    if (limit(RLIMIT_CORE, 0, "core files", err) < 0 ||
        limit(RLIMIT_NOFILE, policy->max_files, "open files", err) < 0)
        return -1;
    // The kernel counts processes a uid: without a uid of our own the person's others would count too.
    bool own_uid = policy->uid == (uid_t)getuid();
    if (own_uid && limit(RLIMIT_NPROC, policy->max_processes, "processes", err) < 0)
        return -1;
    report_add(report, "rlimits", true, own_uid ? "no core, %u files, %u processes" : "no core, %u files", policy->max_files,
               policy->max_processes);
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_set_errno(err, errno, "cannot make this process undumpable");
    report_add(report, "undumpable", true, "no ptrace, no core, /proc/self owned by root");
    // What each policy says of mmap(2) and mprotect(2) once more: nothing is writable and executable, now or later.
    bool by_kernel = prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0;
    report_add(report, "no new code", true, by_kernel ? "memory that was written is not executed" : "by seccomp alone: this kernel has no such limit");
    // Only a helper has a parent whose end must be its own; by hand the shell is the parent, and that is right as well.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_set_errno(err, errno, "cannot tie this process to its parent");
    report_add(report, "ends with its parent", true, "SIGKILL");
    return 0;
}
