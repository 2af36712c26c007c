// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-export may do when the disk is served by qemu-nbd or nbdkit; the server may do the same, for a seccomp filter
// and Landlock's rules survive execve(), and the namespaces are shared.  Wider than policy.c's, because those programs are:
// it starts them, they have threads, open files and map libraries.  What still holds: no network at all (only AF_UNIX), no
// file but the ones named, none written, no capability (but see external_prepare()), and only reads of the one disk.  The kernel
// executes the server and the loader alone; but the loader starts any ELF file that it can read, so all of /usr/lib, as
// locked as the server is.
#include "p2v-export/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sandbox/rows.h"

#define NAMESPACE_FLAGS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

// The server's program itself comes before these.
static const struct sandbox_path paths[] = {
    { "/usr/lib", true, "the server's libraries and plugins", SANDBOX_LIBRARIES },
    { "/usr/lib64", true, "the same, where it is not a part of /usr/lib", SANDBOX_LIBRARIES },
    { "/lib", true, "the same", SANDBOX_LIBRARIES },
    { "/lib64", true, "the same", SANDBOX_LIBRARIES },
    { "/lib64/ld-linux-x86-64.so.2", true, "the loader, which the kernel starts together with the server", SANDBOX_PROGRAM },
    { "/lib/ld-linux-aarch64.so.1", true, "the same on another processor", SANDBOX_PROGRAM },
    { "/etc/ld.so.cache", true, "where the loader finds libraries", SANDBOX_READ },
    { "/dev/null", false, "the server's standard input and output", SANDBOX_DEVICE },
    { "/dev/urandom", true, "qemu-nbd's random numbers", SANDBOX_DEVICE },
    { NULL },
};

static const struct sandbox_syscall syscalls[] = {
    // p2v-export: starting the server, and its end
    ALLOW_IF(clone, "the server's process, and threads; no namespaces", ARG_BITS(0, NAMESPACE_FLAGS, 0)),
    REFUSE(clone3, ENOSYS, "its flags cannot be looked at; the C library falls back to clone()"),
    ALLOW_IF(prctl, "the server ends with p2v-export; nbdkit says the same again", ARG(0, PR_SET_PDEATHSIG)),
    ALLOW(getppid, "has p2v-export ended before that was said?"),
    ALLOW(getpid, "LISTEN_PID, which tells an activated server that the socket is meant for it"),
    ALLOW(dup2, "the server's standard descriptors"),
    ALLOW(close_range, "the server gets no others"),
    ALLOW(execve, "becomes the server, or the loader: the kernel starts no other program (Landlock), the loader any of /usr/lib"),
    ALLOW(pidfd_open, "waits for the server's end"),
    ALLOW(wait4, "why it ended"),
    ALLOW(rmdir, "not root: the directory of the socket"),

    // Sockets and pipes, of both
    ALLOW_IF(socket, "the socket between the two; no other family", ARG(0, AF_UNIX)),
    ALLOW(bind, "its name"),
    ALLOW(listen, "the server's end"),
    ALLOW(connect, "p2v-export's end, one for each client"),
    ALLOW(accept4, "the server's client; by hand, p2v-export's"),
    ALLOW(unlink, "a server takes its socket's name away at its end"),
    ALLOW(umask, "the socket is for nobody else"),
    ALLOW(getsockname, "qemu-nbd looks at its own address"),
    ALLOW(getpeername, "the same of its client's"),
    ALLOW(getsockopt, "is a descriptor that arrived a Unix stream?"),
    ALLOW(setsockopt, "buffer sizes; servers try TCP_NODELAY on every socket"),
    ALLOW(shutdown, "one side of a client has ended"),
    ALLOW(recvmsg, "messages, descriptors handed over; requests"),
    ALLOW(sendmsg, "messages; replies"),
    ALLOW(recvfrom, "bytes to carry"),
    ALLOW(sendto, "the same"),
    ALLOW(pipe2, "the server's words; nbdkit wakes its threads by one"),
    ALLOW(eventfd2, "qemu-nbd wakes its threads by it"),
    ALLOW(signalfd4, "qemu-nbd waits for signals"),
    ALLOW(poll, "waits for whoever is next"),
    ALLOW(ppoll, "the same"),
    ALLOW(epoll_create1, "qemu-nbd does so for many descriptors"),
    ALLOW(epoll_ctl, "the same"),
    ALLOW(epoll_wait, "the same"),
    ALLOW(epoll_pwait, "the same"),
    REFUSE(io_uring_setup, ENOSYS, "qemu-nbd tries it first; it would go round this list"),

    // Files: which ones, the mount namespace and Landlock say
    ALLOW_IF(openat, "libraries, the disk, /dev/null; nothing is made or cut",
             ARG_BITS(2, O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY), 0)),
    REFUSE_IF(openat, EPERM, "nothing else", ARG_BITS(2, O_CREAT, O_CREAT)),
    ALLOW(read, "libraries, the server's words, wake-ups"),
    ALLOW(readv, "the same"),
    ALLOW(pread64, "the disk"),
    ALLOW(preadv, "the disk"),
    ALLOW(preadv2, "the disk"),
    ALLOW(fadvise64, "nbdkit tells the kernel how it reads"),
    ALLOW(lseek, "the disk's size and holes"),
    ALLOW_IF(ioctl, "a disk's sector size", ARG(1, BLKSSZGET)),
    ALLOW_IF(ioctl, "its physical sector size", ARG(1, BLKPBSZGET)),
    ALLOW_IF(ioctl, "its size", ARG(1, BLKGETSIZE64)),
    ALLOW_IF(ioctl, "how much it transfers at once", ARG(1, BLKSECTGET)),
    ALLOW_IF(ioctl, "is it read-only?", ARG(1, BLKROGET)),
    ALLOW_IF(ioctl, "qemu-nbd: is it a CD drive?", ARG(1, CDROM_DRIVE_STATUS)),
    ALLOW_IF(ioctl, "is it a terminal?", ARG(1, TCGETS)),
    ALLOW_IF(fcntl, "flags of a descriptor", ARG(1, F_GETFD)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_SETFD)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_GETFL)),
    ALLOW_IF(fcntl, "nobody may make anybody wait", ARG(1, F_SETFL)),
    ALLOW_IF(fcntl, "descriptors out of each other's way", ARG(1, F_DUPFD)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_DUPFD_CLOEXEC)),
    ALLOW_IF(fcntl, "qemu-nbd: is the file locked by somebody who writes?", ARG(1, F_OFD_GETLK)),
    ALLOW_IF(fcntl, "qemu-nbd: a reader's lock", ARG(1, F_OFD_SETLK)),
    ALLOW(close, "what is done with"),
    ALLOW(write, "words and wake-ups: no file is open for writing"),
    ALLOW(writev, "the same"),
    ALLOW(newfstatat, "looks for files, and what they are"),
    ALLOW(fstat, "the same"),
    ALLOW(stat, "the same"),
    ALLOW(lstat, "the same"),
    ALLOW(statx, "the same"),
    ALLOW(statfs, "libselinux: is there SELinux?"),
    ALLOW(fstatfs, "qemu-nbd: what kind of file system"),
    ALLOW(access, "looks for files"),
    ALLOW(faccessat, "the same"),
    ALLOW(faccessat2, "the same"),
    ALLOW(readlink, "nbdkit makes the disk's path absolute"),
    ALLOW(readlinkat, "the same"),
    ALLOW(getdents64, "libnuma looks for nodes"),
    ALLOW(getcwd, "the same"),
    ALLOW(chdir, "servers go to /"),

    // Memory: what is executed comes out of a file, and nothing that is written is executed
    ALLOW(brk, "malloc()"),
    ALLOW_IF(mmap, "memory", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW_IF(mmap, "libraries", ARG_BITS(2, PROT_WRITE | PROT_EXEC, PROT_EXEC), ARG_BITS(3, MAP_ANONYMOUS, 0)),
    ALLOW_IF(mprotect, "stacks; libraries' constants", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW(munmap, "free()"),
    ALLOW(mremap, "realloc()"),
    ALLOW(madvise, "stacks of threads that ended"),
    REFUSE(get_mempolicy, ENOSYS, "libnuma asks, and copes"),
    REFUSE(set_mempolicy, ENOSYS, "libnuma asks, and copes"),

    // Threads, signals, time
    ALLOW(arch_prctl, "a program's thread-local memory"),
    ALLOW(set_tid_address, "every thread's start"),
    ALLOW(set_robust_list, "the same"),
    ALLOW(rseq, "the same"),
    ALLOW(gettid, "a thread's own number"),
    ALLOW(futex, "locks"),
    ALLOW(membarrier, "qemu-nbd's lists that are read without locks"),
    ALLOW(sched_yield, "a thread lets others go first"),
    ALLOW(sched_getaffinity, "how many processors"),
    ALLOW_IF(prlimit64, "asks for the stack's limit; sets none", ARG(2, 0)),
    ALLOW_IF(prctl, "a thread's name", ARG(0, PR_SET_NAME)),
    ALLOW_IF(prctl, "qemu-nbd's timers", ARG(0, PR_SET_TIMERSLACK)),
    ALLOW_IF(prctl, "libcap and libcap-ng count capabilities", ARG(0, PR_CAPBSET_READ)),
    ALLOW(rt_sigaction, "signals"),
    ALLOW(rt_sigprocmask, "the same"),
    ALLOW(rt_sigreturn, "the same"),
    ALLOW(sigaltstack, "the same"),
    ALLOW(restart_syscall, "a wait goes on after a stop"),
    ALLOW(tgkill, "abort(): its SIGABRT says more than death by this list"),
    ALLOW(clock_gettime, "time, where the vDSO cannot tell it"),
    ALLOW(clock_getres, "the same"),
    ALLOW(clock_nanosleep, "waits"),
    ALLOW(nanosleep, "the same"),
    ALLOW(getrandom, "malloc's and hash tables' secrets"),
    ALLOW(getuid, "who am I?"),
    ALLOW(geteuid, "the same"),
    ALLOW(getgid, "the same"),
    ALLOW(getegid, "the same"),
    ALLOW(uname, "which kernel"),
    ALLOW(sysinfo, "how much memory"),
    ALLOW(exit, "a thread's end"),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy external_policy = {
    .program = "p2v-export",
    .option = "--external",
    .uid = 60702,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .paths = paths,
    .max_processes = 4096,             // the kernel counts all of the uid's: 64 disks with up to 64 threads each
    .max_files = 256,
    .syscalls = syscalls,
};
