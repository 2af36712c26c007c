// SPDX-License-Identifier: GPL-2.0-or-later
//
// fault KIND: a program with a fault of that kind (overflow, freed, stack, arithmetic), in a lock that permits the end alone: what
// the sanitizers say of it must get out.  Started as a helper, without KIND, it is the first.  lock.t drives it.
// Touches: nothing; its report.
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sandbox.h"

static const struct sandbox_syscall syscalls[] = {
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

static const struct sandbox_policy policy = {
    .program = "fault",
    .uid = 60707,                      // p2v-plan's, whose place it takes
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .max_files = 6,
    .syscalls = syscalls,
};

// volatile: the compiler must not see what is wrong, nor leave it out.
static int make_fault(const char *kind)
{
    char *volatile heap = malloc(8);
    char stack[8] = "1234567";
    volatile size_t beyond = 8;
    volatile int large = 0x7fffffff;
    if (heap == NULL)
        return 1;
    memset(heap, 0, 8);
    if (strcmp(kind, "overflow") == 0)
        return heap[beyond];
    if (strcmp(kind, "stack") == 0)
        return ((volatile char *)stack)[beyond];
    if (strcmp(kind, "arithmetic") == 0)
        return large + 1;
    free(heap);
    return strcmp(kind, "freed") == 0 ? heap[0] : 0;
}

int main(int argc, char *argv[])
{
    struct sandbox_report report;
    struct error err;
    if (argc < 2)                      // a report that is wanted is no finding
        setenv("P2V_SANITIZE_REPORTS", "/dev/null", 1);
    if (sandbox_lock(&policy, &report, &err) < 0)
        return fprintf(stderr, "fault: %s\n", err.text), 2;
    _Exit(make_fault(argc > 1 ? argv[1] : "overflow"));
}
