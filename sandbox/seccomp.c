// SPDX-License-Identifier: GPL-2.0-or-later
//
// The allow-list of system calls (seccomp(2)), by libseccomp: what the policy does not name ends the process (refused.c).
#include "sandbox/layers.h"
#include "sandbox/refused.h"

#include <errno.h>

#ifdef __SANITIZE_ADDRESS__            // make SANITIZE=1, and nothing else
#include "tests/sanitize/sanitize.h"
#endif

// but: an error of the library's that is none here, or 0.
static int add_rules(scmp_filter_ctx ctx, const struct sandbox_syscall *calls, int but, struct error *err)
{
    for (const struct sandbox_syscall *call = calls; call->reason != NULL; call++) {
        uint32_t action = call->refuse_errno != 0 ? SCMP_ACT_ERRNO((uint32_t)call->refuse_errno) : SCMP_ACT_ALLOW;
        int rc = seccomp_rule_add_array(ctx, action, call->number, call->condition_count, call->conditions);
        if (rc < 0 && rc != but)
            return error_set_errno(err, -rc, "cannot add system call %d to the seccomp filter", call->number);
    }
    return 0;
}

static int add_all_rules(scmp_filter_ctx ctx, const struct sandbox_policy *policy, struct error *err)
{
    if (add_rules(ctx, policy->syscalls, 0, err) < 0)
        return -1;
#ifdef __SANITIZE_ADDRESS__
    return add_rules(ctx, sanitizer_syscalls, -EEXIST, err);       // where both name a call the policy's row stands
#else
    return 0;
#endif
}

int seccomp_lock(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    uint32_t otherwise = refused_prepare(policy);
    scmp_filter_ctx ctx = seccomp_init(otherwise);
    if (ctx == NULL)
        return error_set(err, "cannot make a seccomp filter: out of memory");
    // A call through another architecture's entry (i386, x32) ends the process as well; no_new_privs is set already.
    int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (rc == 0)
        rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);      // a binary tree: cheap for a long list
    if (rc == 0 && otherwise != SCMP_ACT_KILL_PROCESS)
        rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, REFUSED_LAST_CALL, 0);
    if (rc < 0)
        error_set_errno(err, -rc, "cannot set up the seccomp filter");
    else if ((rc = add_all_rules(ctx, policy, err)) == 0 && (rc = seccomp_load(ctx)) < 0)
        error_set_errno(err, -rc, "cannot load the seccomp filter");
    seccomp_release(ctx);
    if (rc < 0)
        return -1;
    size_t rows = 0;
    for (const struct sandbox_syscall *call = policy->syscalls; call->reason != NULL; call++)
        rows += call->refuse_errno == 0;
    report_add(report, "seccomp", true, "%zu rules, anything else kills", rows);
    return 0;
}
