// SPDX-License-Identifier: GPL-2.0-or-later
//
// An own uid and no capabilities (or the few that the policy keeps): effective, permitted, inheritable, bounding and ambient (capabilities(7)), by libcap-ng.
#include "sandbox/layers.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int become(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    capng_clear(CAPNG_SELECT_ALL);
    bool keeps = policy->capabilities != NULL && policy->capabilities[0] >= 0;
    for (const int *cap = policy->capabilities; keeps && *cap >= 0; cap++)
        if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT, (unsigned)*cap) != 0)
            return error_set(err, "cannot keep capability %d", *cap);
    int rc = capng_change_id((int)policy->uid, (int)policy->uid,
                             CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | (keeps ? 0 : CAPNG_CLEAR_AMBIENT));
    if (rc != 0)
        return error_set(err, "cannot become uid %u without capabilities (libcap-ng error %d)", policy->uid, rc);
    // Ambient: a program that this one starts has them as well, and no others.
    if (keeps && capng_apply(CAPNG_SELECT_AMBIENT) != 0)
        return error_set(err, "cannot keep capabilities for a program that is started");
    if (setuid(0) == 0 || setgid(0) == 0)
        return error_set(err, "uid %u could become root again", policy->uid);
    report_add(report, "uid and gid", true, "%u", policy->uid);
    return 0;
}

// Asked of the kernel itself: libcap-ng reads /proc/self by number, which in a pid namespace may be another process.
static bool holds(unsigned cap)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    if (syscall(SYS_capget, &header, data) < 0)
        return true;
    const struct __user_cap_data_struct *word = &data[cap / 32];
    return ((word->effective | word->permitted | word->inheritable) & 1u << cap % 32) != 0 ||
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) > 0;
}

static bool may_keep(const struct sandbox_policy *policy, int cap)
{
    for (const int *kept = policy->capabilities; kept != NULL && *kept >= 0; kept++)
        if (*kept == cap)
            return true;
    return false;
}

// No set may hold what the policy does not keep; nor the bounding set, where root has taken it away.
static int verify(const struct sandbox_policy *policy, bool was_root, struct sandbox_report *report, struct error *err)
{
    char kept[200] = "";
    size_t used = 0;
    bool bounding = false;
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        bool held = holds((unsigned)cap), bounds = !may_keep(policy, cap) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) > 0;
        if (!may_keep(policy, cap) && (held || (was_root && bounds)))
            return error_set(err, "capability %d is left after it was dropped", cap);
        bounding |= bounds;
        if (held && used < sizeof kept - 32)
            used += (size_t)snprintf(kept + used, sizeof kept - used, " %s", capng_capability_to_name((unsigned)cap));
    }
    report_add(report, "capabilities", true, "%s%s%s", used > 0 ? "only" : bounding ? "none" : "none in any set", kept,
               bounding ? "; the bounding set, of which execve() gives nothing, is as it was" : "");
    return 0;
}

int caps_drop(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    bool was_root = geteuid() == 0;
    if (!was_root) {                   // what capabilities it may have all the same go without any privilege
        capng_clear(CAPNG_SELECT_CAPS);
        if (capng_apply(CAPNG_SELECT_CAPS) != 0)
            return error_set(err, "cannot drop capabilities");
        report_add(report, "uid and gid", false, "not started by root: stays uid %u", getuid());
    } else if (become(policy, report, err) < 0) {
        return -1;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set_errno(err, errno, "cannot set no_new_privs");
    if (verify(policy, was_root, report, err) < 0)
        return -1;
    report_add(report, "no_new_privs", true, "execve() gives no privilege");
    return 0;
}
