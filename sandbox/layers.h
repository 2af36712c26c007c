// SPDX-License-Identifier: GPL-2.0-or-later
//
// The layers that lock.c puts on in order.  Each returns 0, or -1 with err where a layer that should hold does not,
// and adds its line to the report.
#ifndef P2V_SANDBOX_LAYERS_H
#define P2V_SANDBOX_LAYERS_H

#include "sandbox/sandbox.h"

int limits_apply(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);
int namespaces_enter(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);
int caps_drop(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);
int landlock_restrict(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);
int seccomp_lock(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);

// Adds a line; detail is printf-like, cut to fit.
void report_add(struct sandbox_report *report, const char *name, bool enforced, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));

#endif
