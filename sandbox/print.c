// SPDX-License-Identifier: GPL-2.0-or-later
//
// A policy and what the kernel enforced of it, for people.  Touches: the given stream.
#include "sandbox/sandbox.h"

#include <sched.h>
#include <stdlib.h>

static const struct { int flag; const char *name; } namespace_names[] = {
    { CLONE_NEWNS, "mount" }, { CLONE_NEWNET, "network" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWPID, "pid" },
};

static const char *const use_names[] = {
    [SANDBOX_READ] = "", [SANDBOX_LIBRARIES] = " (code)", [SANDBOX_PROGRAM] = " (started)", [SANDBOX_DEVICE] = " (device)",
    [SANDBOX_DISK] = " (disk)", [SANDBOX_SOCKETS] = " (makes sockets)",
    [SANDBOX_CONNECT] = " (connects to it)", [SANDBOX_COPY] = " (a copy)",
};

static void print_syscall(FILE *out, const struct sandbox_syscall *call)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->number);
    fprintf(out, "  %-18s", name != NULL ? name : "?");
    free(name);
    for (unsigned i = 0; i < call->condition_count; i++) {
        const struct scmp_arg_cmp *c = &call->conditions[i];
        if (c->op == SCMP_CMP_MASKED_EQ)
            fprintf(out, " arg%u&%#llx==%#llx", c->arg, (unsigned long long)c->datum_a, (unsigned long long)c->datum_b);
        else
            fprintf(out, " arg%u%s%#llx", c->arg, c->op == SCMP_CMP_EQ ? "==" : c->op == SCMP_CMP_NE ? "!=" : "~", (unsigned long long)c->datum_a);
    }
    fprintf(out, "%s  %s\n", call->refuse_errno != 0 ? " refused, not killed:" : "", call->reason);
}

void sandbox_print(FILE *out, const struct sandbox_policy *policy, const struct sandbox_report *report)
{
    fprintf(out, "%s\n  uid and gid       %u\n  namespaces       ", policy->program, policy->uid);
    for (size_t i = 0; i < sizeof namespace_names / sizeof namespace_names[0]; i++)
        if (policy->namespaces & namespace_names[i].flag)
            fprintf(out, " %s", namespace_names[i].name);
    fprintf(out, "\n  open files        %u\n  processes         %u\n\nFiles it may read\n", policy->max_files, policy->max_processes);
    for (const struct sandbox_path *path = policy->paths; path != NULL && path->path != NULL; path++)
        fprintf(out, "  %-18s %s %s\n", path->path, use_names[path->use], path->reason);
    fprintf(out, "\nSystem calls\n");
    for (const struct sandbox_syscall *call = policy->syscalls; call->reason != NULL; call++)
        print_syscall(out, call);
    if (report == NULL)
        return;
    fprintf(out, "\nEnforced by the running kernel\n");
    for (size_t i = 0; i < report->count; i++)
        fprintf(out, "  %-20s  %s%s\n", report->layers[i].name, report->layers[i].enforced ? "" : "MISSING: ", report->layers[i].detail);
}
