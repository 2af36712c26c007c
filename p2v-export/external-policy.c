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

#define NAMESPACE_FLAGS (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define ARGUMENT(N, VALUE) .condition_count = 1, .conditions = { { (N), SCMP_CMP_EQ, (scmp_datum_t)(VALUE) } }
#define WITHOUT(N, FLAGS) .condition_count = 1, .conditions = { { (N), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(FLAGS), 0 } }

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
    { SCMP_SYS(clone), "the server's process, and threads; no namespaces", WITHOUT(0, NAMESPACE_FLAGS) },
    { SCMP_SYS(clone3), "its flags cannot be looked at; the C library falls back to clone()", ENOSYS },
    { SCMP_SYS(prctl), "the server ends with p2v-export; nbdkit says the same again", ARGUMENT(0, PR_SET_PDEATHSIG) },
    { SCMP_SYS(getppid), "has p2v-export ended before that was said?" },
    { SCMP_SYS(getpid), "LISTEN_PID, which tells an activated server that the socket is meant for it" },
    { SCMP_SYS(dup2), "the server's standard descriptors" },
    { SCMP_SYS(close_range), "the server gets no others" },
    { SCMP_SYS(execve), "becomes the server, or the loader: the kernel starts no other program (Landlock), the loader any of /usr/lib" },
    { SCMP_SYS(pidfd_open), "waits for the server's end" },
    { SCMP_SYS(wait4), "why it ended" },
    { SCMP_SYS(rmdir), "not root: the directory of the socket" },

    // Sockets and pipes, of both
    { SCMP_SYS(socket), "the socket between the two; no other family", ARGUMENT(0, AF_UNIX) },
    { SCMP_SYS(bind), "its name" },
    { SCMP_SYS(listen), "the server's end" },
    { SCMP_SYS(connect), "p2v-export's end, one for each client" },
    { SCMP_SYS(accept4), "the server's client; by hand, p2v-export's" },
    { SCMP_SYS(unlink), "a server takes its socket's name away at its end" },
    { SCMP_SYS(umask), "the socket is for nobody else" },
    { SCMP_SYS(getsockname), "qemu-nbd looks at its own address" },
    { SCMP_SYS(getpeername), "the same of its client's" },
    { SCMP_SYS(getsockopt), "is a descriptor that arrived a Unix stream?" },
    { SCMP_SYS(setsockopt), "buffer sizes; servers try TCP_NODELAY on every socket" },
    { SCMP_SYS(shutdown), "one side of a client has ended" },
    { SCMP_SYS(recvmsg), "messages, descriptors handed over; requests" },
    { SCMP_SYS(sendmsg), "messages; replies" },
    { SCMP_SYS(recvfrom), "bytes to carry" },
    { SCMP_SYS(sendto), "the same" },
    { SCMP_SYS(pipe2), "the server's words; nbdkit wakes its threads by one" },
    { SCMP_SYS(eventfd2), "qemu-nbd wakes its threads by it" },
    { SCMP_SYS(signalfd4), "qemu-nbd waits for signals" },
    { SCMP_SYS(poll), "waits for whoever is next" },
    { SCMP_SYS(ppoll), "the same" },
    { SCMP_SYS(epoll_create1), "qemu-nbd does so for many descriptors" },
    { SCMP_SYS(epoll_ctl), "the same" },
    { SCMP_SYS(epoll_wait), "the same" },
    { SCMP_SYS(epoll_pwait), "the same" },
    { SCMP_SYS(io_uring_setup), "qemu-nbd tries it first; it would go round this list", ENOSYS },

    // Files: which ones, the mount namespace and Landlock say
    { SCMP_SYS(openat), "libraries, the disk, /dev/null; nothing is made or cut",
      WITHOUT(2, O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY)) },
    { SCMP_SYS(openat), "nothing else", EPERM, .condition_count = 1, .conditions = { { 2, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT } } },
    { SCMP_SYS(read), "libraries, the server's words, wake-ups" },
    { SCMP_SYS(readv), "the same" },
    { SCMP_SYS(pread64), "the disk" },
    { SCMP_SYS(preadv), "the disk" },
    { SCMP_SYS(preadv2), "the disk" },
    { SCMP_SYS(fadvise64), "nbdkit tells the kernel how it reads" },
    { SCMP_SYS(lseek), "the disk's size and holes" },
    { SCMP_SYS(ioctl), "a disk's sector size", ARGUMENT(1, BLKSSZGET) },
    { SCMP_SYS(ioctl), "its physical sector size", ARGUMENT(1, BLKPBSZGET) },
    { SCMP_SYS(ioctl), "its size", ARGUMENT(1, BLKGETSIZE64) },
    { SCMP_SYS(ioctl), "how much it transfers at once", ARGUMENT(1, BLKSECTGET) },
    { SCMP_SYS(ioctl), "is it read-only?", ARGUMENT(1, BLKROGET) },
    { SCMP_SYS(ioctl), "qemu-nbd: is it a CD drive?", ARGUMENT(1, CDROM_DRIVE_STATUS) },
    { SCMP_SYS(ioctl), "is it a terminal?", ARGUMENT(1, TCGETS) },
    { SCMP_SYS(fcntl), "flags of a descriptor", ARGUMENT(1, F_GETFD) },
    { SCMP_SYS(fcntl), "the same", ARGUMENT(1, F_SETFD) },
    { SCMP_SYS(fcntl), "the same", ARGUMENT(1, F_GETFL) },
    { SCMP_SYS(fcntl), "nobody may make anybody wait", ARGUMENT(1, F_SETFL) },
    { SCMP_SYS(fcntl), "descriptors out of each other's way", ARGUMENT(1, F_DUPFD) },
    { SCMP_SYS(fcntl), "the same", ARGUMENT(1, F_DUPFD_CLOEXEC) },
    { SCMP_SYS(fcntl), "qemu-nbd: is the file locked by somebody who writes?", ARGUMENT(1, F_OFD_GETLK) },
    { SCMP_SYS(fcntl), "qemu-nbd: a reader's lock", ARGUMENT(1, F_OFD_SETLK) },
    { SCMP_SYS(close), "what is done with" },
    { SCMP_SYS(write), "words and wake-ups: no file is open for writing" },
    { SCMP_SYS(writev), "the same" },
    { SCMP_SYS(newfstatat), "looks for files, and what they are" },
    { SCMP_SYS(fstat), "the same" },
    { SCMP_SYS(stat), "the same" },
    { SCMP_SYS(lstat), "the same" },
    { SCMP_SYS(statx), "the same" },
    { SCMP_SYS(statfs), "libselinux: is there SELinux?" },
    { SCMP_SYS(fstatfs), "qemu-nbd: what kind of file system" },
    { SCMP_SYS(access), "looks for files" },
    { SCMP_SYS(faccessat), "the same" },
    { SCMP_SYS(faccessat2), "the same" },
    { SCMP_SYS(readlink), "nbdkit makes the disk's path absolute" },
    { SCMP_SYS(readlinkat), "the same" },
    { SCMP_SYS(getdents64), "libnuma looks for nodes" },
    { SCMP_SYS(getcwd), "the same" },
    { SCMP_SYS(chdir), "servers go to /" },

    // Memory: what is executed comes out of a file, and nothing that is written is executed
    { SCMP_SYS(brk), "malloc()" },
    { SCMP_SYS(mmap), "memory", WITHOUT(2, PROT_EXEC) },
    { SCMP_SYS(mmap), "libraries", .condition_count = 2,
      .conditions = { { 2, SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC }, { 3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0 } } },
    { SCMP_SYS(mprotect), "stacks; libraries' constants", WITHOUT(2, PROT_EXEC) },
    { SCMP_SYS(munmap), "free()" },
    { SCMP_SYS(mremap), "realloc()" },
    { SCMP_SYS(madvise), "stacks of threads that ended" },
    { SCMP_SYS(get_mempolicy), "libnuma asks, and copes", ENOSYS },
    { SCMP_SYS(set_mempolicy), "libnuma asks, and copes", ENOSYS },

    // Threads, signals, time
    { SCMP_SYS(arch_prctl), "a program's thread-local memory" },
    { SCMP_SYS(set_tid_address), "every thread's start" },
    { SCMP_SYS(set_robust_list), "the same" },
    { SCMP_SYS(rseq), "the same" },
    { SCMP_SYS(gettid), "a thread's own number" },
    { SCMP_SYS(futex), "locks" },
    { SCMP_SYS(membarrier), "qemu-nbd's lists that are read without locks" },
    { SCMP_SYS(sched_yield), "a thread lets others go first" },
    { SCMP_SYS(sched_getaffinity), "how many processors" },
    { SCMP_SYS(prlimit64), "asks for the stack's limit; sets none", ARGUMENT(2, 0) },
    { SCMP_SYS(prctl), "a thread's name", ARGUMENT(0, PR_SET_NAME) },
    { SCMP_SYS(prctl), "qemu-nbd's timers", ARGUMENT(0, PR_SET_TIMERSLACK) },
    { SCMP_SYS(prctl), "libcap and libcap-ng count capabilities", ARGUMENT(0, PR_CAPBSET_READ) },
    { SCMP_SYS(rt_sigaction), "signals" },
    { SCMP_SYS(rt_sigprocmask), "the same" },
    { SCMP_SYS(rt_sigreturn), "the same" },
    { SCMP_SYS(sigaltstack), "the same" },
    { SCMP_SYS(restart_syscall), "a wait goes on after a stop" },
    { SCMP_SYS(tgkill), "abort(): its SIGABRT says more than death by this list" },
    { SCMP_SYS(clock_gettime), "time, where the vDSO cannot tell it" },
    { SCMP_SYS(clock_getres), "the same" },
    { SCMP_SYS(clock_nanosleep), "waits" },
    { SCMP_SYS(nanosleep), "the same" },
    { SCMP_SYS(getrandom), "malloc's and hash tables' secrets" },
    { SCMP_SYS(getuid), "who am I?" },
    { SCMP_SYS(geteuid), "the same" },
    { SCMP_SYS(getgid), "the same" },
    { SCMP_SYS(getegid), "the same" },
    { SCMP_SYS(uname), "which kernel" },
    { SCMP_SYS(sysinfo), "how much memory" },
    { SCMP_SYS(exit), "a thread's end" },
    { SCMP_SYS(exit_group), "the end" },
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
