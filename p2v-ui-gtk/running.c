// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 3: the conversion, and its verdict.
#include "p2v-ui-gtk/running.h"

#include "p2v-ui-gtk/buttons.h"
#include "p2v-ui-gtk/field.h"
#include "p2v-ui-gtk/log.h"
#include "p2v-ui-gtk/question.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

struct progress {
    GtkWidget *bar, *words;            // NULL: this disk is not converted
};

struct running {
    GtkWidget *phase, *directory, *verdict, *after, *disks;
    struct progress progress[MAX_DISKS];
    struct log log;
    GtkWidget *cancel, *save_log, *shutdown, *reboot, *close;
    bool over;                         // the verdict has been shown
};

static void save_log(struct ui *ui)
{
    model_request(&ui->model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG, "");
}

static void close_all(struct ui *ui)
{
    model_close(&ui->model);
}

GtkWidget *running_new(struct ui *ui)
{
    struct running *page = ui->running = g_new0(struct running, 1);
    struct mnemonics mnemonics = { 0 };
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 9), *bar = buttons_bar();
    page->cancel = buttons_add(ui, bar, &mnemonics, _("Cancel the conversion"), question_cancel);
    page->save_log = buttons_add(ui, bar, &mnemonics, _("Save log"), save_log);
    page->shutdown = buttons_add(ui, bar, &mnemonics, _("Shutdown"), question_shutdown);
    page->reboot = buttons_add(ui, bar, &mnemonics, _("Reboot"), question_reboot);
    page->close = buttons_add_last(ui, bar, &mnemonics, _("Close"), close_all);
    page->phase = ui_heading("");
    page->directory = ui_text();
    page->verdict = ui_text();
    page->after = ui_text();
    page->disks = gtk_grid_new();
    gtk_grid_set_column_spacing(GTK_GRID(page->disks), 12);
    gtk_grid_set_row_spacing(GTK_GRID(page->disks), 6);
    gtk_box_append(GTK_BOX(box), page->phase);
    gtk_box_append(GTK_BOX(box), page->verdict);
    gtk_box_append(GTK_BOX(box), page->after);
    gtk_box_append(GTK_BOX(box), page->directory);
    gtk_box_append(GTK_BOX(box), page->disks);
    gtk_box_append(GTK_BOX(box), log_new(&page->log));
    return buttons_below(box, bar);
}

// ---- disks ---------------------------------------------------------------------------------------------

static void make_progress(struct running *page, struct progress *progress, const struct model_disk *disk, int row)
{
    GtkWidget *name = gtk_label_new(disk->name);
    progress->bar = gtk_progress_bar_new();
    progress->words = gtk_label_new(NULL);
    gtk_widget_set_hexpand(progress->bar, TRUE);
    gtk_widget_set_valign(progress->bar, GTK_ALIGN_CENTER);
    gtk_label_set_xalign(GTK_LABEL(progress->words), 0);
    gtk_label_set_width_chars(GTK_LABEL(progress->words), 48);     // so that the bars do not move
    gtk_label_set_ellipsize(GTK_LABEL(progress->words), PANGO_ELLIPSIZE_END);
    field_name(progress->bar, disk->name, NULL);
    gtk_grid_attach(GTK_GRID(page->disks), name, 0, row, 1, 1);
    gtk_grid_attach(GTK_GRID(page->disks), progress->bar, 1, row, 1, 1);
    gtk_grid_attach(GTK_GRID(page->disks), progress->words, 2, row, 1, 1);
}

static void show_progress(struct ui *ui, size_t number)
{
    const struct model_disk *disk = &ui->model.disks[number];
    struct progress *progress = &ui->running->progress[number];
    uint64_t done = disk->sent_bytes + disk->zero_bytes;
    char words[256], percent[16];
    if (!disk->converting)
        return;
    if (progress->bar == NULL)
        make_progress(ui->running, progress, disk, (int)number);
    double fraction = disk->size_bytes > 0 ? (double)done / (double)disk->size_bytes : 0;
    g_snprintf(percent, sizeof percent, "%d %%", (int)(100 * fraction));
    words_progress(words, sizeof words, &ui->model, disk, ui_now());
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(progress->bar), MIN(fraction, 1.0));
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(progress->bar), percent);
    gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(progress->bar), TRUE);
    ui_say(progress->words, words);
}

// ---- the rest ------------------------------------------------------------------------------------------

static void show_buttons(const struct running *page, const struct model *model, bool over)
{
    bool power = model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN];
    gtk_widget_set_visible(page->cancel, !over && model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL]);
    gtk_widget_set_sensitive(page->cancel, model_can(model, MODEL_CANCEL));
    gtk_widget_set_visible(page->save_log, over && model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG]);
    gtk_widget_set_sensitive(page->save_log, model_can(model, MODEL_SAVE_LOG));
    gtk_widget_set_visible(page->shutdown, over && power);
    gtk_widget_set_sensitive(page->shutdown, model_can(model, MODEL_SHUTDOWN));
    gtk_widget_set_visible(page->reboot, over && power);
    gtk_widget_set_sensitive(page->reboot, model_can(model, MODEL_REBOOT));
    gtk_widget_set_visible(page->close, over);
    gtk_widget_set_sensitive(page->close, model_can(model, MODEL_CLOSE));
}

void running_refresh(struct ui *ui)
{
    struct running *page = ui->running;
    const struct model *model = &ui->model;
    bool over = model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN;
    char phase[MODEL_SHOWN_MAX + 128], directory[MODEL_SHOWN_MAX + 128];
    words_phase(phase, sizeof phase, model);
    words_directory(directory, sizeof directory, model);
    ui_say(page->phase, phase);
    ui_say(page->directory, directory);
    ui_say(page->verdict, model->verdict);
    ui_say(page->after, over ? words_after(model) : NULL);
    for (size_t i = 0; i < model->disk_count; i++)
        show_progress(ui, i);
    log_refresh(&page->log, model);
    show_buttons(page, model, over);
    if (over && !page->over)
        gtk_widget_grab_focus(page->close);
    page->over = over;
}
