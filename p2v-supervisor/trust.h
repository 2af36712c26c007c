// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom this run trusts, and what the person is asked for it: the first host key that is accepted holds for the whole run.
#ifndef P2V_SUPERVISOR_TRUST_H
#define P2V_SUPERVISOR_TRUST_H

#include "p2v-supervisor/supervisor.h"

// A p2v-transport is ready: it gets all that it needs to log in.
void trust_login(struct supervisor *sup, struct peer *peer);

// A p2v-transport has logged in to a server with this host key.  False where that ended the conversion: another key was accepted before.
bool trust_holds(struct supervisor *sup, const char *fingerprint);

// Puts the next question that waits to p2v-ui; where there is none, nobody answers it.
void trust_ask_next(struct supervisor *sup);

// For permit.c: questions of a p2v-transport, answers of p2v-ui.
void on_question(struct supervisor *sup, struct peer *peer, struct message *in);
void on_answer(struct supervisor *sup, struct peer *ui, struct message *in);

#endif
