// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 1: SSH configuration.  The server, how to log in to it, and the test that must succeed.
#include "p2v-ui-gtk/connection.h"

#include "p2v-ui-gtk/buttons.h"
#include "p2v-ui-gtk/field.h"
#include "p2v-ui-gtk/question.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

static const char *const names[] = { "remote.server", "remote.port", "auth.username", "auth.password", "auth.identity.url", "auth.sudo" };
#define FIELDS (sizeof names / sizeof names[0])

struct connection {
    struct field fields[FIELDS];
    GtkWidget *spinner, *result;
    GtkWidget *test, *network, *shell, *about, *next;
};

static void test(struct ui *ui)
{
    model_test(&ui->model);
}

static void network(struct ui *ui)
{
    model_request(&ui->model, P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK, "");
}

static void shell(struct ui *ui)
{
    model_request(&ui->model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, "");
}

static void next(struct ui *ui)
{
    model_next(&ui->model, ui_now());
}

GtkWidget *connection_new(struct ui *ui)
{
    struct connection *page = ui->connection = g_new0(struct connection, 1);
    struct mnemonics mnemonics = { 0 };
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *bar = buttons_bar(), *grid = gtk_grid_new();
    int row = 0;
    page->test = buttons_add(ui, bar, &mnemonics, _("Test connection"), test);
    page->network = buttons_add(ui, bar, &mnemonics, _("Configure network"), network);
    page->shell = buttons_add(ui, bar, &mnemonics, _("XTerm"), shell);
    page->about = buttons_add(ui, bar, &mnemonics, _("About"), question_about);
    page->next = buttons_add_last(ui, bar, &mnemonics, _("Next"), next);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 3);
    for (size_t i = 0; i < FIELDS; i++)
        field_make(&page->fields[i], ui, names[i], NULL, &mnemonics, GTK_GRID(grid), &row);
    page->spinner = gtk_spinner_new();
    gtk_widget_set_halign(page->spinner, GTK_ALIGN_START);
    page->result = ui_text();
    gtk_box_append(GTK_BOX(box), ui_heading(_("SSH configuration")));
    gtk_box_append(GTK_BOX(box), grid);
    gtk_box_append(GTK_BOX(box), page->spinner);
    gtk_box_append(GTK_BOX(box), page->result);
    return buttons_below(box, bar);
}

// How the test went: success, or what is wrong that no field shows.
static void show_result(struct ui *ui)
{
    const struct model *model = &ui->model;
    char text[2 * MODEL_SHOWN_MAX] = "";
    bool elsewhere = model->not_connected_key[0] != '\0' && model_field(&ui->model, model->not_connected_key) != NULL;
    bool failed = !model->testing && !model->connected && model->not_connected[0] != '\0' && !elsewhere;
    if (model->testing)
        g_strlcpy(text, _("Connecting ..."), sizeof text);
    else if (model->connected)
        words_connected(text, sizeof text, model);
    ui_complain(ui->connection->result, failed ? model->not_connected : NULL, true);
    if (!failed)
        ui_say(ui->connection->result, text);
}

void connection_refresh(struct ui *ui)
{
    struct connection *page = ui->connection;
    struct model *model = &ui->model;
    bool edit = model->step == MODEL_CONNECTION && model_can(model, MODEL_EDIT);
    for (size_t i = 0; i < FIELDS; i++)
        field_refresh(&page->fields[i], edit);
    gtk_spinner_set_spinning(GTK_SPINNER(page->spinner), model->testing);
    gtk_widget_set_visible(page->spinner, model->testing);
    show_result(ui);
    gtk_widget_set_sensitive(page->test, model_can(model, MODEL_TEST));
    gtk_widget_set_visible(page->network, model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK]);
    gtk_widget_set_sensitive(page->network, model_can(model, MODEL_NETWORK));
    gtk_widget_set_visible(page->shell, model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL]);
    gtk_widget_set_sensitive(page->shell, model_can(model, MODEL_SHELL));
    gtk_widget_set_sensitive(page->next, model_can(model, MODEL_NEXT));
}

void connection_focus(struct ui *ui)
{
    if (model_can(&ui->model, MODEL_NEXT))
        gtk_widget_grab_focus(ui->connection->next);
}
