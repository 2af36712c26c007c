// SPDX-License-Identifier: GPL-2.0-or-later
//
// Linked with every program of make SANITIZE=1, and with no other: how the sanitizers report, and the few system calls more that a
// locked program has for them.  Touches: the file of reports, and a descriptor of it beyond every limit.
//
// The other layers of the lock are as ever: no namespace, right, path or limit is another one for this.  What a policy answers with an
// error stays so.  No process of its own can be started that would look up names: so reports have addresses.
#ifndef __SANITIZE_ADDRESS__
#error "this is for make SANITIZE=1 alone"
#endif
#include "tests/sanitize/sanitize.h"

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORTS_FD 1000        // above every policy's max_files, so that no number of the program's own is another one

static bool locked;
static int reports = -1;

const struct sandbox_syscall sanitizer_syscalls[] = {
    // Of conditions SCMP_CMP_EQ and SCMP_CMP_MASKED_EQ alone: see sanitizer_permits().
    { SCMP_SYS(write), "reports", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO) } },
    { SCMP_SYS(write), "reports", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, REPORTS_FD) } },
    { SCMP_SYS(mmap), "ASan's malloc(3), and what it keeps of freed memory", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(munmap), "the same" },
    { SCMP_SYS(madvise), "the same: what is not needed goes back" },
    { SCMP_SYS(sigaltstack), "which stack is it, before a function that does not come back" },
    { SCMP_SYS(clock_gettime), "ASan's malloc(3), on a machine whose clock the vDSO cannot read" },
    { SCMP_SYS(getpid), "whose report it is" },
    { SCMP_SYS(gettid), "the same" },
    { SCMP_SYS(readlink), "ENOENT: they look for the program's name, which an empty root has not", .refuse_errno = ENOENT },
    { SCMP_SYS(open), "ENOENT: and for its files; by this call nobody else does", .refuse_errno = ENOENT },
    { SCMP_SYS(pipe2), "ENOSYS: UBSan would show the memory round a fault, read by a pipe", .refuse_errno = ENOSYS, .condition_count = 1,
      .conditions = { SCMP_A1(SCMP_CMP_EQ, 0) } },
    { SCMP_SYS(futex), "the wait for another thread's report" },
    { SCMP_SYS(sched_yield), "the wait for another thread's report" },
    { SCMP_SYS(exit_group), "the end, after a report" },
    { 0 },
};

bool sanitizer_permits(long number, const long arguments[4])
{
    for (const struct sandbox_syscall *call = sanitizer_syscalls; call->reason != NULL; call++) {
        bool fits = call->number == number;
        for (unsigned i = 0; i < call->condition_count; i++) {
            const struct scmp_arg_cmp *c = &call->conditions[i];
            unsigned long given = (unsigned long)arguments[c->arg];
            fits = fits && (c->op == SCMP_CMP_EQ ? given == c->datum_a : (given & c->datum_a) == c->datum_b);
        }
        if (fits)
            return true;
    }
    return false;
}

// 199 is no status of ours, and no errno.  The stack of the fault is told by addresses, which need no file.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "exitcode=199:symbolize=0:color=never:strict_string_checks=1:quarantine_size_mb=32";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "exitcode=199:symbolize=0:color=never:print_stacktrace=0";
}

int __lsan_is_turned_off(void);
// What looks for leaks is a clone(2), which wants to see its parent: not from another pid namespace, where --print-sandbox starts its child.
int __lsan_is_turned_off(void)
{
    struct stat own, children;
    return locked || stat("/proc/self/ns/pid", &own) < 0 || stat("/proc/self/ns/pid_for_children", &children) < 0 || own.st_ino != children.st_ino;
}

static void open_reports(void)
{
    const char *other = getenv("P2V_SANITIZE_REPORTS");           // of a test that wants a report
    int fd = open(other != NULL ? other : SANITIZER_REPORTS, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd >= 0 && (reports = fcntl(fd, F_DUPFD_CLOEXEC, REPORTS_FD)) != REPORTS_FD)
        reports = -1;                  // no filter would let it through
    if (fd >= 0)
        close(fd);
}

// Every piece of every report comes here.
void __sanitizer_on_print(const char *text);
void __sanitizer_on_print(const char *text)
{
    if (reports < 0 && !locked)
        open_reports();
    if (reports >= 0 && write(reports, text, strlen(text)) < 0)
        reports = -1;                  // it stands on standard error as well
}

void sanitizer_before_lock(void)
{
    if (reports < 0)
        open_reports();
    static __sanitizer_sandbox_arguments nothing;
    __sanitizer_sandbox_on_notify(&nothing);       // it reads the map of this process now: later it cannot
    locked = true;
}
