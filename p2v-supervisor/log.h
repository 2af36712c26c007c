// SPDX-License-Identifier: GPL-2.0-or-later
//
// What has been shown in this run, kept for a UI that is started later, and for the person who wants it in a file.
#ifndef P2V_SUPERVISOR_LOG_H
#define P2V_SUPERVISOR_LOG_H

#include "p2v-supervisor/supervisor.h"

// Shows bytes in the UI, where one listens, and keeps them; what is beyond 16 MiB is not kept.
void log_show(struct supervisor *sup, unsigned char *bytes, size_t size);

// Keeps a line of our own.
void log_keep_note(struct supervisor *sup, const char *text);

// Shows the last of it in a UI that has just started.
void log_repeat(struct supervisor *sup, struct peer *ui);

#endif
