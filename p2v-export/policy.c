// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-export may do: read one disk and talk on sockets that are handed to it.  It makes no descriptor of its own: there
// is no open(), socket(), connect(), dup() or memfd_create() here; no execve(), no fork, no thread; no ioctl(); no more
// memory than it took before the lock (main.c); and nothing that writes to a file but its messages on descriptors 0-2.
#include "p2v-export/policy.h"

#include <sched.h>
#include <sys/socket.h>

#include "p2v-export/serve.h"
#include "sandbox/rows.h"

static const struct sandbox_syscall syscalls[] = {
    // The disk
    ALLOW(io_submit, "begins to read it, past the page cache; it can reach no more than the descriptors here, of which the disk's are read-only"),
    ALLOW(io_getevents, "what has been read"),
    ALLOW(read, "clears the event that told of it; starts the timer again that tells when to say how much was sent"),
    ALLOW(sendfile, "by hand, sends what is in the page cache from there; it reaches no more than read and sendmsg do"),
    ALLOW(pread64, "reads from there; looks for what is still good where a read failed"),
    ALLOW(lseek, "finds the holes of a sparse file"),

    // Clients, and the channel to the supervisor
    ALLOW(ppoll, "waits for whichever client is next"),
    ALLOW(recvmsg, "receives requests, messages, and descriptors handed over"),
    ALLOW(sendmsg, "sends replies and messages"),
    ALLOW(accept4, "by hand: a client of the listening socket; under the supervisor none listens, and none can be made to"),
    ALLOW_IF(getsockopt, "is a descriptor that arrived a socket, of which family", ARG(1, SOL_SOCKET), ARG(2, SO_DOMAIN)),
    ALLOW_IF(getsockopt, "and of which type", ARG(1, SOL_SOCKET), ARG(2, SO_TYPE)),
    ALLOW_IF(setsockopt, "room for a whole reply in a client's socket", ARG(1, SOL_SOCKET), ARG(2, SO_SNDBUF)),
    ALLOW(close, "a client has gone"),

    // The process itself
    ALLOW_IF(write, "messages to whoever started it by hand", { 0, SCMP_CMP_LE, 2 }),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy export_policy = {
    .program = "p2v-export",
    .uid = 60702,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .max_files = 10 + SERVE_MAX_CONNECTIONS + 1,       // and one that arrives
    .syscalls = syscalls,
};
