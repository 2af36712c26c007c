// SPDX-License-Identifier: GPL-2.0-or-later
//
// All that p2v-transport may do once it is locked: the network, as a client; the resolver's files, reading; descriptors
// it is handed.  It has a key or a password in memory for a moment, and talks to a machine that nobody vouches for.
//
// It can start no process (RLIMIT_NPROC 0; clone, fork and execve kill), listen on no port (bind, listen and accept kill),
// write no file (openat may only read) and see none but those below.
#include "p2v-transport/policy.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "sandbox/rows.h"

static const struct sandbox_path paths[] = {
    { "/etc/resolv.conf", true, "which name servers to ask" },
    { "/etc/hosts", true, "names known without asking" },
    { "/etc/host.conf", true, "how to read /etc/hosts" },
    { "/etc/nsswitch.conf", true, "whether to look in files or ask" },
    { "/etc/gai.conf", true, "which of several addresses first" },
    { "/etc/services", true, "getaddrinfo() looks there" },
    { 0 },
};

static const struct sandbox_syscall syscalls[] = {
    // The network, as a client.
    ALLOW_IF(socket, "TCP to the server and the name servers; no raw socket", ARG(0, AF_INET), SOCKET_TYPE(SOCK_STREAM)),
    ALLOW_IF(socket, "UDP to the name servers", ARG(0, AF_INET), SOCKET_TYPE(SOCK_DGRAM)),
    ALLOW_IF(socket, "the same over IPv6", ARG(0, AF_INET6), SOCKET_TYPE(SOCK_STREAM)),
    ALLOW_IF(socket, "the same over IPv6", ARG(0, AF_INET6), SOCKET_TYPE(SOCK_DGRAM)),
    REFUSE_IF(socket, EAFNOSUPPORT, "getaddrinfo() tries nscd", ARG(0, AF_UNIX)),
    REFUSE_IF(socket, EAFNOSUPPORT, "getaddrinfo() would list this machine's addresses", ARG(0, AF_NETLINK)),
    ALLOW(connect, "the server, the name servers"),
    ALLOW(getsockname, "getaddrinfo() sorts addresses by which source they would have"),
    ALLOW_IF(getsockopt, "did connect() succeed", ARG(1, SOL_SOCKET), ARG(2, SO_ERROR)),
    ALLOW_IF(setsockopt, "TCP_NODELAY", ARG(1, IPPROTO_TCP), ARG(2, TCP_NODELAY)),
    ALLOW_IF(setsockopt, "TCP_QUICKACK: a delayed ACK costs 40 ms a read", ARG(1, IPPROTO_TCP), ARG(2, TCP_QUICKACK)),
    ALLOW_IF(setsockopt, "TCP_USER_TIMEOUT", ARG(1, IPPROTO_TCP), ARG(2, TCP_USER_TIMEOUT)),
    ALLOW_IF(setsockopt, "keep the connection alive", ARG(1, SOL_SOCKET), ARG(2, SO_KEEPALIVE)),
    ALLOW_IF(setsockopt, "big buffers for a disk's bytes", ARG(1, SOL_SOCKET), ARG(2, SO_SNDBUF)),
    ALLOW_IF(setsockopt, "the resolver wants to hear of errors", ARG(1, IPPROTO_IP), ARG(2, IP_RECVERR)),
    ALLOW_IF(setsockopt, "the same over IPv6", ARG(1, IPPROTO_IPV6), ARG(2, IPV6_RECVERR)),
    ALLOW(sendto, "SSH, the resolver, p2v-export"),
    ALLOW(recvfrom, "SSH, the resolver, p2v-export"),
    ALLOW(sendmsg, "the supervisor; descriptors to p2v-export"),
    ALLOW(sendmmsg, "the resolver asks for IPv4 and IPv6 at once"),
    ALLOW(writev, "the resolver, when an answer is so long that it comes by TCP"),
    ALLOW(getpeername, "the resolver, is that TCP connection still the right one"),
    ALLOW(recvmsg, "the supervisor; the resolver"),
    ALLOW(shutdown, "one direction's end"),
    { .number = SANDBOX_SYS_POLL, .reason = "waiting" },
    ALLOW_IF(socketpair, "a connection for p2v-export", ARG(0, AF_UNIX), ARG(1, SOCK_STREAM | SOCK_CLOEXEC)),
    ALLOW_IF(ioctl, "the resolver asks how large an answer is", ARG(1, FIONREAD)),

    // Descriptors and files.
    ALLOW(read, "the resolver's files; by hand, answers"),
    ALLOW(pread64, "attachments"),
    ALLOW(write, "messages on standard output and error, by hand"),
    ALLOW(close, "what has been used"),
    ALLOW(lseek, "the resolver's files"),
    ALLOW(newfstatat, "the resolver's files, attachments"),
    ALLOW(fstat, "the same, by another C library"),
    ALLOW_IF(openat, "the resolver's files, to read", ARG_BITS(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | __O_TMPFILE, O_RDONLY)),
    ALLOW_IF(fcntl, "libssh makes its socket blocking, and we make it non-blocking again", ARG(1, F_SETFL)),

    ALLOW_IF(ioctl, "by hand: is standard input a terminal, with somebody to ask", ARG(0, 0), ARG(1, TCGETS)),
    ALLOW_IF(ioctl, "by hand: a secret is typed unseen", ARG(0, 0), ARG(1, TCSETSF)),

    // Memory, time, chance.
    ALLOW_IF(mmap, "memory, and what p2v.bwlimit shares; never executable", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW_IF(mprotect, "malloc(3) where memory runs short, never executable", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW(munmap, "memory"),
    ALLOW(mremap, "memory"),
    ALLOW(brk, "memory"),
    ALLOW(madvise, "the same: it gives some back"),
    ALLOW(uname, "the resolver asks for this machine's domain"),
    ALLOW(futex, "OpenSSL's locks"),
    ALLOW(getrandom, "keys, and names in the server's /tmp"),
    ALLOW(getpid, "OpenSSL's random numbers, after a fork that never comes"),
    ALLOW(clock_gettime, "time limits, where it is no vDSO call"),
    ALLOW(gettimeofday, "the same"),
    ALLOW(time, "the same"),
    ALLOW(restart_syscall, "a wait that was interrupted"),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy transport_policy = {
    .program = "p2v-transport",
    .uid = 60703,
    .namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,     // and not the network's
    .paths = paths,
    .max_processes = 0,
    .max_files = 64,
    .syscalls = syscalls,
};

static const struct sandbox_syscall pump_syscalls[] = {
    ALLOW(recvfrom, "bytes from the one socket"),
    ALLOW(sendto, "to the other"),
    ALLOW(shutdown, "and their end"),
    ALLOW(restart_syscall, "a wait that was interrupted"),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy pump_policy = {
    .program = "p2v-transport",
    .uid = 60703,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
    .paths = NULL,
    .max_processes = 0,
    .max_files = 8,
    .syscalls = pump_syscalls,
};
