// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversion's messages, as the model has them: notes, and virt-v2v's lines with their colours.
#ifndef P2V_UI_GTK_LOG_H
#define P2V_UI_GTK_LOG_H

#include "p2v-ui-gtk/ui.h"

struct log {
    GtkWidget *scrolled, *view;
    size_t shown;                      // lines of the model
};

// Makes the view; the widget to be put somewhere is returned.
GtkWidget *log_new(struct log *log);

// Shows the lines that have come.
void log_refresh(struct log *log, const struct model *model);

#endif
