// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 1: SSH configuration.
#ifndef P2V_UI_GTK_CONNECTION_H
#define P2V_UI_GTK_CONNECTION_H

#include "p2v-ui-gtk/ui.h"

// Makes the page; ui->connection is its state.
GtkWidget *connection_new(struct ui *ui);

void connection_refresh(struct ui *ui);

// The keyboard goes to the button that leads on, where it does.
void connection_focus(struct ui *ui);

#endif
