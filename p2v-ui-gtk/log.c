// SPDX-License-Identifier: GPL-2.0-or-later
//
// The conversion's messages, as the model has them: notes, and virt-v2v's lines with their colours.
//
// The model has made them harmless: what is left of escape sequences is SGR (ESC [ digits and ';' m).  Colours are the
// theme's own for what they mean on a terminal, so that they can be read on any ground; others are bold.
#include "p2v-ui-gtk/log.h"

#include <stdlib.h>
#include <string.h>

#include "proto/translate.h"

// What the theme calls the colour of an SGR number.
static const struct {
    int sgr;
    const char *name;
} theme_colours[] = { { 31, "error_color" }, { 32, "success_color" }, { 33, "warning_color" } };
#define COLOURS (sizeof theme_colours / sizeof theme_colours[0])

static void make_tags(GtkWidget *view)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
    gtk_text_buffer_create_tag(buffer, "bold", "weight", PANGO_WEIGHT_BOLD, NULL);
    for (size_t i = 0; i < COLOURS; i++) {
        GdkRGBA rgba;
        GtkTextTag *tag = gtk_text_buffer_create_tag(buffer, theme_colours[i].name, "weight", PANGO_WEIGHT_BOLD, NULL);
        if (gtk_style_context_lookup_color(gtk_widget_get_style_context(view), theme_colours[i].name, &rgba))
            g_object_set(tag, "foreground-rgba", &rgba, NULL);
    }
}

GtkWidget *log_new(struct log *log)
{
    log->view = gtk_text_view_new();
    log->scrolled = gtk_scrolled_window_new();
    gtk_text_view_set_editable(GTK_TEXT_VIEW(log->view), FALSE);
    gtk_text_view_set_cursor_visible(GTK_TEXT_VIEW(log->view), FALSE);
    gtk_text_view_set_monospace(GTK_TEXT_VIEW(log->view), TRUE);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(log->view), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(log->view), FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(log->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Messages of the conversion"), -1);
    make_tags(log->view);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(log->scrolled), log->view);
    gtk_scrolled_window_set_has_frame(GTK_SCROLLED_WINDOW(log->scrolled), TRUE);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(log->scrolled), 160);
    gtk_widget_set_vexpand(log->scrolled, TRUE);
    return log->scrolled;
}

// The tag after one more SGR number; NULL: plain.
static const char *tag_after(const char *tag, int sgr)
{
    int colour = sgr >= 90 ? sgr - 60 : sgr;
    if (sgr == 0 || sgr == 39)
        return NULL;
    for (size_t i = 0; i < COLOURS; i++)
        if (theme_colours[i].sgr == colour)
            return theme_colours[i].name;
    return sgr == 1 || (colour >= 30 && colour <= 37) ? (tag != NULL ? tag : "bold") : tag;
}

// Reads "\033[1;32m"; what follows it is returned.
static const char *read_sgr(const char *p, const char **tag)
{
    p += strspn(p, "\033[");
    for (;;) {
        char *end;
        long number = strtol(p, &end, 10);
        *tag = tag_after(*tag, number >= 0 && number < 108 ? (int)number : 1000);
        p = end;
        if (*p != ';')
            return *p == 'm' ? p + 1 : p;
        p++;
    }
}

static void insert(GtkTextBuffer *buffer, const char *text, int size, const char *tag)
{
    GtkTextIter end;
    gtk_text_buffer_get_end_iter(buffer, &end);
    gtk_text_buffer_insert_with_tags_by_name(buffer, &end, text, size, tag, NULL);
}

static void insert_output(GtkTextBuffer *buffer, const char *text)
{
    const char *tag = NULL;
    while (*text != '\0') {
        size_t size = strcspn(text, "\033");
        insert(buffer, text, (int)size, tag);
        text += size;
        if (*text != '\0')
            text = read_sgr(text, &tag);
    }
}

static void insert_line(GtkTextBuffer *buffer, const struct model_line *line)
{
    bool error = line->level == P2V__LEVEL__ERROR, warning = line->level == P2V__LEVEL__WARNING;
    if (line->output) {
        insert_output(buffer, line->text);
    } else {
        insert(buffer, "virt-p2v: ", -1, "bold");
        if (error || warning)
            insert(buffer, error ? _("error: ") : _("warning: "), -1, error ? "error_color" : "warning_color");
        insert(buffer, line->text, -1, NULL);
    }
    insert(buffer, "\n", 1, NULL);
}

// As the model, it has so many lines and no more.
static void drop_oldest(GtkTextBuffer *buffer)
{
    GtkTextIter start, end;
    int too_many = gtk_text_buffer_get_line_count(buffer) - 1 - MODEL_LINES_MAX;
    if (too_many <= 0)
        return;
    gtk_text_buffer_get_start_iter(buffer, &start);
    gtk_text_buffer_get_iter_at_line(buffer, &end, too_many);
    gtk_text_buffer_delete(buffer, &start, &end);
}

static bool is_at_end(const struct log *log)
{
    GtkAdjustment *at = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(log->scrolled));
    return gtk_adjustment_get_value(at) + gtk_adjustment_get_page_size(at) >= gtk_adjustment_get_upper(at) - 40;
}

void log_refresh(struct log *log, const struct model *model)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(log->view));
    bool follow = is_at_end(log);      // who has scrolled back is left to read
    if (log->shown == model->line_count)
        return;
    if (model->line_count - log->shown > MODEL_LINES_MAX)
        log->shown = model->line_count - MODEL_LINES_MAX;
    for (; log->shown < model->line_count; log->shown++)
        if (model->lines[log->shown % MODEL_LINES_MAX].text != NULL)
            insert_line(buffer, &model->lines[log->shown % MODEL_LINES_MAX]);
    drop_oldest(buffer);
    if (follow) {
        GtkTextIter end;
        gtk_text_buffer_get_end_iter(buffer, &end);
        gtk_text_buffer_place_cursor(buffer, &end);
        gtk_text_view_scroll_mark_onscreen(GTK_TEXT_VIEW(log->view), gtk_text_buffer_get_insert(buffer));
    }
}
