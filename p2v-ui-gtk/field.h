// SPDX-License-Identifier: GPL-2.0-or-later
//
// One setting in a dialog: its label, where it is typed or chosen, and what is wrong with it.
#ifndef P2V_UI_GTK_FIELD_H
#define P2V_UI_GTK_FIELD_H

#include "p2v-ui-gtk/mnemonic.h"
#include "p2v-ui-gtk/ui.h"

struct field {
    struct ui *ui;
    struct model_field *model;
    GtkWidget *label;                  // NULL of a check button, which is its own label
    GtkWidget *widget;                 // a GtkEntry, GtkPasswordEntry, GtkCheckButton or GtkDropDown
    GtkWidget *said;
    char **choices;                    // of a GtkDropDown; NULL ends them
};

// Puts the setting's field into two rows of the grid, from *row on, which grows; name: of the key.  choices: what it can be,
// NULL where it is typed.  field must live as long as the window.
void field_make(struct field *field, struct ui *ui, const char *name, const char *const *choices, struct mnemonics *mnemonics,
                GtkGrid *grid, int *row);

// Other choices (count of them); what is set stays one.
void field_set_choices(struct field *field, const char *const *choices, size_t count);

// Shows what the model has.
void field_refresh(struct field *field, bool sensitive);

// What assistive programs call a widget that has no label of its own, and what they say of it besides (NULL: nothing).
void field_name(GtkWidget *widget, const char *name, const char *description);

// Empties a field for secrets, and its memory: GTK would leave there what it deletes, so as much of something else is put over it first.
void field_wipe(GtkEditable *editable);

#endif
