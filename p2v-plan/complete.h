// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration as the words and the machine make it together: what the dialogs begin with, and what is dumped.
#ifndef P2V_PLAN_COMPLETE_H
#define P2V_PLAN_COMPLETE_H

#include "p2v-plan/choice.h"
#include "p2v-plan/facts.h"
#include "p2v-plan/machine.h"

// Fills in what was not given.  warn() is told of what the machine has and no key may have.
void complete_config(struct facts *facts, const struct choice *choice, const struct machine_plan *plan,
                     void (*warn)(void *context, const struct error *err), void *context);

#endif
