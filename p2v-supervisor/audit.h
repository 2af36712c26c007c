// SPDX-License-Identifier: GPL-2.0-or-later
//
// --audit-log: a line of JSON for each message that came or went, and for each process that was started or has ended.  Where no such
// file is wanted all of these do nothing.
#ifndef P2V_SUPERVISOR_AUDIT_H
#define P2V_SUPERVISOR_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/p2v.pb-c.h"
#include "proto/programs.h"

struct peer;

struct audit {
    int fd;                        // virt-p2v has opened it; 0: none is wanted
    int error;                     // errno of the write that failed: the file ends before what that was to say; 0: none has
    bool told;                     // to the person
};

// This process has locked itself: what was enforced on it.
void audit_locked(struct audit *audit, const P2v__Ready *self);

// A message has come from peer, or gone to it (sent); peer NULL: virt-p2v.  No secret of it is written: proto/redact.c.
void audit_message(struct audit *audit, const struct peer *peer, bool sent, const P2v__Envelope *envelope, size_t fd_count);

// Another event, of peer (NULL: this process), and one thing to say of it.
void audit_say(struct audit *audit, const char *event, const struct peer *peer, const char *key, const char *text);

// virt-p2v tells of a program's beginning or end, or of a signal.
void audit_event(struct audit *audit, const struct runner_event *event);

#endif
