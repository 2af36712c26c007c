// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-ui-gtk may do.
#ifndef P2V_UI_GTK_POLICY_H
#define P2V_UI_GTK_POLICY_H

#include "sandbox/sandbox.h"

#define UI_GTK_MAX_PATHS 32            // of the policy and the display's two, the end included

// Without the display: display.c adds its socket and its cookie to a copy.
extern const struct sandbox_policy ui_gtk_policy;

#endif
