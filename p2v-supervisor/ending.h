// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a conversion ends: the first verdict stands, everything is closed, the UI shows it, the hook runs.
#ifndef P2V_SUPERVISOR_ENDING_H
#define P2V_SUPERVISOR_ENDING_H

#include "p2v-supervisor/supervisor.h"

// The verdict, unless there is one already: closes all helpers but the UI, which shows it.
void ending_begin(struct supervisor *sup, enum outcome outcome, const char *text);

// Shows the verdict, once, as soon as the UI can; on standard error where there is no UI.
void ending_show_verdict(struct supervisor *sup);

// Runs p2v.post or p2v.fail once everything else has ended; then PHASE_OVER.  For PHASE_VERDICT and after.
void ending_advance(struct supervisor *sup);

// From now on, in this many seconds, conversion_deadline(); 0: there is none.
void ending_deadline(struct supervisor *sup, int seconds);

// CLOCK_MONOTONIC's, of which all times here are.
time_t seconds_now(void);

#endif
