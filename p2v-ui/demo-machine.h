// SPDX-License-Identifier: GPL-2.0-or-later
//
// The demonstration's invented machine, and what is said against a choice of it.  Pure memory.
#ifndef P2V_UI_DEMO_MACHINE_H
#define P2V_UI_DEMO_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/p2v.pb-c.h"

#define DEMO_TEXT_MAX 4600             // bytes: more than any text may have
#define DEMO_FINDINGS_MAX 8
#define DEMO_DISKS 2                   // that can be converted
#define DEMO_FINGERPRINT "SHA256:3mVqYx0JwB7dK5sTnR2cHfLgPzUeAoI9vXyDk41bQ8M"

extern const struct demo_disk { const char *name; uint64_t size_bytes; } demo_disks[DEMO_DISKS];

// What virt-v2v prints, and at which step of the conversion.
extern const struct demo_line { unsigned step; const char *text; } demo_lines[];
extern const size_t demo_line_count;

struct demo_finding {
    const char *name, *text;
    bool error;
};

// The text itself; hostile: round it all that could harm a terminal, in more than 4 KiB.
char *demo_text(bool hostile, const char *text, char buffer[DEMO_TEXT_MAX]);

// Says Inventory, Contents and UiSettings.
void demo_machine(bool hostile, void (*say)(void *context, const P2v__Envelope *envelope), void *context);

// What there is to say against this guest; how much it is.  chosen: which of demo_disks are.
size_t demo_judge(const P2v__Guest *guest, bool chosen[DEMO_DISKS], struct demo_finding findings[DEMO_FINDINGS_MAX]);

#endif
