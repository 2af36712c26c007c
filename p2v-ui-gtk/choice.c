// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 2: disks and network.  What is made of this machine, of which of its parts, and what is wrong with that.
#include "p2v-ui-gtk/choice.h"

#include "p2v-ui-gtk/buttons.h"
#include "p2v-ui-gtk/devices.h"
#include "p2v-ui-gtk/field.h"
#include "proto/translate.h"

enum { NAME, TOPOLOGY, VCPUS, MEMORY, MODE, CONNECTION, STORAGE, FORMAT, ALLOCATION, MISC, FIELDS };

static const char *const no_choice[] = { NULL };                   // the server's, when it is known
static const char *const allocations[] = { "sparse", "preallocated", NULL };

static const struct {
    const char *name;
    const char *const *choices;
} rows[FIELDS] = {
    [NAME] = { "guestname", NULL }, [TOPOLOGY] = { "vcpu.phys_topo", NULL }, [VCPUS] = { "vcpu.cores", NULL }, [MEMORY] = { "memory", NULL },
    [MODE] = { "output.type", no_choice }, [CONNECTION] = { "output.connection", NULL }, [STORAGE] = { "output.storage", NULL },
    [FORMAT] = { "output.format", NULL }, [ALLOCATION] = { "output.allocation", allocations }, [MISC] = { "output.misc", NULL },
};

struct choice {
    struct field fields[FIELDS];
    struct devices *devices;
    GtkWidget *machine, *versions, *general;
    GtkWidget *back, *start;
};

static void back(struct ui *ui)
{
    model_back(&ui->model);
}

static void start(struct ui *ui)
{
    model_start(&ui->model, false);
}

static GtkWidget *make_grid(struct ui *ui, struct mnemonics *mnemonics, int first, int last)
{
    GtkWidget *grid = gtk_grid_new();
    int row = 0;
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 3);
    for (int i = first; i <= last; i++)
        field_make(&ui->choice->fields[i], ui, rows[i].name, rows[i].choices, mnemonics, GTK_GRID(grid), &row);
    return grid;
}

GtkWidget *choice_new(struct ui *ui)
{
    struct choice *page = ui->choice = g_new0(struct choice, 1);
    struct mnemonics mnemonics = { 0 };
    GtkWidget *content = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *columns = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 24);
    GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *right, *bar = buttons_bar();
    page->back = buttons_add(ui, bar, &mnemonics, _("Back"), back);
    page->start = buttons_add_last(ui, bar, &mnemonics, _("Start"), start);
    page->machine = ui_text();
    page->versions = ui_text();
    page->general = ui_text();
    gtk_box_append(GTK_BOX(left), ui_heading(_("Virtual machine")));
    gtk_box_append(GTK_BOX(left), make_grid(ui, &mnemonics, NAME, MEMORY));
    gtk_box_append(GTK_BOX(left), ui_heading(_("Output of virt-v2v")));
    gtk_box_append(GTK_BOX(left), make_grid(ui, &mnemonics, MODE, MISC));
    gtk_box_append(GTK_BOX(left), ui_heading(_("Versions")));
    gtk_box_append(GTK_BOX(left), page->versions);
    page->devices = devices_new(ui, &right);
    gtk_widget_set_hexpand(left, TRUE);
    gtk_widget_set_hexpand(right, TRUE);
    gtk_box_set_homogeneous(GTK_BOX(columns), TRUE);
    gtk_box_append(GTK_BOX(columns), left);
    gtk_box_append(GTK_BOX(columns), right);
    gtk_box_append(GTK_BOX(content), page->machine);
    gtk_box_append(GTK_BOX(content), page->general);
    gtk_box_append(GTK_BOX(content), columns);
    return buttons_below(content, bar);
}

// What is said against the choice that no field shows.
static void show_general(struct ui *ui)
{
    GString *text = g_string_new(NULL);
    bool error = false;
    for (size_t i = 0; i < ui->model.finding_count; i++) {
        const struct model_finding *finding = &ui->model.findings[i];
        if (!model_finding_is_general(&ui->model, finding))
            continue;
        g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", finding->text);
        error = error || finding->error;
    }
    ui_complain(ui->choice->general, text->len > 0 ? text->str : NULL, error);
    g_string_free(text, TRUE);
}

void choice_refresh(struct ui *ui)
{
    struct choice *page = ui->choice;
    struct model *model = &ui->model;
    const char *drivers[MODEL_DRIVERS_MAX];
    char text[3 * MODEL_SHOWN_MAX];
    bool edit = model->step == MODEL_CHOICE && model_can(model, MODEL_EDIT);
    for (size_t i = 0; i < model->driver_count; i++)
        drivers[i] = model->drivers[i];
    field_set_choices(&page->fields[MODE], drivers, model->driver_count);
    field_set_choices(&page->fields[ALLOCATION], allocations, 2);
    for (size_t i = 0; i < FIELDS; i++)
        field_refresh(&page->fields[i], edit && (i != VCPUS || !model_is_set(page->fields[TOPOLOGY].model)));
    g_snprintf(text, sizeof text, "%s   %s", model->hostname, model->machine);
    ui_say(page->machine, text);
    g_snprintf(text, sizeof text, "virt-p2v %s\nvirt-v2v %s", P2V_VERSION, model->virt_v2v);
    ui_say(page->versions, text);
    show_general(ui);
    devices_refresh(page->devices);
    gtk_widget_set_sensitive(page->back, model_can(model, MODEL_BACK));
    gtk_widget_set_sensitive(page->start, model_can(model, MODEL_START));
}

void choice_focus(struct ui *ui)
{
    if (model_can(&ui->model, MODEL_START))
        gtk_widget_grab_focus(ui->choice->start);
}
