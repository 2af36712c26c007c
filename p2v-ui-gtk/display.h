// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one display that p2v-ui-gtk may reach: found before the lock, spoken to after it.
// Touches: the environment; the display's socket, which it connects to (Wayland) or shows to the locked program (X11).
#ifndef P2V_UI_GTK_DISPLAY_H
#define P2V_UI_GTK_DISPLAY_H

#include <limits.h>
#include <stdbool.h>

#include "p2v-ui-gtk/policy.h"
#include "proto/error.h"

struct display {
    struct sandbox_policy policy;      // ui_gtk_policy, and what is below
    struct sandbox_path paths[UI_GTK_MAX_PATHS];
    char socket[PATH_MAX];             // of the X server; "": it is Wayland, connected
    char cookie[PATH_MAX];             // X authority file; "": there is none
};

// Finds the display by WAYLAND_DISPLAY (with XDG_RUNTIME_DIR) or else DISPLAY (with XAUTHORITY or HOME), as they are in the
// environment, and replaces the whole environment by what GTK needs for that display and for the language.  Must be called as
// whoever may connect to the display, before the lock, with the descriptors of others closed.  display must outlive the lock.
// 0, or -1 with err: there is none on this machine.
int display_find(struct display *display, struct error *err);

#endif
