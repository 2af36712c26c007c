// SPDX-License-Identifier: GPL-2.0-or-later
//
// One setting in a dialog: its label, where it is typed or chosen, and what is wrong with it.
#include "p2v-ui-gtk/field.h"

#include <string.h>

#include "proto/translate.h"

// ---- the person ----------------------------------------------------------------------------------------

static void set(struct field *field, const char *value)
{
    if (field->ui->refreshing)
        return;
    model_set(&field->ui->model, field->model, value, ui_now());
    ui_changed(field->ui);
}

static void typed(GtkEditable *editable, struct field *field)
{
    set(field, gtk_editable_get_text(editable));
}

static void toggled(GtkCheckButton *button, struct field *field)
{
    set(field, gtk_check_button_get_active(button) ? "true" : "false");
}

static void chosen(GtkDropDown *list, GParamSpec *property, struct field *field)
{
    (void)property;
    guint at = gtk_drop_down_get_selected(list);
    if (at != GTK_INVALID_LIST_POSITION)
        set(field, field->choices[at]);
}

// ---- making --------------------------------------------------------------------------------------------

void field_name(GtkWidget *widget, const char *name, const char *description)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    if (description != NULL)
        gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void make_widget(struct field *field, bool choices, const char *label)
{
    const struct config_key *key = field->model->key;
    if (key->type == CONFIG_BOOLEAN) {
        field->widget = gtk_check_button_new_with_mnemonic(label);
        field_name(field->widget, _(key->label), NULL);        // GTK would name it with the "_"
        g_signal_connect(field->widget, "toggled", G_CALLBACK(toggled), field);
    } else if (choices) {
        field->widget = gtk_drop_down_new(NULL, NULL);
        g_signal_connect(field->widget, "notify::selected", G_CALLBACK(chosen), field);
    } else {
        field->widget = key->type == CONFIG_SECRET ? gtk_password_entry_new() : gtk_entry_new();
        if (key->type == CONFIG_SECRET)
            gtk_password_entry_set_show_peek_icon(GTK_PASSWORD_ENTRY(field->widget), TRUE);
        g_signal_connect(field->widget, "changed", G_CALLBACK(typed), field);
    }
    gtk_widget_set_hexpand(field->widget, TRUE);
}

void field_make(struct field *field, struct ui *ui, const char *name, const char *const *choices, struct mnemonics *mnemonics,
                GtkGrid *grid, int *row)
{
    *field = (struct field){ .ui = ui, .model = model_field(&ui->model, name) };
    char *label = mnemonic(mnemonics, _(field->model->key->label));
    make_widget(field, choices != NULL, label);
    if (field->model->key->type == CONFIG_BOOLEAN) {
        gtk_grid_attach(grid, field->widget, 1, (*row)++, 1, 1);
    } else {
        field->label = gtk_label_new_with_mnemonic(label);
        gtk_label_set_xalign(GTK_LABEL(field->label), 0);
        gtk_label_set_mnemonic_widget(GTK_LABEL(field->label), field->widget);
        gtk_grid_attach(grid, field->label, 0, *row, 1, 1);
        gtk_grid_attach(grid, field->widget, 1, (*row)++, 1, 1);
    }
    field->said = ui_text();
    gtk_grid_attach(grid, field->said, 1, (*row)++, 1, 1);
    g_free(label);
    if (choices != NULL) {
        size_t count = 0;
        while (choices[count] != NULL)
            count++;
        field_set_choices(field, choices, count);
    }
}

// ---- showing -------------------------------------------------------------------------------------------

void field_set_choices(struct field *field, const char *const *choices, size_t count)
{
    GPtrArray *all = g_ptr_array_new();
    bool listed = field->model->value[0] == '\0';
    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(all, g_strdup(choices[i]));
        listed = listed || strcmp(choices[i], field->model->value) == 0;
    }
    if (!listed)
        g_ptr_array_add(all, g_strdup(field->model->value));
    g_ptr_array_add(all, NULL);
    char **strings = (char **)g_ptr_array_free(all, FALSE);
    if (field->choices != NULL && g_strv_equal((const char *const *)strings, (const char *const *)field->choices)) {
        g_strfreev(strings);
        return;
    }
    bool refreshing = field->ui->refreshing;
    field->ui->refreshing = true;      // that another row is selected for a moment is nobody's choice
    g_strfreev(field->choices);
    field->choices = strings;
    GtkStringList *list = gtk_string_list_new((const char *const *)strings);
    gtk_drop_down_set_model(GTK_DROP_DOWN(field->widget), G_LIST_MODEL(list));
    g_object_unref(list);
    field->ui->refreshing = refreshing;
}

void field_wipe(GtkEditable *editable)
{
    if (GTK_IS_PASSWORD_ENTRY(editable))           // while a password is seen GTK keeps what can be undone, and forgets it when it is not
        gtk_text_set_visibility(GTK_TEXT(gtk_editable_get_delegate(editable)), FALSE);
    size_t size = strlen(gtk_editable_get_text(editable));
    if (size == 0)
        return;                        // the person may be about to type
    char *over = g_strnfill(size, '0');
    gtk_editable_set_text(editable, over);
    gtk_editable_set_text(editable, "");
    g_free(over);
}

static void show_value(struct field *field)
{
    const char *value = field->model->value;
    if (GTK_IS_CHECK_BUTTON(field->widget))
        gtk_check_button_set_active(GTK_CHECK_BUTTON(field->widget), model_is_set(field->model));
    else if (GTK_IS_EDITABLE(field->widget)) {
        if (value[0] == '\0' && GTK_IS_PASSWORD_ENTRY(field->widget))
            field_wipe(GTK_EDITABLE(field->widget));
        else if (strcmp(gtk_editable_get_text(GTK_EDITABLE(field->widget)), value) != 0)
            gtk_editable_set_text(GTK_EDITABLE(field->widget), value);
    } else
        for (guint i = 0; field->choices[i] != NULL; i++)
            if (strcmp(field->choices[i], value) == 0 && gtk_drop_down_get_selected(GTK_DROP_DOWN(field->widget)) != i)
                gtk_drop_down_set_selected(GTK_DROP_DOWN(field->widget), i);
}

void field_refresh(struct field *field, bool sensitive)
{
    bool error;
    const char *said = model_said_of(&field->ui->model, field->model->key->name, &error);
    show_value(field);
    if (GTK_IS_EDITABLE(field->widget))
        g_object_set(field->widget, "placeholder-text", field->model->hidden ? _("the one that was given before") : NULL, NULL);
    gtk_widget_set_sensitive(field->widget, sensitive);
    ui_complain(field->said, said, error);
    if (said != NULL && error)
        gtk_widget_add_css_class(field->widget, "error");
    else
        gtk_widget_remove_css_class(field->widget, "error");
    gtk_accessible_update_state(GTK_ACCESSIBLE(field->widget), GTK_ACCESSIBLE_STATE_INVALID,
                                said != NULL && error ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
    gtk_accessible_update_property(GTK_ACCESSIBLE(field->widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said != NULL ? said : "", -1);
}
