// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the supervisor may do, before it is told anything.
#ifndef P2V_SUPERVISOR_POLICY_H
#define P2V_SUPERVISOR_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy supervisor_policy;

#endif
