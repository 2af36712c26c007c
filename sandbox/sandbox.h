// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a process locks itself: mechanism only.  What a program may do is the sandbox_policy in its own policy.c.
//
// Every layer holds alone: own uid without capabilities (caps.c), namespaces and an almost empty root (namespaces.c),
// Landlock (landlock.c), rlimits and process flags (limits.c), a seccomp allow-list that kills (seccomp.c, refused.c).  The order
// is in lock.c.  A layer that the kernel or a missing privilege cannot give is reported, never passed over in silence;
// one that should work and fails is an error, and the program must end.
#ifndef P2V_SANDBOX_SANDBOX_H
#define P2V_SANDBOX_SANDBOX_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "proto/error.h"

#define SANDBOX_MAX_LAYERS 16
#define SANDBOX_MAX_PATHS 64  // of a policy

enum sandbox_use {
    SANDBOX_READ,             // read, nothing else
    SANDBOX_LIBRARIES,        // read, and mapped as code; not started, but by a loader that is
    SANDBOX_PROGRAM,          // read, mapped as code, and started by execve()
    SANDBOX_DEVICE,           // a device as it is, to read and write
    SANDBOX_DISK,             // read alone, whoever owns it: a block device or a file
    SANDBOX_SOCKETS,          // an empty directory to make Unix sockets in; the program itself may take it away
    SANDBOX_CONNECT,          // a Unix socket, to connect to
    SANDBOX_COPY,             // read: a small file, whoever may read the original; in an almost empty root a copy of the program's own
};

// One thing of the file system that stays visible, at its own path; all but devices and sockets read-only.
struct sandbox_path {
    const char *path;         // absolute; NULL ends the table.  What lies in a directory named before is there already
    bool optional;            // it is no error when the machine has none
    const char *reason;
    enum sandbox_use use;
    const char *source;       // SANDBOX_DISK in an almost empty root: what is shown there, "/proc/self/fd/N"
};

// The system call that poll(3) is: newer architectures have no poll(2).
#ifdef __NR_poll
#define SANDBOX_SYS_POLL SCMP_SYS(poll)
#else
#define SANDBOX_SYS_POLL SCMP_SYS(ppoll)
#endif

// One system call that stays permitted: the rows of one number are alternatives; each row's conditions all hold.
struct sandbox_syscall {
    int number;               // SCMP_SYS(read)
    const char *reason;       // NULL ends the table
    int refuse_errno;         // not 0: it is answered with this error in place of death (a library tries it and copes)
    unsigned condition_count; // 0: any arguments
    struct scmp_arg_cmp conditions[3];
};

struct sandbox_policy {
    const char *program;                      // "p2v-export"
    const char *option;                       // "--contents": what gives the program this policy and not its first one; NULL: nothing
    uid_t uid;                                // and gid
    const int *capabilities;                  // kept ones, ended by -1, which a program that it starts has as well; NULL: none at all
    int namespaces;                           // CLONE_NEW* to leave; CLONE_NEWNS brings the almost empty root
    const struct sandbox_path *paths;         // all it can see; NULL: nothing.  Without CLONE_NEWNS: what Landlock leaves readable
    unsigned max_processes;                   // RLIMIT_NPROC (counts threads); 0: it can never fork
    unsigned max_files;                       // RLIMIT_NOFILE
    const struct sandbox_syscall *syscalls;
};

struct sandbox_layer {
    char name[32];
    char detail[256];
    bool enforced;
};

// A rule that was added to Landlock's ruleset.
struct sandbox_rule {
    const char *path;         // the policy's
    bool above;               // it is for the directory above that
    uint64_t rights;          // LANDLOCK_ACCESS_FS_*
};

// What the running kernel enforced, in the order of the layers.
struct sandbox_report {
    struct sandbox_layer layers[SANDBOX_MAX_LAYERS];
    size_t count;
    long landlock_abi;        // 0: this kernel has none
    uint64_t landlock_files, landlock_tcp, landlock_scopes;    // what is refused unless a rule permits it
    struct sandbox_rule rules[SANDBOX_MAX_PATHS + 1];
    size_t rule_count;
};

// Locks this process by the policy, for good.  Must be called with one thread and before any outside byte is read.
// Descriptors that are open stay usable.  Started by root, every layer is taken; by another user, those that need no
// privilege, and the report says which are missing.  0, or -1 with err: then the process must end.
int sandbox_lock(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err);

// Closes every descriptor >= first.
void sandbox_close_from(int first);

// For --print-sandbox: locks a child by the policy, as sandbox_lock() does (in a pid namespace of its own where the policy has one and
// root asks), and writes to out what the kernel then says of that child (/proc), what Landlock was told, and each system call
// with its limits and its reason: as text, or as one JSON object.  Must be called with one thread; the child ends with it.
// 0, or -1 with err.
int sandbox_print(FILE *out, const struct sandbox_policy *policy, bool as_json, struct error *err);

#endif
