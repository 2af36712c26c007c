// SPDX-License-Identifier: GPL-2.0-or-later
//
// An own uid and no capabilities: effective, permitted, inheritable, bounding and ambient (capabilities(7)), by libcap-ng.
#include "sandbox/layers.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

static int drop_all(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    capng_clear(CAPNG_SELECT_ALL);
    int rc = capng_change_id((int)policy->uid, (int)policy->uid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
    if (rc != 0)
        return error_set(err, "cannot become uid %u without capabilities (libcap-ng error %d)", policy->uid, rc);
    if (setuid(0) == 0 || setgid(0) == 0)
        return error_set(err, "uid %u could become root again", policy->uid);
    report_add(report, "uid and gid", true, "%u", policy->uid);
    return 0;
}

// Root stays root, because it opens root's devices, with the named capabilities and no other.
static int keep_some(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    capng_clear(CAPNG_SELECT_ALL);
    for (const int *cap = policy->capabilities; cap != NULL && *cap >= 0; cap++)
        if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, (unsigned)*cap) != 0)
            return error_set(err, "cannot keep capability %d", *cap);
    // Bounding set first: dropping from it needs CAP_SETPCAP, which the second call takes.
    if (capng_apply(CAPNG_SELECT_BOUNDS) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0)
        return error_set(err, "cannot drop capabilities");
    report_add(report, "uid and gid", false, "stays root");
    return 0;
}

static void report_capabilities(const struct sandbox_policy *policy, struct sandbox_report *report)
{
    capng_get_caps_process();
    if (policy->uid != 0 && capng_have_capabilities(CAPNG_SELECT_ALL) == CAPNG_NONE) {
        report_add(report, "capabilities", true, "none in any set");
        return;
    }
    char text[256] = "";
    size_t used = 0;
    for (int cap = 0; cap <= CAP_LAST_CAP && used < sizeof text - 32; cap++)
        if (capng_have_capability(CAPNG_PERMITTED, (unsigned)cap))
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", capng_capability_to_name((unsigned)cap));
    report_add(report, "capabilities", true, used > 0 ? "only %s" : "none permitted%s", text);
}

int caps_drop(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    if (geteuid() != 0) {
        report_add(report, "uid and gid", false, "not started by root: stays uid %u", getuid());
    } else if ((policy->uid != 0 ? drop_all : keep_some)(policy, report, err) < 0) {
        return -1;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set_errno(err, errno, "cannot set no_new_privs");
    report_capabilities(policy, report);
    if (geteuid() != 0 && policy->uid == geteuid() && capng_have_capabilities(CAPNG_SELECT_ALL) != CAPNG_NONE)
        return error_set(err, "capabilities are left after they were dropped");
    report_add(report, "no_new_privs", true, "execve() gives no privilege");
    return 0;
}
