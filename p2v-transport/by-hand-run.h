// SPDX-License-Identifier: GPL-2.0-or-later
//
// `p2v-transport run`: one command on the server, as all commands of a conversion are run there.  Touches: the SSH
// connection, standard output and error.
#ifndef P2V_TRANSPORT_BY_HAND_RUN_H
#define P2V_TRANSPORT_BY_HAND_RUN_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

#define BY_HAND_RUN_LOST 255          // exit status where the command's is not known

// Its output is passed on as it is.  Returns the command's exit status.
int by_hand_run(struct helper *helper, struct link *link, const char *command);

#endif
