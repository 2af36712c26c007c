// SPDX-License-Identifier: GPL-2.0-or-later
//
// The file bad-ranges in the remote directory: what could not be read of the disks, and became zeroes.
// Touches: the SSH connection; the supervisor's channel.
#ifndef P2V_TRANSPORT_BAD_RANGES_H
#define P2V_TRANSPORT_BAD_RANGES_H

#include "p2v-transport/link.h"
#include "proto/helper.h"

enum bad_ranges_result {
    BAD_RANGES_DONE,              // the file is there, if there is anything for it
    BAD_RANGES_NO_FILE,           // it could not be written: err
    BAD_RANGES_ALONE,             // the supervisor has gone, or said what it must not, which has been told
};

// When virt-v2v has ended: asks the supervisor disk by disk, and writes the file, one line "sda OFFSET LENGTH" a range.
enum bad_ranges_result bad_ranges_save(struct helper *helper, struct link *link, const P2v__Machine *machine, const char *directory,
                                       struct error *err);

#endif
