// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts on other processes, on rights, and on this process's own memory.  All calls are bare: a library would refuse before
// the kernel does.
#include "tests/hostile/attack/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

ATTEMPT(fork_process)
{
    (void)scene;
    long pid = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    if (pid == 0)
        _exit(0);
    return refusal(pid);
}

ATTEMPT(execute)
{
    (void)scene;
    char *const argv[] = { (char *)"true", NULL };
    return refusal(syscall(SYS_execve, "/bin/true", argv, argv + 1));
}

// The C library is a program too, and there on every machine.
ATTEMPT(execute_library)
{
    (void)scene;
#ifdef __x86_64__
    const char *loader = "/lib64/ld-linux-x86-64.so.2";
#else
    const char *loader = "/lib/ld-linux-aarch64.so.1";
#endif
    char *const argv[] = { (char *)"ld.so", (char *)"libc.so.6", NULL };
    return refusal(syscall(SYS_execve, loader, argv, argv + 2));
}

// What is there is no program: ENOEXEC comes when the kernel has opened it to execute it, and looked.
ATTEMPT(execute_memory)
{
    (void)scene;
    char *const argv[] = { (char *)"true", NULL };
    long fd = syscall(SYS_memfd_create, "program", 0L);
    if (fd < 0 || write((int)fd, "nothing", 7) < 0)
        return errno;
    return refusal_but(syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH), ENOEXEC);
}

// ---- others ----------------------------------------------------------------------------------------------

ATTEMPT(ptrace_sibling)
{
    return refusal(syscall(SYS_ptrace, (long)PTRACE_SEIZE, (long)scene->sibling, 0L, 0L));
}

ATTEMPT(ptrace_root)
{
    return refusal(syscall(SYS_ptrace, (long)PTRACE_SEIZE, (long)scene->root, 0L, 0L));
}

ATTEMPT(kill_sibling)
{
    return refusal(syscall(SYS_kill, (long)scene->sibling, (long)SIGKILL));
}

ATTEMPT(kill_root)
{
    return refusal(syscall(SYS_kill, (long)scene->root, (long)SIGKILL));
}

ATTEMPT(kill_thread)
{
    return refusal(syscall(SYS_tgkill, (long)scene->sibling, (long)scene->sibling, (long)SIGKILL));
}

ATTEMPT(kill_by_pidfd)
{
    long fd = syscall(SYS_pidfd_open, (long)scene->sibling, 0L);
    return fd < 0 ? errno : refusal(syscall(SYS_pidfd_send_signal, fd, (long)SIGKILL, NULL, 0L));
}

ATTEMPT(steal_descriptor)
{
    long fd = syscall(SYS_pidfd_open, (long)scene->sibling, 0L);
    return fd < 0 ? errno : refusal(syscall(SYS_pidfd_getfd, fd, 3L, 0L));
}

static int open_of(pid_t pid, const char *file, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    return open(path, flags | O_CLOEXEC);
}

ATTEMPT(read_environ)
{
    return refusal(open_of(scene->sibling, "environ", O_RDONLY));
}

ATTEMPT(open_memory)
{
    return refusal(open_of(scene->sibling, "mem", O_RDONLY));
}

ATTEMPT(read_maps)
{
    return refusal(open_of(scene->sibling, "maps", O_RDONLY));
}

ATTEMPT(list_descriptors)
{
    char entries[1024];
    int fd = open_of(scene->sibling, "fd", O_RDONLY | O_DIRECTORY);
    return fd < 0 ? errno : refusal(syscall(SYS_getdents64, fd, entries, sizeof entries));
}

// Its addresses are not known here: EFAULT comes after the kernel's permission.
static int reach_memory(long number, pid_t pid)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { (void *)8, 1 };
    return refusal_but(syscall(number, (long)pid, &here, 1L, &there, 1L, 0L), EFAULT);
}

ATTEMPT(read_memory)
{
    return reach_memory(SYS_process_vm_readv, scene->sibling);
}

ATTEMPT(write_memory)
{
    return reach_memory(SYS_process_vm_writev, scene->sibling);
}

ATTEMPT(slow_down)
{
    return refusal(syscall(SYS_setpriority, (long)PRIO_PROCESS, (long)scene->sibling, 19L));
}

ATTEMPT(enter_namespace)
{
    int fd = open_of(scene->root, "ns/mnt", O_RDONLY);
    return fd < 0 ? errno : refusal(syscall(SYS_setns, (long)fd, (long)CLONE_NEWNS));
}

// ---- rights ----------------------------------------------------------------------------------------------

ATTEMPT(become_root)
{
    (void)scene;
    return refusal(syscall(SYS_setresuid, 0L, 0L, 0L));
}

ATTEMPT(become_group)
{
    (void)scene;
    return refusal(syscall(SYS_setresgid, 0L, 0L, 0L));
}

ATTEMPT(gain_capability)
{
    (void)scene;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { .effective = 1u << CAP_SYS_ADMIN, .permitted = 1u << CAP_SYS_ADMIN } };
    return refusal(syscall(SYS_capset, &header, data));
}

ATTEMPT(make_user_namespace)
{
    (void)scene;
    return refusal(syscall(SYS_unshare, (long)CLONE_NEWUSER));
}

ATTEMPT(be_dumpable)
{
    (void)scene;
    return refusal(syscall(SYS_prctl, (long)PR_SET_DUMPABLE, 1L, 0L, 0L, 0L));
}

ATTEMPT(load_filter)
{
    (void)scene;
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { 1, &allow };
    return refusal(syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_FILTER, 0L, &program));
}

// getpid() by int 0x80: a filter that looked at numbers alone would take it for another call.
ATTEMPT(foreign_entry)
{
    (void)scene;
#ifdef __x86_64__
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result > 0 ? 0 : ENOSYS;
#else
    return ENOSYS;
#endif
}

// ---- memory ----------------------------------------------------------------------------------------------

static void *map(int protection, int flags, int fd)
{
    return (void *)syscall(SYS_mmap, 0L, 4096L, (long)protection, (long)flags, (long)fd, 0L);
}

ATTEMPT(map_writable_code)
{
    (void)scene;
    return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1) == MAP_FAILED ? errno : 0;
}

// A page of this program's own, so that nothing need be mapped for it.
ATTEMPT(protect_to_code)
{
    (void)scene;
    static char page[8192] __attribute__((aligned(4096)));
    page[0] = 1;
    return refusal(syscall(SYS_mprotect, page, 4096L, (long)(PROT_READ | PROT_EXEC)));
}

ATTEMPT(map_memfd_code)
{
    (void)scene;
    long fd = syscall(SYS_memfd_create, "code", 0L);
    if (fd < 0 || write((int)fd, "code", 4) < 0)
        return errno;
    return map(PROT_READ | PROT_EXEC, MAP_SHARED, (int)fd) == MAP_FAILED ? errno : 0;
}

ATTEMPT(make_memfd)
{
    (void)scene;
    return refusal(syscall(SYS_memfd_create, "memory", (long)MFD_CLOEXEC));
}

ATTEMPT(read_implies_exec)
{
    (void)scene;
    return refusal(syscall(SYS_personality, (long)READ_IMPLIES_EXEC));
}
