// SPDX-License-Identifier: GPL-2.0-or-later
//
// The child of the runner that makes a port's light blink, and its lock.
#ifndef P2V_RUNNER_IDENTIFY_H
#define P2V_RUNNER_IDENTIFY_H

#include "sandbox/sandbox.h"

// What the child of the runner may do that makes a port's light blink.
extern const struct sandbox_policy identify_policy;

// In a child of the runner: locks itself, makes the light of interface `index` (> 0) blink for ten seconds and exits with 0; or
// writes one sentence to fds[0] that says why not, and exits with 1.  Does not return.
_Noreturn void runner_become_identifier(int index, const int *fds);

#endif
