// SPDX-License-Identifier: GPL-2.0-or-later
//
// All that p2v-fetch may do once it is locked: the network, as a client, and the resolver's and the CAs' files, reading.  It
// has a private key in memory for a moment, and runs libcurl on what some server says.
//
// It can start no process and no thread (clone, fork and execve kill), listen on no port (listen and accept kill; Landlock
// refuses TCP's bind), write no file (openat may only read) and see none but those below.
#include "p2v-fetch/policy.h"

#include <asm/ioctls.h>
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
    { "/etc/ssl/certs/ca-certificates.crt", true, "which CAs to trust, on Debian" },
    { "/etc/pki/tls/certs/ca-bundle.crt", true, "the same, on Fedora" },
    { 0 },
};

static const struct sandbox_syscall syscalls[] = {
    // The network, as a client.
    ALLOW_IF(socket, "TCP to the server and the name servers; no raw socket", ARG(0, AF_INET), SOCKET_TYPE(SOCK_STREAM)),
    ALLOW_IF(socket, "UDP to the name servers; TFTP", ARG(0, AF_INET), SOCKET_TYPE(SOCK_DGRAM)),
    ALLOW_IF(socket, "the same over IPv6", ARG(0, AF_INET6), SOCKET_TYPE(SOCK_STREAM)),
    ALLOW_IF(socket, "the same over IPv6", ARG(0, AF_INET6), SOCKET_TYPE(SOCK_DGRAM)),
    REFUSE_IF(socket, EAFNOSUPPORT, "getaddrinfo() tries nscd", ARG(0, AF_UNIX)),
    REFUSE_IF(socket, EAFNOSUPPORT, "getaddrinfo() would list this machine's addresses", ARG(0, AF_NETLINK)),
    REFUSE(socketpair, EACCES, "libcurl would wake itself by one from another thread; there is none"),
    ALLOW(connect, "the server, the name servers"),
    ALLOW(bind, "libcurl binds TFTP's UDP socket to port 0; what would make use of a TCP port (listen, accept) kills"),
    ALLOW(getsockname, "getaddrinfo() sorts addresses by which source they would have; libcurl notes its own"),
    ALLOW(getpeername, "the resolver, is a TCP connection still the right one; libcurl, whom it has connected to"),
    ALLOW_IF(getsockopt, "did connect() succeed", ARG(1, SOL_SOCKET), ARG(2, SO_ERROR)),
    ALLOW_IF(setsockopt, "TCP_NODELAY", ARG(1, IPPROTO_TCP), ARG(2, TCP_NODELAY)),
    ALLOW_IF(setsockopt, "the resolver wants to hear of errors", ARG(1, IPPROTO_IP), ARG(2, IP_RECVERR)),
    ALLOW_IF(setsockopt, "the same over IPv6", ARG(1, IPPROTO_IPV6), ARG(2, IPV6_RECVERR)),
    ALLOW(sendto, "requests, the resolver"),
    ALLOW(recvfrom, "answers, the resolver"),
    ALLOW(sendmsg, "the supervisor"),
    ALLOW(recvmsg, "the supervisor; the resolver"),
    ALLOW(sendmmsg, "the resolver asks for IPv4 and IPv6 at once"),
    ALLOW(writev, "the resolver, when an answer is so long that it comes by TCP"),
    { .number = SANDBOX_SYS_POLL, .reason = "waiting" },
    ALLOW_IF(ioctl, "the resolver asks how large an answer is", ARG(1, FIONREAD)),
    ALLOW_IF(fcntl, "libcurl makes its sockets non-blocking", ARG(1, F_GETFL)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_SETFL)),

    // Descriptors and files.
    ALLOW_IF(openat, "the resolver's and the CAs' files, to read", ARG_BITS(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | __O_TMPFILE, O_RDONLY)),
    ALLOW(read, "the same; answers by TLS"),
    ALLOW(write, "requests by TLS; by hand, standard output and error"),
    ALLOW(newfstatat, "how large is a file; is the resolver's configuration a new one"),
    ALLOW(fstat, "the same, by another C library"),
    ALLOW(lseek, "the resolver's files"),
    ALLOW(close, "what has been used"),

    // Memory, time, chance.
    ALLOW_IF(mmap, "memory, never executable", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW(munmap, "memory"),
    ALLOW(mremap, "memory"),
    ALLOW(brk, "memory"),
    ALLOW(uname, "the resolver asks for this machine's domain"),
    ALLOW(futex, "OpenSSL's locks"),
    ALLOW(getrandom, "TLS; the resolver's question numbers"),
    ALLOW(getpid, "OpenSSL's random numbers, after a fork that never comes"),
    ALLOW(clock_gettime, "time limits, where it is no vDSO call"),
    ALLOW(gettimeofday, "the same"),
    ALLOW(time, "the same"),
    ALLOW(restart_syscall, "a wait that was interrupted"),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy fetch_policy = {
    .program = "p2v-fetch",
    .uid = 60705,
    .namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,     // and not the network's
    .paths = paths,
    .max_processes = 0,
    .max_files = 32,
    .syscalls = syscalls,
};
