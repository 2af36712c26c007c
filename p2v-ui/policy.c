// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-ui may do, and why: write to the two outputs it was started with, read what is typed, and talk on its channel.
// It opens no file at all, makes no socket, no process, and no memory that can be executed.
#include "p2v-ui/policy.h"

#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <sched.h>
#include <sys/mman.h>
#include <time.h>

#include "proto/channel.h"

static const struct sandbox_syscall syscalls[] = {
    // The person.
    { SCMP_SYS(write), "what there is to see", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 1) } },
    { SCMP_SYS(write), "errors", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 2) } },
    { SCMP_SYS(read), "answers; by hand: output to be shown, from standard input", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 0) } },
    { SCMP_SYS(ioctl), "is standard input a terminal, with somebody to ask? how is it set?", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, TCGETS) } },
    { SCMP_SYS(ioctl), "a secret is typed unseen", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, TCSETSF) } },
    { SANDBOX_SYS_POLL, "waits for an answer or a message, or where somebody made an input or output non-blocking" },
    { SCMP_SYS(restart_syscall), "poll(2) goes on after the person stopped and continued us" },

    // The channel.
    { SCMP_SYS(recvmsg), "messages of the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(sendmsg), "messages to the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(close), "descriptors that came with a message and are not wanted" },

    // Memory and the end.
    { SCMP_SYS(brk), "malloc(3)" },
    { SCMP_SYS(mmap), "malloc(3): anonymous memory, never executable", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(munmap), "free(3)" },
    { SCMP_SYS(clock_gettime), "how fast a disk is sent, where the vDSO cannot tell the time", .condition_count = 1,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, CLOCK_MONOTONIC) } },
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

const struct sandbox_policy ui_policy = {
    .program = "p2v-ui",
    .uid = 60704,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .paths = NULL,                     // the terminal is inherited, already open
    .max_processes = 0,
    .max_files = 8,                    // 0-3, and what one message may bring
    .syscalls = syscalls,
};
