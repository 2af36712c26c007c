// SPDX-License-Identifier: GPL-2.0-or-later
//
// What sandbox/lock.c and seccomp.c and tests want of tests/sanitize/sanitize.c, in a build with AddressSanitizer alone.
#ifndef P2V_TESTS_SANITIZE_H
#define P2V_TESTS_SANITIZE_H

#include "sandbox/sandbox.h"

// To be called before the first layer: what the sanitizers want of the file system is read and opened, and there is no looking for leaks
// at this process's end, which would need clone(2) and ptrace(2).
void sanitizer_before_lock(void);

// What every filter permits as well, ended as a policy's table is.
extern const struct sandbox_syscall sanitizer_syscalls[];

// For tests of what a filter refuses: does that table permit the call?  arguments: the first four.
bool sanitizer_permits(long number, const long arguments[4]);

#endif
