// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person asks for by a button, and p2v-ui cannot do: granted or refused here, done by the runner.
#ifndef P2V_SUPERVISOR_BUTTONS_H
#define P2V_SUPERVISOR_BUTTONS_H

#include "p2v-supervisor/supervisor.h"

// A program has ended.  Where a button started it, the person is told.
void buttons_ended(struct supervisor *sup, enum runner_program program, int status);

// For permit.c.
void on_ui_request(struct supervisor *sup, struct peer *ui, struct message *in);

#endif
