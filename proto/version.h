// SPDX-License-Identifier: GPL-2.0-or-later
//
// The programs are of one version, and find out before they say anything else to each other.
#ifndef P2V_PROTO_VERSION_H
#define P2V_PROTO_VERSION_H

#include "proto/error.h"

// Is `program` what it says that it is, and of this program's own version?  self: this one's name.
// 0, or -1 with a sentence for the person in err.
int version_check(const char *program, const char *says, const char *version, const char *self, struct error *err);

#endif
