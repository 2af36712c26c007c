// SPDX-License-Identifier: GPL-2.0-or-later
//
// The window and which of its pages is seen.
#include "p2v-ui-gtk/ui.h"

#include <gdk/wayland/gdkwayland.h>
#include <string.h>

#include "p2v-ui-gtk/choice.h"
#include "p2v-ui-gtk/connection.h"
#include "p2v-ui-gtk/question.h"
#include "p2v-ui-gtk/running.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define WIDTH 960                      // pixels: with a window's frame and a panel, 1024x768 has room for it
#define HEIGHT 660
#define LINE_WIDTH 90                  // characters, where a text is wrapped
#define NARROW_WIDTH 24                // never narrower: GTK would lay out an endless word with one letter a line, again and again

uint64_t ui_now(void)
{
    return (uint64_t)g_get_monotonic_time() / 1000;
}

// ---- texts ---------------------------------------------------------------------------------------------

GtkWidget *ui_text(void)
{
    GtkWidget *label = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_width_chars(GTK_LABEL(label), NARROW_WIDTH);
    gtk_label_set_max_width_chars(GTK_LABEL(label), LINE_WIDTH);
    gtk_widget_set_visible(label, FALSE);
    return label;
}

GtkWidget *ui_heading(const char *text)
{
    GtkWidget *label = ui_text();
    gtk_widget_add_css_class(label, "heading");
    ui_say(label, text);
    return label;
}

void ui_say(GtkWidget *label, const char *text)
{
    const char *now = gtk_label_get_text(GTK_LABEL(label));
    if (strcmp(now, text != NULL ? text : "") != 0)
        gtk_label_set_text(GTK_LABEL(label), text != NULL ? text : "");
    gtk_widget_set_visible(label, text != NULL && text[0] != '\0');
}

void ui_complain(GtkWidget *label, const char *text, bool error)
{
    char *whole = text != NULL ? g_strdup_printf("%s %s", error ? _("Error:") : _("Warning:"), text) : NULL;
    gtk_widget_remove_css_class(label, error ? "warning" : "error");
    gtk_widget_add_css_class(label, error ? "error" : "warning");
    if (text == NULL) {
        gtk_widget_remove_css_class(label, "error");
        gtk_widget_remove_css_class(label, "warning");
    }
    ui_say(label, whole);
    g_free(whole);
}

// ---- what is new ---------------------------------------------------------------------------------------

static void show_answers(struct ui *ui)
{
    const struct model *model = &ui->model;
    for (size_t kind = 0; kind < MODEL_REQUESTS; kind++) {
        const struct model_answer *answer = &model->answers[kind];
        if (answer->number != ui->answers_seen[kind] && kind == P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG && answer->done) {
            char text[ERROR_TEXT_MAX + 128];
            words_saved(text, sizeof text, answer);
            ui_complain(ui->news, NULL, false);
            ui_say(ui->news, text);
        } else if (answer->number != ui->answers_seen[kind] && (!answer->done || answer->text[0] != '\0')) {
            ui_complain(ui->news, answer->done ? NULL : answer->text, true);
            if (answer->done)
                ui_say(ui->news, answer->text);
        }
        ui->answers_seen[kind] = answer->number;
    }
}

static bool news_warn(const struct ui *ui)
{
    return gtk_widget_has_css_class(ui->news, "warning") || gtk_widget_has_css_class(ui->news, "error");
}

// What is said calmly does not take a warning's place.
static void show_note(struct ui *ui, const struct model_line *line)
{
    bool calm = line->level != P2V__LEVEL__WARNING && line->level != P2V__LEVEL__ERROR;
    if (!calm)
        ui_complain(ui->news, line->text, line->level == P2V__LEVEL__ERROR);
    else if (!news_warn(ui))
        ui_say(ui->news, line->text);
}

// The supervisor's answer to "Start" was not that it begins.  Where it may be overruled a question follows.
static void show_refusal(struct ui *ui)
{
    const struct model *model = &ui->model;
    bool refused = model->refused && model->finding_count > 0 && !model_can(model, MODEL_OVERRULE);
    if (refused && !ui->refused)
        ui_complain(ui->news, _("The conversion cannot begin so."), true);
    else if (!refused && ui->refused)
        ui_complain(ui->news, NULL, false);
    ui->refused = refused;
}

// What was new in a dialog is not in the next one; but what warned of something during the inspection is seen in the first.
static void show_news(struct ui *ui)
{
    const struct model *model = &ui->model;
    bool other = model->step != ui->news_step, inspected = other && ui->news_step == MODEL_INSPECTING;
    if (other && !inspected)
        ui_complain(ui->news, NULL, false);
    ui->news_step = model->step;
    show_answers(ui);
    show_refusal(ui);
    size_t oldest = model->line_count > MODEL_LINES_MAX ? model->line_count - MODEL_LINES_MAX : 0;
    for (ui->notes_seen = MAX(ui->notes_seen, oldest); ui->notes_seen < model->line_count; ui->notes_seen++) {
        const struct model_line *line = &model->lines[ui->notes_seen % MODEL_LINES_MAX];
        if (!line->output && model->step != MODEL_RUNNING)         // the third dialog has them all
            show_note(ui, line);
    }
    if (inspected && !news_warn(ui))
        ui_complain(ui->news, NULL, false);
}

// ---- the pages -----------------------------------------------------------------------------------------

static const char *page_of(const struct ui *ui)
{
    static const char *const names[] = {
        [MODEL_INSPECTING] = "inspecting", [MODEL_CONNECTION] = "connection", [MODEL_CHOICE] = "choice", [MODEL_RUNNING] = "running",
    };
    return question_is_open(ui) ? "question" : names[ui->model.step];
}

// Where the keyboard goes in a page that has come to be seen, or can be filled in again: to its first widget, or to what is
// most likely wanted.
static void focus(struct ui *ui)
{
    gtk_widget_child_focus(gtk_stack_get_visible_child(GTK_STACK(ui->pages)), GTK_DIR_TAB_FORWARD);
    if (question_is_open(ui))
        question_focus(ui);
    else if (ui->model.step == MODEL_CONNECTION)
        connection_focus(ui);
    else if (ui->model.step == MODEL_CHOICE && ui->model.refused)
        choice_focus(ui);
}

static void show_page(struct ui *ui)
{
    const char *page = page_of(ui), *seen = gtk_stack_get_visible_child_name(GTK_STACK(ui->pages));
    bool editable = model_can(&ui->model, MODEL_EDIT), other = g_strcmp0(page, seen) != 0;
    if (other)
        gtk_stack_set_visible_child_name(GTK_STACK(ui->pages), page);
    if (other || (editable && !ui->editable) || gtk_window_get_focus(GTK_WINDOW(ui->window)) == NULL)
        focus(ui);
    ui->editable = editable;
}

static gboolean refresh(gpointer data)
{
    struct ui *ui = data;
    ui->refresh_source = 0;
    ui->refreshing = true;
    if (ui->editable && !model_can(&ui->model, MODEL_EDIT))
        gtk_window_set_focus(GTK_WINDOW(ui->window), NULL);        // an entry that is switched off must not have it
    connection_refresh(ui);
    choice_refresh(ui);
    running_refresh(ui);
    question_refresh(ui);
    show_news(ui);
    show_page(ui);
    ui->refreshing = false;
    ui->settled(ui);
    if (ui->model.finished)
        g_main_loop_quit(ui->loop);
    return G_SOURCE_REMOVE;
}

void ui_changed(struct ui *ui)
{
    if (ui->refresh_source == 0)
        ui->refresh_source = g_idle_add_full(G_PRIORITY_DEFAULT, refresh, ui, NULL);
}

// ---- the window ----------------------------------------------------------------------------------------

static GtkWidget *inspecting_new(void)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *spinner = gtk_spinner_new();
    GtkWidget *text = gtk_label_new(_("This machine is being inspected ..."));
    gtk_spinner_set_spinning(GTK_SPINNER(spinner), TRUE);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(box), spinner);
    gtk_box_append(GTK_BOX(box), text);
    return box;
}

// Closed while it converts it is only this program's end: the conversion goes on.  Before that it is the end of the run.
static gboolean closed(GtkWindow *window, struct ui *ui)
{
    (void)window;
    if (ui->model.step != MODEL_RUNNING)
        model_request(&ui->model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, "");
    model_close(&ui->model);
    g_main_loop_quit(ui->loop);
    return TRUE;
}

static gboolean key_pressed(GtkEventControllerKey *keys, guint value, guint code, GdkModifierType state, struct ui *ui)
{
    (void)keys, (void)code, (void)state;
    if (value != GDK_KEY_Escape || !question_is_open(ui))
        return GDK_EVENT_PROPAGATE;
    question_refuse(ui);
    return GDK_EVENT_STOP;
}

// Compositors made with wlroots before 0.17 (cage among them) tell a window that it has the keyboard's focus when it is shown, and not
// again to one that is seen already when the machine's first keyboard is plugged in: nothing typed would reach it.
static void device_added(GdkSeat *seat, GdkDevice *device, struct ui *ui)
{
    (void)seat;
    if (gdk_device_get_source(device) != GDK_SOURCE_KEYBOARD || !GDK_IS_WAYLAND_DISPLAY(gtk_widget_get_display(ui->window)))
        return;
    gtk_widget_set_visible(ui->window, FALSE);
    gtk_window_present(GTK_WINDOW(ui->window));
}

void ui_open(struct ui *ui)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkEventController *keys = gtk_event_controller_key_new();
    ui->window = gtk_window_new();
    ui->pages = gtk_stack_new();
    ui->news = ui_text();
    gtk_widget_set_margin_start(ui->news, 12);
    gtk_widget_set_margin_end(ui->news, 12);
    gtk_widget_set_margin_bottom(ui->news, 6);
    gtk_stack_add_named(GTK_STACK(ui->pages), inspecting_new(), "inspecting");
    gtk_stack_add_named(GTK_STACK(ui->pages), connection_new(ui), "connection");
    gtk_stack_add_named(GTK_STACK(ui->pages), choice_new(ui), "choice");
    gtk_stack_add_named(GTK_STACK(ui->pages), running_new(ui), "running");
    gtk_stack_add_named(GTK_STACK(ui->pages), question_new(ui), "question");
    gtk_widget_set_vexpand(ui->pages, TRUE);
    gtk_box_append(GTK_BOX(box), ui->pages);
    gtk_box_append(GTK_BOX(box), ui->news);
    gtk_window_set_child(GTK_WINDOW(ui->window), box);
    gtk_window_set_title(GTK_WINDOW(ui->window), "virt-p2v");
    gtk_window_set_default_size(GTK_WINDOW(ui->window), WIDTH, HEIGHT);
    g_signal_connect(ui->window, "close-request", G_CALLBACK(closed), ui);
    g_signal_connect(gdk_display_get_default_seat(gtk_widget_get_display(ui->window)), "device-added", G_CALLBACK(device_added), ui);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), ui);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    gtk_widget_add_controller(ui->window, keys);
    gtk_window_present(GTK_WINDOW(ui->window));
    ui_changed(ui);
}
