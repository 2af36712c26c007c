// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-ui may do.
#ifndef P2V_UI_POLICY_H
#define P2V_UI_POLICY_H

#include "sandbox/sandbox.h"

extern const struct sandbox_policy ui_policy;          // plain text (policy.c)
extern const struct sandbox_policy ui_terminal_policy; // dialogs on the terminal (terminal-policy.c)

#endif
