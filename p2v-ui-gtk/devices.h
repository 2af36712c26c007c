// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's disks, removable drives and network interfaces in dialog 2: which of them the virtual machine gets.
#ifndef P2V_UI_GTK_DEVICES_H
#define P2V_UI_GTK_DEVICES_H

#include "p2v-ui-gtk/ui.h"

struct devices;

// The three lists, empty until the model has the inventory, in a box that is stored in *widget.
struct devices *devices_new(struct ui *ui, GtkWidget **widget);

void devices_refresh(struct devices *devices);

#endif
