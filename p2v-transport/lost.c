// SPDX-License-Identifier: GPL-2.0-or-later
//
// How this program ends where it fails.  Touches: the supervisor's channel.
#include "p2v-transport/lost.h"

int lost_or_failed(struct helper *helper, const struct link *link, const struct error *err)
{
    if (!link->lost || helper->by_hand)
        return helper_fail(helper, "%s", err->text);
    P2v__ConnectionLost lost = P2V__CONNECTION_LOST__INIT;
    lost.text = (char *)err->text;
    P2v__Envelope envelope = ENVELOPE(connection_lost, CONNECTION_LOST, &lost);
    helper_send(helper, &envelope, NULL, 0);
    return EXIT_FAILED;
}
