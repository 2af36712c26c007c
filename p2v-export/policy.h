// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-export may do.
#ifndef P2V_EXPORT_POLICY_H
#define P2V_EXPORT_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy export_policy;

#endif
