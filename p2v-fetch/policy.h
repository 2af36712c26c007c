// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-fetch may do.
#ifndef P2V_FETCH_POLICY_H
#define P2V_FETCH_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy fetch_policy;

#endif
