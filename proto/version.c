// SPDX-License-Identifier: GPL-2.0-or-later
//
// The programs are of one version, and find out before they say anything else to each other.  Pure memory.
#include "proto/version.h"

#include <string.h>

int version_check(const char *program, const char *says, const char *version, const char *self, struct error *err)
{
    if (strcmp(version, P2V_VERSION) != 0)
        return error_set(err, "%s is of version %s, %s of version " P2V_VERSION ": install them together, from one version", program, version, self);
    return strcmp(program, says) == 0 ? 0 : error_set(err, "%s says that it is %s: install all programs anew", program, says);
}
