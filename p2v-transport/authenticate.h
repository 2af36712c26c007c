// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who we are, to a server whose host key has been accepted.  Touches: the SSH socket; asks what only the person knows.
#ifndef P2V_TRANSPORT_AUTHENTICATE_H
#define P2V_TRANSPORT_AUTHENTICATE_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

// Goes through the methods that the server offers, with what there is: the key (or NULL), the login's password (or none), and
// the person, if there is one, for questions.  Several that the server wants one after the other too.  deadline: of
// clock_ms(), put off while a person thinks.  0, or -1 with err.
int authenticate(struct helper *helper, struct link *link, const P2v__Login *login, const ssh_key key, int64_t deadline, struct error *err);

#endif
