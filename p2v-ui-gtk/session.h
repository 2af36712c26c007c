// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who is on the other side: the supervisor by the channel, or the demo's pretended one.  Touches: the channel.
#ifndef P2V_UI_GTK_SESSION_H
#define P2V_UI_GTK_SESSION_H

#include "p2v-ui-gtk/ui.h"
#include "p2v-ui/demo.h"
#include "proto/helper.h"

struct session {
    struct ui ui;                      // first
    struct helper *helper;
    struct demo *demo;                 // NULL: it is the supervisor
    guint timer;                       // until something is due
    int status;                        // of the program's end
};

// Prepares the model.  demo: owned by the caller, NULL: the channel.
void session_init(struct session *session, struct helper *helper, struct demo *demo);

// Shows the window until the end, and returns the program's exit status.
int session_run(struct session *session);

#endif
