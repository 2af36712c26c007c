// SPDX-License-Identifier: GPL-2.0-or-later
//
// The buttons of a dialog, below what they are about, which is scrolled where it is too high.
#ifndef P2V_UI_GTK_BUTTONS_H
#define P2V_UI_GTK_BUTTONS_H

#include "p2v-ui-gtk/mnemonic.h"
#include "p2v-ui-gtk/ui.h"

typedef void button_deed(struct ui *ui);

GtkWidget *buttons_bar(void);

// A button that does the deed, and then has the widgets follow.  buttons_add_last() puts it at the other end, alone, as the one
// that leads on.
GtkWidget *buttons_add(struct ui *ui, GtkWidget *bar, struct mnemonics *mnemonics, const char *label, button_deed *deed);
GtkWidget *buttons_add_last(struct ui *ui, GtkWidget *bar, struct mnemonics *mnemonics, const char *label, button_deed *deed);

// Another label, with its mnemonic.
void buttons_set_label(GtkWidget *button, const char *label);

// The page: content, scrolled, and the bar below it.
GtkWidget *buttons_below(GtkWidget *content, GtkWidget *bar);

#endif
