// SPDX-License-Identifier: GPL-2.0-or-later
//
// The buttons of a dialog, below what they are about, which is scrolled where it is too high.
#include "p2v-ui-gtk/buttons.h"

#define MARGIN 12                      // pixels

struct pressed {
    struct ui *ui;
    button_deed *deed;
};

static void press(GtkButton *button, const struct pressed *pressed)
{
    (void)button;
    pressed->deed(pressed->ui);
    ui_changed(pressed->ui);
}

static void forget(gpointer pressed, GClosure *closure)
{
    (void)closure;
    g_free(pressed);
}

static void set_margins(GtkWidget *widget)
{
    gtk_widget_set_margin_start(widget, MARGIN);
    gtk_widget_set_margin_end(widget, MARGIN);
    gtk_widget_set_margin_top(widget, MARGIN);
    gtk_widget_set_margin_bottom(widget, MARGIN);
}

GtkWidget *buttons_bar(void)
{
    GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    set_margins(bar);
    return bar;
}

void buttons_set_label(GtkWidget *button, const char *label)
{
    gtk_button_set_label(GTK_BUTTON(button), label);
    // GTK names it by the label with its '_' as well, and assistive programs read both.
    gtk_accessible_reset_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

GtkWidget *buttons_add(struct ui *ui, GtkWidget *bar, struct mnemonics *mnemonics, const char *label, button_deed *deed)
{
    char *text = mnemonic(mnemonics, label);
    GtkWidget *button = gtk_button_new_with_mnemonic("");
    struct pressed *pressed = g_new(struct pressed, 1);
    *pressed = (struct pressed){ ui, deed };
    g_signal_connect_data(button, "clicked", G_CALLBACK(press), pressed, forget, 0);
    gtk_box_append(GTK_BOX(bar), button);
    buttons_set_label(button, text);
    g_free(text);
    return button;
}

GtkWidget *buttons_add_last(struct ui *ui, GtkWidget *bar, struct mnemonics *mnemonics, const char *label, button_deed *deed)
{
    GtkWidget *button = buttons_add(ui, bar, mnemonics, label, deed);
    gtk_widget_add_css_class(button, "suggested-action");
    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_halign(button, GTK_ALIGN_END);
    return button;
}

GtkWidget *buttons_below(GtkWidget *content, GtkWidget *bar)
{
    GtkWidget *page = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *scrolled = gtk_scrolled_window_new();
    set_margins(content);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), content);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_widget_set_vexpand(scrolled, TRUE);
    gtk_box_append(GTK_BOX(page), scrolled);
    gtk_box_append(GTK_BOX(page), gtk_separator_new(GTK_ORIENTATION_HORIZONTAL));
    gtk_box_append(GTK_BOX(page), bar);
    return page;
}
