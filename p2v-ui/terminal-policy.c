// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-ui may do with dialogs on a terminal, and why: draw on standard output, read keys on standard input, ask how large the
// terminal is, and talk on its channel.  It opens no file at all, makes no socket, no process, and no memory that can be
// executed.  libnewt reads the terminal's description before the lock; the first key is read after it.
#include "p2v-ui/policy.h"

#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "proto/channel.h"

static const struct sandbox_syscall syscalls[] = {
    // The person.
    { SCMP_SYS(write), "the dialogs", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 1) } },
    { SCMP_SYS(write), "errors", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 2) } },
    { SCMP_SYS(read), "keys", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 0) } },
    { SCMP_SYS(ioctl), "the terminal's size, when it was changed", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ) } },
    { SCMP_SYS(ioctl), "likewise: S-Lang asks standard output", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 1), SCMP_A1(SCMP_CMP_EQ, TIOCGWINSZ) } },
    { SCMP_SYS(ioctl), "how the terminal is set: it comes back from a shell", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, TCGETS) } },
    { SCMP_SYS(ioctl), "the terminal is as it was, for a shell and at the end; keys one by one, without echo, for dialogs", .condition_count = 2,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, TCSETSW) } },
    { SCMP_SYS(pselect6), "libnewt waits for a key, a message or its timer" },
    { SCMP_SYS(select), "likewise, by older C libraries" },
    { SANDBOX_SYS_POLL, "is there another message? and the end of a shell" },
    { SCMP_SYS(restart_syscall), "a wait goes on after the person stopped and continued us" },
    { SCMP_SYS(rt_sigaction), "S-Lang sets aside what a key could signal, while it changes the terminal's settings or writes; not SIGSYS",
      .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_LT, SIGSYS) } },
    { SCMP_SYS(rt_sigprocmask), "likewise" },
    { SCMP_SYS(clock_gettime), "rates and times left, where the kernel gives no clock without asking" },
    { SCMP_SYS(gettimeofday), "libnewt's timer, likewise" },

    // The channel.
    { SCMP_SYS(recvmsg), "messages of the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(sendmsg), "messages to the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(close), "descriptors that came with a message and are not wanted" },

    // Memory and the end.
    { SCMP_SYS(brk), "malloc(3)" },
    { SCMP_SYS(mmap), "malloc(3): anonymous memory, never executable", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(munmap), "free(3)" },
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

const struct sandbox_policy ui_terminal_policy = {
    .program = "p2v-ui",
    .option = "--front-end=terminal",
    .uid = 60704,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .paths = NULL,                     // the terminal is inherited, already open
    .max_processes = 0,
    .max_files = 8,                    // 0-3, and what one message may bring
    .syscalls = syscalls,
};
