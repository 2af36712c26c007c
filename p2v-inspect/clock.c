// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does the hardware clock keep UTC or local time?  Touches: etc/adjtime of the tree (hwclock(8): the third line says).
#include <string.h>

#include "p2v-inspect/inventory.h"

void inspect_clock(struct inspection *in)
{
    struct tree_lines lines;
    if (!tree_lines_open(&lines, in->root, "etc/adjtime"))
        return;
    char *line = NULL;
    for (int i = 0; i < 3; i++)
        if ((line = tree_next_line(&lines)) == NULL)
            break;
    if (line != NULL && strcmp(tree_trim(line), "UTC") == 0)
        in->inventory->rtc.basis = P2V__RTC_BASIS__RTC_UTC;
    else if (line != NULL && strcmp(line, "LOCAL") == 0)
        in->inventory->rtc.basis = P2V__RTC_BASIS__RTC_LOCALTIME;
    else
        inspect_note(in, "the hardware clock's basis is left out: the third line of etc/adjtime is neither UTC nor LOCAL");
    tree_lines_close(&lines);
}
