// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's name and its architecture.  Touches: uname(2), or those files of a recorded tree.
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "p2v-inspect/inventory.h"
#include "proto/text.h"

static void set_hostname(struct inspection *in, const char *text)
{
    char *hostname = in->inventory->hostname;
    if (strcmp(text, "(none)") == 0 || text[0] == '\0')        // the kernel's word for: never set
        return;
    if (strlen(text) < sizeof in->inventory->hostname && text_is_line(text))
        memcpy(hostname, text, strlen(text) + 1);
    else
        inspect_note(in, "the host name is left out: it is too long or no printable text");
}

static void set_architecture(struct inspection *in, const char *text)
{
    if (text_is_word(text) && strlen(text) < sizeof in->inventory->architecture)
        memcpy(in->inventory->architecture, text, strlen(text) + 1);
    else
        inspect_note(in, "the architecture is left out: it is no name");
}

void inspect_identity(struct inspection *in)
{
    struct utsname live;
    char hostname[254] = "", architecture[33] = "";
    bool asked = uname(&live) == 0;
    if (asked && !in->recorded) {
        set_hostname(in, live.nodename);
    } else {
        inspect_text(in, in->root, "proc/sys/kernel/hostname", "this machine", hostname, sizeof hostname);
        set_hostname(in, hostname);
        inspect_text(in, in->root, "proc/sys/kernel/arch", "this machine", architecture, sizeof architecture);
    }
    // Kernels before 6.1 do not write it down; a record is most often looked at on a machine of its own kind.
    if (architecture[0] != '\0' || asked)
        set_architecture(in, architecture[0] != '\0' ? architecture : live.machine);
}
