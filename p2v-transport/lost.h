// SPDX-License-Identifier: GPL-2.0-or-later
//
// How this program ends where it fails: a lost connection may be made again, by another p2v-transport; nothing here does it.
// Touches: the supervisor's channel.
#ifndef P2V_TRANSPORT_LOST_H
#define P2V_TRANSPORT_LOST_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

// Says why this program ends: ConnectionLost where it is for the network or the server's going (link->lost), else Failure.
// Returns the program's exit status.
int lost_or_failed(struct helper *helper, const struct link *link, const struct error *err);

#endif
