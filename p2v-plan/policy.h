// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-plan may do.
#ifndef P2V_PLAN_POLICY_H
#define P2V_PLAN_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy plan_policy;

#endif
