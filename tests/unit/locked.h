// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a locked process can and cannot do: tried in a child that has taken the real lock of a policy.  What an attempt has at
// hand (descriptors, texts) is made before, in the test itself, and inherited.
#ifndef P2V_TESTS_UNIT_LOCKED_H
#define P2V_TESTS_UNIT_LOCKED_H

#include <stdint.h>

#include "sandbox/sandbox.h"

#define LOCK_FAILED 255                // exit status of a child that could not lock itself; it has said why on standard error

// A pointer as an argument of a system call.
#define NAME(pointer) ((long)(uintptr_t)(pointer))

// Runs attempt() in a locked child.  The wait status; what attempt() returns is the exit status.
int locked_run(const struct sandbox_policy *policy, int (*attempt)(void));

// Makes one system call in a locked child: bare, so that no library refuses first.  The wait status; a call that returns makes
// it an exit with its errno (0: it worked).
int locked_call(const struct sandbox_policy *policy, long number, long a, long b, long c, long d);

// Fails the test unless the call is the locked child's death by SIGSYS.
void locked_kills(const struct sandbox_policy *policy, long number, long a, long b, long c, long d);

// Fails the test unless the call returns, with this errno; 0: it works.
void locked_gives(const struct sandbox_policy *policy, int error, long number, long a, long b, long c, long d);

#endif
