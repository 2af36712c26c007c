// SPDX-License-Identifier: GPL-2.0-or-later
//
// What there is to say against a conversion as it is configured: errors, and warnings that the person may overrule.
#ifndef P2V_PLAN_FINDINGS_H
#define P2V_PLAN_FINDINGS_H

#include "p2v-plan/choice.h"
#include "p2v-plan/facts.h"
#include "p2v-plan/machine.h"
#include "proto/findings.h"

// Adds all there is to say of the machine, the choice and the plan.
void findings_find(const struct facts *facts, const struct choice *choice, const struct machine_plan *plan, struct findings *findings);

#endif
