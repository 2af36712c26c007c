// SPDX-License-Identifier: GPL-2.0-or-later
//
// What could not be read, told to the person as it is met, and to the supervisor as a list when it asks; and how much has gone to
// clients.
// Touches: the channel.
#ifndef P2V_EXPORT_REPORT_H
#define P2V_EXPORT_REPORT_H

#include "p2v-export/connection.h"
#include "proto/helper.h"

struct report {
    struct helper *helper;
    const struct export *export;
    unsigned told;                     // ranges that were met
};

// From now on notes tell where export's disk cannot be read.  *report must stay where it is.
void report_begin(struct report *report, struct helper *helper, struct export *export);

// The answer to BadRangesAsk, and a note for each of the first ranges.  0, or -1 where the supervisor has gone.
int report_list(const struct report *report);

// Tells the supervisor how much of the disk clients have by now.  Where it has gone, its channel tells that.
void report_progress(const struct report *report);

#endif
