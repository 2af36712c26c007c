// SPDX-License-Identifier: GPL-2.0-or-later
//
// The person decides: p2v-ui asks what to convert and where to, and every answer is checked here.
#ifndef P2V_SUPERVISOR_DIALOGS_H
#define P2V_SUPERVISOR_DIALOGS_H

#include "p2v-supervisor/supervisor.h"

// The inspection is over: p2v-ui is told what there is, and may ask for connections and for the conversion (PHASE_ASK).
void dialogs_begin(struct supervisor *sup);

// Tells a p2v-ui that has just started all that it needs to show where this run is.
void dialogs_show(struct supervisor *sup, struct peer *ui);

// Tells p2v-ui which phase this is, where it has dialogs.
void dialogs_tell_phase(struct supervisor *sup);

// There is a plan of what they have chosen: they are told of it, or the conversion begins.
void dialogs_planned(struct supervisor *sup);

// What the person tries has failed before anything was begun.  True: they have been told, and may try something else; false: it
// is a failure of the run.
bool dialogs_take_failure(struct supervisor *sup, const char *text);

// What became of the connection that was asked for: why it was not made, and of which setting ("": of none in particular); NULL: it was.
void dialogs_answer(struct supervisor *sup, const char *name, const char *why);

// p2v-ui has ended before it was done with, and how.  True: another one is started, or the conversion goes on without.
bool dialogs_ui_died(struct supervisor *sup, const char *how);

// For permit.c.
void on_ui_connect(struct supervisor *sup, struct peer *ui, struct message *in);
void on_ui_check(struct supervisor *sup, struct peer *ui, struct message *in);
void on_ui_convert(struct supervisor *sup, struct peer *ui, struct message *in);

#endif
