// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-transport may do.
#ifndef P2V_TRANSPORT_POLICY_H
#define P2V_TRANSPORT_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy transport_policy;

// By hand: moves bytes from one socket to another, and nothing else.
extern const struct sandbox_policy pump_policy;

#endif
