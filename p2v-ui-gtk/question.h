// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the person is asked, or told, in place of the dialog: the model's questions (a host key, a secret), and our own.
#ifndef P2V_UI_GTK_QUESTION_H
#define P2V_UI_GTK_QUESTION_H

#include "p2v-ui-gtk/ui.h"

// Makes the page; ui->question is its state.
GtkWidget *question_new(struct ui *ui);

// Our own: shown until they are answered.
void question_about(struct ui *ui);
void question_cancel(struct ui *ui);
void question_shutdown(struct ui *ui);
void question_reboot(struct ui *ui);

// Is there one?  Then the page is to be seen.
bool question_is_open(const struct ui *ui);

// Answers it by no.
void question_refuse(struct ui *ui);

void question_refresh(struct ui *ui);

// The page has come to be seen: where the keyboard goes.
void question_focus(struct ui *ui);

#endif
