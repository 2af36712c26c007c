// SPDX-License-Identifier: GPL-2.0-or-later
//
// How clients arrive: by hand they connect to a listening socket, under the supervisor p2v-transport hands them over.
// Touches: the descriptor they arrive on.
#ifndef P2V_EXPORT_ARRIVALS_H
#define P2V_EXPORT_ARRIVALS_H

#include "p2v-export/serve.h"

// One client that has arrived: *fd is its stream, the caller's from then on, or -1 where there is none after all.  One that has
// connected is non-blocking; one that was handed over is as its sender left it.  It has room for a
// whole reply, so far as the system allows that.
// SERVE_GOES_ON, SERVE_ENDED, or SERVE_BROKEN with err.
enum serve_result arrivals_take(enum arrival kind, int arrivals, int *fd, struct error *err);

#endif
