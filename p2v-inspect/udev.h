// SPDX-License-Identifier: GPL-2.0-or-later
//
// What udev has written down of a block device, where the machine runs udev.  Touches: run/udev/data of the tree.
#ifndef P2V_INSPECT_UDEV_H
#define P2V_INSPECT_UDEV_H

#include "p2v-inspect/inventory.h"

struct udev_facts {
    char serial[129];              // ID_SERIAL_SHORT; "" where it does not say
    char wwn[129];                 // ID_WWN_WITH_EXTENSION, else ID_WWN
};

// dir: the device's directory in sysfs.
void udev_read(struct inspection *in, int dir, const char *name, struct udev_facts *facts);

#endif
