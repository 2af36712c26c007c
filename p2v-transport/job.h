// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversion: the remote directory, the detached job in it, its messages, its end.  The control role's whole work.
// Touches: the SSH connection; the supervisor's channel.
#ifndef P2V_TRANSPORT_JOB_H
#define P2V_TRANSPORT_JOB_H

#include "p2v-transport/bundle.h"
#include "p2v-transport/link.h"
#include "proto/helper.h"

// Converts, or goes on where a lost connection left off (start->remote_directory).  files: the attachments, borrowed; the job
// sends its own beside them.  When the supervisor says ConversionCancel, or is gone, virt-v2v and everything it started is ended
// on the server.  Returns the program's exit status; all has been told.
int job_convert(struct helper *helper, struct link *link, const P2v__ConversionStart *start, struct bundle *files);

#endif
