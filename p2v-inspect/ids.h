// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of vendors and products, out of pci.ids and usb.ids where the machine has them.
#ifndef P2V_INSPECT_IDS_H
#define P2V_INSPECT_IDS_H

#include <stddef.h>

#include "p2v-inspect/inventory.h"

enum id_bus { IDS_PCI, IDS_USB };

// vendor and product: numbers as sysfs has them, with or without 0x.  The names replace them where they are found; what is not
// found stays the number.  Both have room for size bytes.
void ids_name(struct inspection *in, enum id_bus bus, char *vendor, char *product, size_t size);

#endif
