// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the supervisor may do, and why.  Disks are root's, so it keeps the one power of root's to open whatever there is for reading, but is
// not root: no network at all, no writing, no starting of programs (virt-p2v does that, by number).
#include "p2v-supervisor/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>

static const int capabilities[] = {
    CAP_DAC_READ_SEARCH,               // disks are root's; a --test-disk, and what a file:// URL names, may be anybody's
    -1,
};

static const struct sandbox_path paths[] = {
    // What Landlock lets nobody ask a device (ioctl) that is opened here, it lets no helper ask that is handed the descriptor.
    { "/", false, "disks under /dev, --test-disk's files, those of file:// URLs", SANDBOX_DISK },
    { NULL },
};

static const struct sandbox_syscall syscalls[] = {
    // channels and the runner
    { SANDBOX_SYS_POLL, "wait for helpers, and for the runner, which tells of signals" },
    { SCMP_SYS(recvmsg), "messages" },
    { SCMP_SYS(recvfrom), "the runner's events" },
    { SCMP_SYS(sendmsg), "messages with descriptors; requests to the runner" },
    { SCMP_SYS(socketpair), "a helper's channel", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, AF_UNIX) } },
    { SCMP_SYS(memfd_create), "files for a helper's errors, the output of tools and hooks, and the log; what p2v.bwlimit needs to share" },
    { SCMP_SYS(pipe2), "a hook's output", .condition_count = 1, .conditions = { SCMP_A1(SCMP_CMP_EQ, O_CLOEXEC) } },
    { SCMP_SYS(fcntl), "sealing a tool's output, and what is shared for p2v.bwlimit", .condition_count = 1, .conditions = { SCMP_A1(SCMP_CMP_EQ, F_ADD_SEALS) } },
    // disks
    { SCMP_SYS(openat), "a disk, a file of a URL: for reading", .condition_count = 1,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, O_RDONLY) } },
    { SCMP_SYS(newfstatat), "is it a disk, or a file?" },
    { SCMP_SYS(fstat), "the same, by another C library" },
    { SCMP_SYS(lseek), "a disk's size; a hook's output, from its beginning, for the log; the end of a helper's last words" },
    { SCMP_SYS(pread64), "a helper's last words, and the log's end, from their memfds" },
    { SCMP_SYS(close), "everything that was opened" },
    { SCMP_SYS(flock), "the machine is ours to convert, or another's: never waited for, never given back", .condition_count = 1,
      .conditions = { SCMP_A1(SCMP_CMP_EQ, LOCK_EX | LOCK_NB) } },
    // signals, time, terminal
    { SCMP_SYS(read), "a hook's output; a file of a URL" },
    { SCMP_SYS(write), "a hook's output, and the log; standard output and error, where no UI lives; the audit log; the beginning of what is shared for p2v.bwlimit" },
    { SCMP_SYS(clock_gettime), "the deadline, where the vDSO cannot tell it" },
    { SCMP_SYS(restart_syscall), "poll after a stop" },
    // memory
    { SCMP_SYS(brk), "malloc" },
    { SCMP_SYS(mmap), "malloc", .condition_count = 1, .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) } },
    { SCMP_SYS(munmap), "free" },
    { SCMP_SYS(mremap), "realloc" },
    { SCMP_SYS(getrandom), "malloc's own secrets" },
    // end
    { SCMP_SYS(exit_group), "end" },
    { 0 },
};

const struct sandbox_policy supervisor_policy = {
    .program = "p2v-supervisor",
    .uid = 60708,
    .capabilities = capabilities,
    .namespaces = CLONE_NEWNET | CLONE_NEWIPC,
    .paths = paths,
    .max_files = 1024,
    .syscalls = syscalls,
};
