// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine's disks, removable drives and network interfaces in dialog 2: which of them the virtual machine gets.
#include "p2v-ui-gtk/devices.h"

#include "p2v-ui-gtk/field.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define WORDS_MAX 1024
#define DETAIL_MARGIN 28               // pixels: below a check button's label

enum list { DISKS, REMOVABLES, NICS, LISTS };

// The settings that each list is about.
static const char *const settings[LISTS][2] = { [DISKS] = { "disks" }, [REMOVABLES] = { "removable" }, [NICS] = { "interfaces", "network_map" } };

struct device {
    struct devices *devices;
    enum list list;
    size_t number;                     // in the model
    GtkWidget *check, *detail, *warning;
    GtkWidget *network, *wrong, *identify;     // of an interface
};

struct devices {
    struct ui *ui;
    GtkWidget *boxes[LISTS], *said[LISTS][2];
    bool made;
    struct device disks[MAX_DISKS], removables[MAX_REMOVABLES], nics[MAX_NICS];
};

// ---- the person ----------------------------------------------------------------------------------------

static void toggled(GtkCheckButton *check, const struct device *device)
{
    struct ui *ui = device->devices->ui;
    bool chosen = gtk_check_button_get_active(check);
    if (ui->refreshing)
        return;
    if (device->list == DISKS)
        model_choose_disk(&ui->model, device->number, chosen, ui_now());
    else if (device->list == REMOVABLES)
        model_choose_removable(&ui->model, device->number, chosen, ui_now());
    else
        model_choose_nic(&ui->model, device->number, chosen, ui_now());
    ui_changed(ui);
}

static void network_typed(GtkEditable *entry, const struct device *device)
{
    struct ui *ui = device->devices->ui;
    if (ui->refreshing)
        return;
    model_set_network(&ui->model, device->number, gtk_editable_get_text(entry), ui_now());
    ui_changed(ui);
}

static void identify(GtkButton *button, const struct device *device)
{
    (void)button;
    struct ui *ui = device->devices->ui;
    model_request(&ui->model, P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY, ui->model.nics[device->number].name);
    ui_changed(ui);
}

// ---- rows ----------------------------------------------------------------------------------------------

// A check button with a line of details below it.  label and detail are of outside: no mnemonic, no markup.
static GtkWidget *make_row(struct device *device, const char *label, const char *detail)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *text = gtk_label_new(label);
    device->check = gtk_check_button_new();
    gtk_label_set_ellipsize(GTK_LABEL(text), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(text), 0);
    gtk_check_button_set_child(GTK_CHECK_BUTTON(device->check), text);
    device->detail = ui_text();
    device->warning = ui_text();
    gtk_widget_set_margin_start(device->detail, DETAIL_MARGIN);
    gtk_widget_set_margin_start(device->warning, DETAIL_MARGIN);
    gtk_widget_add_css_class(device->detail, "dim-label");
    ui_say(device->detail, detail);
    field_name(device->check, label, detail);
    g_signal_connect(device->check, "toggled", G_CALLBACK(toggled), device);
    gtk_box_append(GTK_BOX(box), device->check);
    gtk_box_append(GTK_BOX(box), device->detail);
    gtk_box_append(GTK_BOX(box), device->warning);
    gtk_box_append(GTK_BOX(device->devices->boxes[device->list]), box);
    return box;
}

static void make_disk(struct device *device, const struct model_disk *disk)
{
    char label[WORDS_MAX], size[64], contents[WORDS_MAX], warning[WORDS_MAX];
    words_size(size, sizeof size, disk->size_bytes);
    words_contents(contents, sizeof contents, disk);
    words_disk(warning, sizeof warning, disk);
    g_snprintf(label, sizeof label, "%s   %s   %s   %s", disk->name, size, disk->model, disk->serial);
    make_row(device, label, contents);
    ui_complain(device->warning, warning[0] != '\0' ? warning : NULL, false);
}

static void make_removable(struct device *device, const struct model_removable *removable)
{
    char label[WORDS_MAX];
    g_snprintf(label, sizeof label, "%s   %s", removable->name, removable->model);
    make_row(device, label, "");
}

static void make_nic(struct device *device, const struct model_nic *nic)
{
    char label[WORDS_MAX], words[WORDS_MAX], name[WORDS_MAX];
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6), *text = gtk_label_new(_("Connect to"));
    g_snprintf(label, sizeof label, "%s   %s", nic->shown, nic->product);
    words_nic(words, sizeof words, nic);
    GtkWidget *box = make_row(device, label, words);
    device->network = gtk_entry_new();
    device->identify = gtk_button_new_with_label(_("Identify"));
    device->wrong = ui_text();
    gtk_entry_set_placeholder_text(GTK_ENTRY(device->network), _("the default network"));
    gtk_widget_set_hexpand(device->network, TRUE);
    gtk_widget_set_margin_start(line, DETAIL_MARGIN);
    gtk_widget_set_margin_start(device->wrong, DETAIL_MARGIN);
    g_snprintf(name, sizeof name, _("Target network of %s"), nic->shown);
    field_name(device->network, name, NULL);
    g_snprintf(name, sizeof name, _("Blink the light of %s"), nic->shown);
    field_name(device->identify, name, NULL);
    g_signal_connect(device->network, "changed", G_CALLBACK(network_typed), device);
    g_signal_connect(device->identify, "clicked", G_CALLBACK(identify), device);
    gtk_box_append(GTK_BOX(line), text);
    gtk_box_append(GTK_BOX(line), device->network);
    gtk_box_append(GTK_BOX(line), device->identify);
    gtk_box_append(GTK_BOX(box), line);
    gtk_box_append(GTK_BOX(box), device->wrong);
}

static void make_rows(struct devices *devices)
{
    const struct model *model = &devices->ui->model;
    for (size_t i = 0; i < model->disk_count; i++) {
        devices->disks[i] = (struct device){ .devices = devices, .list = DISKS, .number = i };
        make_disk(&devices->disks[i], &model->disks[i]);
    }
    for (size_t i = 0; i < model->removable_count; i++) {
        devices->removables[i] = (struct device){ .devices = devices, .list = REMOVABLES, .number = i };
        make_removable(&devices->removables[i], &model->removables[i]);
    }
    for (size_t i = 0; i < model->nic_count; i++) {
        devices->nics[i] = (struct device){ .devices = devices, .list = NICS, .number = i };
        make_nic(&devices->nics[i], &model->nics[i]);
    }
    devices->made = true;
}

struct devices *devices_new(struct ui *ui, GtkWidget **widget)
{
    struct devices *devices = g_new0(struct devices, 1);
    *widget = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    devices->ui = ui;
    for (enum list list = 0; list < LISTS; list++) {
        const char *heading = _(model_field(&ui->model, settings[list][0])->key->label);
        gtk_box_append(GTK_BOX(*widget), ui_heading(heading));
        for (size_t i = 0; i < 2 && settings[list][i] != NULL; i++) {
            devices->said[list][i] = ui_text();
            gtk_box_append(GTK_BOX(*widget), devices->said[list][i]);
        }
        devices->boxes[list] = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
        field_name(devices->boxes[list], heading, NULL);
        gtk_box_append(GTK_BOX(*widget), devices->boxes[list]);
    }
    return devices;
}

// ---- showing -------------------------------------------------------------------------------------------

static void show_nic(const struct device *device, const struct model *model, bool edit)
{
    const struct model_nic *nic = &model->nics[device->number];
    gtk_check_button_set_active(GTK_CHECK_BUTTON(device->check), nic->chosen);
    gtk_widget_set_sensitive(device->check, edit);
    if (g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(device->network)), nic->network) != 0)
        gtk_editable_set_text(GTK_EDITABLE(device->network), nic->network);
    gtk_widget_set_sensitive(device->network, edit && nic->chosen);
    ui_complain(device->wrong, nic->wrong[0] != '\0' ? nic->wrong : NULL, true);
    gtk_widget_set_sensitive(device->identify, edit);      // and not off while its light blinks: the keyboard would be elsewhere then
}

void devices_refresh(struct devices *devices)
{
    const struct model *model = &devices->ui->model;
    bool edit = model->step == MODEL_CHOICE && model_can(model, MODEL_EDIT), error;
    if (!devices->made && !model->settings_known)
        return;                        // what is on the disks is not known yet
    if (!devices->made)
        make_rows(devices);
    for (size_t i = 0; i < model->disk_count && devices->disks[i].check != NULL; i++) {
        gtk_check_button_set_active(GTK_CHECK_BUTTON(devices->disks[i].check), model->disks[i].chosen);
        gtk_widget_set_sensitive(devices->disks[i].check, edit && model_disk_offered(&model->disks[i]));
    }
    for (size_t i = 0; i < model->removable_count; i++) {
        gtk_check_button_set_active(GTK_CHECK_BUTTON(devices->removables[i].check), model->removables[i].chosen);
        gtk_widget_set_sensitive(devices->removables[i].check, edit);
    }
    for (size_t i = 0; i < model->nic_count; i++)
        show_nic(&devices->nics[i], model, edit);
    for (enum list list = 0; list < LISTS; list++)
        for (size_t i = 0; i < 2 && settings[list][i] != NULL; i++) {
            const char *said = model_said_of(model, settings[list][i], &error);
            ui_complain(devices->said[list][i], said, error);
        }
}
