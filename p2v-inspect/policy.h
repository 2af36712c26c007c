// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-inspect may do.
#ifndef P2V_INSPECT_POLICY_H
#define P2V_INSPECT_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy inspect_policy;
extern const struct sandbox_policy contents_policy;        // of --contents: contents-policy.c

// The same, seeing nothing but one directory.  policy and tree are the caller's, and as long-lived as the process.
void policy_for_tree(const char *directory, struct sandbox_policy *policy, struct sandbox_path tree[2]);

#endif
