// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of vendors and products.  Touches: pci.ids and usb.ids below usr/share of the tree.
//
//     8086  Intel Corporation
//     <tab>1502  82579LM Gigabit Network Connection
//     <tab><tab>... subsystems, passed over
#include "p2v-inspect/ids.h"

#include <stdio.h>
#include <string.h>

#include "proto/text.h"

static const char *const files[][2] = {
    [IDS_PCI] = { "usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids" },
    [IDS_USB] = { "usr/share/misc/usb.ids", "usr/share/hwdata/usb.ids" },
};

static const char *without_0x(const char *number)
{
    return strncmp(number, "0x", 2) == 0 ? number + 2 : number;
}

// The name in "8086  Intel Corporation" where the number is this one.
static const char *name_in(const char *line, const char *number)
{
    return strncmp(line, number, 4) == 0 && strncmp(line + 4, "  ", 2) == 0 ? line + 6 : NULL;
}

static void take(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s", name);
    text_clean_line(out);
    tree_trim(out);
}

static void look_up(struct tree_lines *lines, char *vendor, char *product, size_t size)
{
    char vendor_number[5], product_number[5];
    snprintf(vendor_number, sizeof vendor_number, "%s", without_0x(vendor));
    snprintf(product_number, sizeof product_number, "%s", without_0x(product));
    bool here = false;
    for (char *line; (line = tree_next_line(lines)) != NULL;) {
        const char *name;
        if (line[0] == '\t' && here && (name = name_in(line + 1, product_number)) != NULL) {
            take(product, size, name);
            return;
        }
        if (line[0] == '\t' || line[0] == '#' || line[0] == '\0')
            continue;
        if (here)
            return;                        // the next vendor
        if ((name = name_in(line, vendor_number)) != NULL) {
            take(vendor, size, name);
            here = true;
        }
    }
}

void ids_name(struct inspection *in, enum id_bus bus, char *vendor, char *product, size_t size)
{
    struct tree_lines lines;
    if (strlen(without_0x(vendor)) != 4 || strlen(without_0x(product)) != 4)
        return;
    for (size_t i = 0; i < 2; i++)
        if (tree_lines_open(&lines, in->root, files[bus][i])) {
            look_up(&lines, vendor, product, size);
            tree_lines_close(&lines);
            return;
        }
}
