// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-ui-gtk may do, and why: talk to the one display and on its channel, read fonts and translations, and have threads.
// GTK and what is under it are a million lines that parse what the display, fonts and the keyboard's tables say.  All of that
// happens after this lock.
//
// It can start no program (execve kills, clone makes threads alone), reach no network, write no file, map no code, and see no
// file but those below.  Of Unix sockets it can reach the display's alone: its root has no other, and the abstract ones belong
// to a network namespace that it has left.  That is why there is no D-Bus for it, and so no accessibility bus: on that bus are
// all programs of the person's session, and whoever is on it may read and operate them.
#include "p2v-ui-gtk/policy.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sandbox/rows.h"

#define THREAD (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define NAMELESS (O_TMPFILE & ~O_DIRECTORY)
#define WRITING (O_CREAT | O_TRUNC | O_APPEND | NAMELESS)

static const struct sandbox_path paths[] = {
    { "/etc/fonts", true, "which font stands for which", SANDBOX_READ },
    { "/usr/share/fontconfig", true, "the same", SANDBOX_READ },
    { "/usr/share/fonts", true, "fonts", SANDBOX_READ },
    { "/usr/local/share/fonts", true, "the same", SANDBOX_READ },
    { "/var/cache/fontconfig", true, "what is known of them", SANDBOX_READ },
    { "/usr/share/X11/xkb", true, "keyboards", SANDBOX_READ },
    { "/usr/share/X11/locale", true, "characters that are composed of several keys", SANDBOX_READ },
    { "/usr/share/glib-2.0/schemas", true, "defaults of GTK's settings, on Wayland", SANDBOX_READ },
    { "/usr/share/gtk-4.0", true, "the machine's own defaults of GTK", SANDBOX_READ },
    { "/usr/share/locale", true, "translations", SANDBOX_READ },
    { "/usr/lib/locale", true, "locales", SANDBOX_READ },
    { "/etc/localtime", true, "GTK's clock", SANDBOX_READ },
    { 0 },
};

static const struct sandbox_syscall syscalls[] = {
    // The display and the channel.
    ALLOW_IF(socket, "the display's", ARG(0, AF_UNIX)),
    REFUSE_IF(socket, EAFNOSUPPORT, "libxcb tries TCP where an X server is gone", ARG(0, AF_INET)),
    REFUSE_IF(socket, EAFNOSUPPORT, "the same", ARG(0, AF_INET6)),
    REFUSE_IF(socket, EAFNOSUPPORT, "the same, looking for addresses", ARG(0, AF_NETLINK)),
    ALLOW(connect, "the X server; a Wayland compositor is connected already"),
    ALLOW(getpeername, "libxcb asks which cookie is for this server"),
    ALLOW(getsockname, "the same, where a cookie wants an address"),
    ALLOW_IF(getsockopt, "is this socket a Unix one", ARG(1, SOL_SOCKET)),
    ALLOW_IF(setsockopt, "libxcb has its connection kept alive", ARG(1, SOL_SOCKET), ARG(2, SO_KEEPALIVE)),
    ALLOW(recvmsg, "what the display and the supervisor say"),
    ALLOW(recvfrom, "what the X server says"),
    ALLOW(sendmsg, "to the display and the supervisor"),
    ALLOW(writev, "the same"),
    ALLOW(shutdown, "the end of the display's connection"),
    ALLOW(poll, "waiting"),
    ALLOW(ppoll, "the same"),
    ALLOW(eventfd2, "GLib wakes its main loop"),
    ALLOW(pipe2, "GTK's clipboard"),
    ALLOW_IF(fcntl, "GLib and libxcb make descriptors non-blocking", ARG(1, F_GETFL)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_SETFL)),
    ALLOW_IF(fcntl, "libwayland, libxcb: no program inherits them", ARG(1, F_GETFD)),
    ALLOW_IF(fcntl, "the same", ARG(1, F_SETFD)),
    ALLOW_IF(fcntl, "libwayland sends a copy of each descriptor", ARG(1, F_DUPFD_CLOEXEC)),
    ALLOW_IF(fcntl, "shared memory that will not shrink", ARG(1, F_ADD_SEALS)),
    ALLOW(memfd_create, "memory shared with a Wayland compositor: the window's pixels"),
    ALLOW(ftruncate, "its size"),
    ALLOW(fallocate, "the same"),
    REFUSE(shmget, ENOSYS, "cairo would share memory with the X server; it can do without"),

    // Files, to read: which ones, the mount namespace and Landlock say.
    ALLOW_IF(openat, "fonts, locales, the cookie", ARG_BITS(2, O_ACCMODE | WRITING, O_RDONLY)),
    REFUSE_IF(openat, EROFS, "fontconfig would write what it knows of fonts", ARG_BITS(2, O_CREAT | NAMELESS, O_CREAT)),
    REFUSE_IF(openat, EROFS, "and lock what is there of it", ARG_BITS(2, O_ACCMODE | O_CREAT | NAMELESS, O_RDWR)),
    ALLOW(read, "files; GLib's wake-ups"),
    ALLOW(pread64, "files"),
    ALLOW(write, "GLib's wake-ups; errors, on standard error"),
    ALLOW(lseek, "files"),
    ALLOW(newfstatat, "what is it, how large"),
    ALLOW(fstat, "the same"),
    ALLOW(statx, "the same"),
    ALLOW(fstatfs, "fontconfig asks whether a file system is slow"),
    ALLOW(statfs, "the same"),
    ALLOW(fadvise64, "fontconfig will read all of its cache"),
    ALLOW(getdents64, "which fonts are there"),
    ALLOW(access, "is it there"),
    ALLOW(faccessat, "the same"),
    ALLOW(faccessat2, "the same"),
    ALLOW(readlink, "fontconfig's configuration is made of links"),
    ALLOW(readlinkat, "the same"),
    ALLOW(close, "what has been used"),
    REFUSE(mkdir, EROFS, "fontconfig and GLib would have directories of their own"),
    REFUSE(unlink, EROFS, "fontconfig would tidy up"),
    REFUSE(rename, EROFS, "the same"),
    REFUSE(link, EROFS, "the same"),
    REFUSE(chmod, EROFS, "the same"),
    REFUSE(utimensat, EROFS, "the same"),
    REFUSE_IF(ioctl, ENOTTY, "is standard error a terminal, for colours", ARG(1, TCGETS)),
    ALLOW_IF(ioctl, "libxcb asks how much has come", ARG(1, FIONREAD)),

    // Threads, which GLib and Pango have.
    ALLOW_IF(clone, "a thread; no process, no namespace", ARG_BITS(0, THREAD | NAMESPACES, THREAD)),
    REFUSE(clone3, ENOSYS, "its flags cannot be looked at; the C library falls back to clone()"),
    ALLOW(set_robust_list, "a thread begins"),
    ALLOW(rseq, "the same"),
    ALLOW(gettid, "the same"),
    ALLOW(rt_sigprocmask, "the same"),
    ALLOW_IF(prctl, "its name", ARG(0, PR_SET_NAME)),
    REFUSE(sched_getattr, EPERM, "GLib would start threads with our own priority; they have it anyway"),
    REFUSE(sched_setattr, EPERM, "the same"),
    ALLOW(sched_getaffinity, "how many processors are there"),
    ALLOW(sched_yield, "waiting for another thread"),
    ALLOW(futex, "the same"),
    ALLOW(exit, "a thread ends"),

    // Memory, time, chance, the end.
    ALLOW_IF(mmap, "memory, fonts: never executable", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW_IF(mprotect, "threads' memory: never executable", ARG_BITS(2, PROT_EXEC, 0)),
    ALLOW(munmap, "memory"),
    ALLOW(mremap, "memory"),
    ALLOW(madvise, "memory"),
    ALLOW(brk, "memory"),
    ALLOW(getrandom, "hash tables"),
    ALLOW(uname, "libX11: which cookie is for this machine"),
    ALLOW(getpid, "said to the display"),
    ALLOW(getppid, "GLib's random numbers, where it finds no /dev/urandom"),
    ALLOW(mlock, "GTK keeps a password that is typed out of swap space"),
    ALLOW(munlock, "the same"),
    ALLOW(getuid, "GLib: whose home directory"),
    ALLOW(geteuid, "the same"),
    ALLOW(getgid, "the same"),
    ALLOW(getegid, "the same"),
    ALLOW(getresuid, "GLib: was it started with somebody else's rights"),
    ALLOW(getresgid, "the same"),
    ALLOW(clock_gettime, "where it is no vDSO call"),
    ALLOW(clock_getres, "the same"),
    ALLOW(clock_nanosleep, "waits"),
    ALLOW(gettimeofday, "the same"),
    ALLOW(restart_syscall, "a wait that was interrupted"),
    ALLOW(rt_sigaction, "GLib: a closed pipe is an error, and no end"),
    ALLOW(rt_sigreturn, "after a signal"),
    ALLOW(exit_group, "the end"),
    { 0 },
};

const struct sandbox_policy ui_gtk_policy = {
    .program = "p2v-ui-gtk",
    .uid = 60706,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .paths = paths,
    .max_processes = 32,               // threads
    .max_files = 64,
    .syscalls = syscalls,
};
