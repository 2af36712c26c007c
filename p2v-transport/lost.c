// SPDX-License-Identifier: GPL-2.0-or-later
//
// How this program ends where it fails.  Touches: the supervisor's channel.
#include "p2v-transport/lost.h"

int lost_or_failed(struct helper *helper, const struct link *link, const struct error *err)
{
    return link->lost ? helper_lost(helper, "%s", err->text) : helper_fail(helper, "%s", err->text);
}
