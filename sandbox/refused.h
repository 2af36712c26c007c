// SPDX-License-Identifier: GPL-2.0-or-later
//
// The last words of a process that made a system call which its policy does not permit.
#ifndef P2V_SANDBOX_REFUSED_H
#define P2V_SANDBOX_REFUSED_H

#include "sandbox/sandbox.h"

// The number of a system call that no policy has: the filter answers it with SCMP_ACT_KILL_PROCESS, whatever its default is.
#define REFUSED_LAST_CALL SCMP_SYS(kexec_load)

// Installs the handler.  To be called before the filter is loaded.  What the filter's default must be: SCMP_ACT_TRAP, or
// SCMP_ACT_KILL_PROCESS where the policy has threads, or this architecture no handler here; then the process's status alone tells of it.
uint32_t refused_prepare(const struct sandbox_policy *policy);

#endif
