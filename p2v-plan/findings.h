// SPDX-License-Identifier: GPL-2.0-or-later
//
// What there is to say against a conversion as it is configured: errors, and warnings that the person may overrule.  Pure memory.
#ifndef P2V_PLAN_FINDINGS_H
#define P2V_PLAN_FINDINGS_H

#include <stddef.h>

#include "p2v-plan/choice.h"
#include "p2v-plan/facts.h"
#include "p2v-plan/machine.h"
#include "proto/error.h"
#include "proto/limits.h"
#include "proto/p2v.pb-c.h"

enum finding {
    FINDING_ERROR,                 // nothing can be converted so
    FINDING_WARNING,               // the person may overrule it
    FINDING_ADVICE,                // likewise, and it is worth telling only where somebody can
};

struct findings {
    P2v__Finding all[MAX_FINDINGS];
    P2v__Finding *pointers[MAX_FINDINGS];
    char names[MAX_FINDINGS][33];
    struct error texts[MAX_FINDINGS];
    size_t count, errors;
};

// One sentence, about one setting ("": none in particular); both are copied.  More than there is room for are left out.
void findings_add(struct findings *findings, const char *name, enum finding kind, const char *format, ...) __attribute__((format(printf, 4, 5)));

// Adds all there is to say of the machine, the choice and the plan.
void findings_find(const struct facts *facts, const struct choice *choice, const struct machine_plan *plan, struct findings *findings);

#endif
