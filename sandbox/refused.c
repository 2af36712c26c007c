// SPDX-License-Identifier: GPL-2.0-or-later
//
// A process that makes a system call which its policy does not permit writes the call's name to standard error, and ends.
// Touches: this process's handler of SIGSYS; standard error.
//
// SCMP_ACT_KILL_PROCESS alone would tell nobody which call it was, but the kernel's audit log.  So the filter's default is
// SCMP_ACT_TRAP: the call is not made, and the kernel sends SIGSYS to the thread, with the call's number.  The process may have
// been taken over by then, and must end all the same.  That holds because
// - SA_RESETHAND: the handler is gone before its first instruction; the next refused call of any thread ends the process;
// - no policy without threads lets rt_sigaction(2) name SIGSYS, so it stays gone; blocked or ignored, the kernel makes it the default's death;
// - the handler calls no function and comes back to no address out of memory, so that no read that the kernel does in the
//   background can lead it elsewhere.  Its data may be changed under it: then the name is wrong, no more;
// - it ends with a call that the filter answers with SCMP_ACT_KILL_PROCESS, whatever handlers there are.
// Where a policy has threads the default is SCMP_ACT_KILL_PROCESS all the same: one that has been taken over could have the handler's
// write(2) wait for ever, and run on in another thread.
// A descriptor that tells another process (SECCOMP_RET_USER_NOTIF) would be worse: where that other process ends, refused calls
// fail and the locked one lives on, and one that keeps a copy of the descriptor could permit itself everything.
#include "sandbox/refused.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__

#define CALLS 512              // more than there are; the last one stands for those beyond

struct words {
    unsigned char size;
    char text[63];
};

static struct words before, names[CALLS];
static const char after[] = ", which its policy does not permit\n";

static void set_words(struct words *words, const char *text)
{
    words->size = (unsigned char)snprintf(words->text, sizeof words->text, "%s", text);
    if (words->size >= sizeof words->text)
        words->size = sizeof words->text - 1;
}

// A system call without a function of the C library, whose return address would lie in memory.
__attribute__((always_inline)) static inline void call(long number, long a, long b, long c)
{
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
}

static void handle(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    unsigned number = (unsigned)info->si_syscall;
    const struct words *name = &names[number < CALLS ? number : CALLS - 1];
    call(SCMP_SYS(write), STDERR_FILENO, (long)before.text, before.size);
    call(SCMP_SYS(write), STDERR_FILENO, (long)name->text, name->size);
    call(SCMP_SYS(write), STDERR_FILENO, (long)after, sizeof after - 1);
    for (;;)
        call(REFUSED_LAST_CALL, 0, 0, 0);
}

uint32_t refused_prepare(const struct sandbox_policy *policy)
{
    if (policy->max_processes > 0)
        return SCMP_ACT_KILL_PROCESS;
    struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESETHAND };
    char text[sizeof before.text];
    for (int i = 0; i < CALLS; i++) {
        char *name = i < CALLS - 1 ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i) : NULL;
        set_words(&names[i], name != NULL ? name : "of an unknown number");
        free(name);
    }
    snprintf(text, sizeof text, "%s: it tried the system call ", policy->program);
    set_words(&before, text);
    sigfillset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) == 0 ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS;
}

#else

uint32_t refused_prepare(const struct sandbox_policy *policy)
{
    (void)policy;
    return SCMP_ACT_KILL_PROCESS;
}

#endif
