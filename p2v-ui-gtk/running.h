// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 3: the conversion, and its verdict.
#ifndef P2V_UI_GTK_RUNNING_H
#define P2V_UI_GTK_RUNNING_H

#include "p2v-ui-gtk/ui.h"

// Makes the page; ui->running is its state.
GtkWidget *running_new(struct ui *ui);

void running_refresh(struct ui *ui);

#endif
