// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a policy.c writes its rows of system calls, where many of them have conditions.  Arguments are counted from 0.
#ifndef P2V_SANDBOX_ROWS_H
#define P2V_SANDBOX_ROWS_H

#include "sandbox/sandbox.h"

#define ROW_CONDITIONS(...) \
    .conditions = { __VA_ARGS__ }, .condition_count = sizeof((struct scmp_arg_cmp[]){ __VA_ARGS__ }) / sizeof(struct scmp_arg_cmp)

// Permitted, with any arguments or where all conditions hold; answered with this error in place of death, likewise.
#define ALLOW(NAME, REASON) { .number = SCMP_SYS(NAME), .reason = (REASON) }
#define ALLOW_IF(NAME, REASON, ...) { .number = SCMP_SYS(NAME), .reason = (REASON), ROW_CONDITIONS(__VA_ARGS__) }
#define REFUSE(NAME, ERRNO, REASON) { .number = SCMP_SYS(NAME), .reason = (REASON), .refuse_errno = (ERRNO) }
#define REFUSE_IF(NAME, ERRNO, REASON, ...) \
    { .number = SCMP_SYS(NAME), .reason = (REASON), .refuse_errno = (ERRNO), ROW_CONDITIONS(__VA_ARGS__) }

// Conditions: argument N is VALUE, or its bits under MASK are.
#define ARG(N, VALUE) { (N), SCMP_CMP_EQ, (VALUE), 0 }
#define ARG_BITS(N, MASK, VALUE) { (N), SCMP_CMP_MASKED_EQ, (MASK), (VALUE) }
#define SOCKET_TYPE(VALUE) ARG_BITS(1, 0xf, (VALUE))       // of socket(2), without SOCK_CLOEXEC and SOCK_NONBLOCK

#endif
