// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 2: disks and network.
#ifndef P2V_UI_GTK_CHOICE_H
#define P2V_UI_GTK_CHOICE_H

#include "p2v-ui-gtk/ui.h"

// Makes the page; ui->choice is its state.
GtkWidget *choice_new(struct ui *ui);

void choice_refresh(struct ui *ui);

// The keyboard goes to the button that starts, where it does.
void choice_focus(struct ui *ui);

#endif
