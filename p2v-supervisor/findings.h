// SPDX-License-Identifier: GPL-2.0-or-later
//
// What there is to say against a conversion as it is configured: errors, and warnings that the person may overrule.
#ifndef P2V_SUPERVISOR_FINDINGS_H
#define P2V_SUPERVISOR_FINDINGS_H

#include "p2v-supervisor/supervisor.h"

#define MAX_FINDINGS 16            // as proto/check.c

struct findings {
    P2v__Finding all[MAX_FINDINGS];
    P2v__Finding *pointers[MAX_FINDINGS];
    struct error texts[MAX_FINDINGS];
    size_t count, errors;
};

// One sentence, about one setting ("": none in particular; it must outlive the findings).  More than there is room for are left out.
void findings_add(struct findings *findings, const char *name, bool error, const char *format, ...) __attribute__((format(printf, 4, 5)));

// Adds all there is to say of sup->config, the inventory and the server that was tested.
void findings_find(struct supervisor *sup, struct findings *findings);

#endif
