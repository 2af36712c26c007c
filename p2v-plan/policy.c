// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-plan may do, and why: compute.  It reads texts that devices and disks have made up, has no file, no other descriptor
// than its channel, no network, no clock, and starts nothing.
#include "p2v-plan/policy.h"

#include <sched.h>
#include <sys/mman.h>

#include "proto/channel.h"

static const struct sandbox_syscall syscalls[] = {
    // The channel
    { SCMP_SYS(recvmsg), "what there is, from the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(sendmsg), "plans, to the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(write), "--print-sandbox; what cannot be said on the channel", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_LE, 2) } },

    // Memory and the end
    { SCMP_SYS(brk), "malloc(3)" },
    { SCMP_SYS(mmap), "malloc(3): anonymous memory, never executable", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(mremap), "realloc(3)" },
    { SCMP_SYS(munmap), "free(3)" },
    { SCMP_SYS(getrandom), "a name for a machine without one; malloc(3)'s own secrets" },
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

const struct sandbox_policy plan_policy = {
    .program = "p2v-plan",
    .uid = 60707,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .max_processes = 0,
    .max_files = 6,                    // 0-3, and what the lock needs meanwhile
    .syscalls = syscalls,
};
