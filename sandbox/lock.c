// SPDX-License-Identifier: GPL-2.0-or-later
//
// The order of the layers.  Each needs what the next takes away: namespaces need CAP_SYS_ADMIN, which caps_drop() takes;
// Landlock and seccomp need no_new_privs, which it sets; seccomp is last because it forbids what made the others.
#include "sandbox/layers.h"

#include <stdarg.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__            // make SANITIZE=1, and nothing else
#include "tests/sanitize/sanitize.h"
#endif

int sandbox_lock(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)
{
    *report = (struct sandbox_report){ 0 };
#ifdef __SANITIZE_ADDRESS__
    sanitizer_before_lock();
#endif
    if (namespaces_enter(policy, report, err) < 0)
        return -1;
    if (caps_drop(policy, report, err) < 0)
        return -1;
    if (limits_apply(policy, report, err) < 0)        // after the uid change: that clears PDEATHSIG and dumpable
        return -1;
    if (landlock_restrict(policy, report, err) < 0)
        return -1;
    return seccomp_lock(policy, report, err);
}

void report_add(struct sandbox_report *report, const char *name, bool enforced, const char *detail, ...)
{
    if (report->count >= SANDBOX_MAX_LAYERS)
        return;
    struct sandbox_layer *layer = &report->layers[report->count++];
    snprintf(layer->name, sizeof layer->name, "%s", name);
    layer->enforced = enforced;
    va_list args;
    va_start(args, detail);
    vsnprintf(layer->detail, sizeof layer->detail, detail, args);
    va_end(args);
}

void sandbox_close_from(int first)
{
    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    struct rlimit limit;                               // a kernel before 5.9
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        for (rlim_t fd = (rlim_t)first; fd < limit.rlim_cur && fd < 1 << 20; fd++)
            close((int)fd);
}
