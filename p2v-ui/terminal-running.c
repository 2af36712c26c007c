// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 3 on a terminal: the conversion, and its verdict.  As large as the screen.
#include <slang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-ui/terminal.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define ROWS_MAX 200                   // of the log that are shown
#define DISKS_MAX 4                    // that are shown at once
#define VERDICT_ROWS 5
#define NAME 8                         // columns
#define SCALE 12                       // of a bar, on 80 columns
#define PARTS 1000                     // of one

static struct {
    int width, log_rows, scale;        // columns, rows, columns of a bar
    size_t disks;                      // shown
    bool over;                         // built for the verdict
    int scrolled;                      // rows up from the end
    size_t seen;                       // of the model's lines: those that were there when the log was shown last
    newtComponent phase, directory, names[DISKS_MAX], scales[DISKS_MAX], figures[DISKS_MAX], log[ROWS_MAX], hint;
    newtComponent cancel, save, shutdown, reboot, close;
} parts;

// ---- disks ---------------------------------------------------------------------------------------------

static size_t converting(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->disk_count; i++)
        count += model->disks[i].converting;
    return count < DISKS_MAX ? count : DISKS_MAX;
}

static bool is_done(const struct model_disk *disk)
{
    return disk->sent_bytes + disk->zero_bytes >= disk->size_bytes;
}

// The disks to be shown: where there are more than fit, those that are done make room first.
static void choose_disks(const struct model *model, size_t chosen[DISKS_MAX], size_t count)
{
    size_t left = 0, at = 0;
    for (size_t i = 0; i < model->disk_count; i++)
        left += model->disks[i].converting;
    for (size_t i = 0; i < model->disk_count && at < count; i++) {
        if (!model->disks[i].converting)
            continue;
        if (left > count - at && is_done(&model->disks[i]))
            left--;
        else
            chosen[at++] = i, left--;
    }
    for (size_t i = model->disk_count; i-- > 0 && at < count;)
        if (model->disks[i].converting)
            chosen[at++] = i;
}

static void show_disks(const struct model *model)
{
    size_t chosen[DISKS_MAX] = { 0 };
    choose_disks(model, chosen, parts.disks);
    for (size_t i = 0; i < parts.disks; i++) {
        const struct model_disk *disk = &model->disks[chosen[i]];
        char text[SCREEN_TEXT_MAX];
        screen_set_label(parts.names[i], NAME, disk->name);
        newtScaleSet(parts.scales[i], (unsigned long long)((double)(disk->sent_bytes + disk->zero_bytes) / (double)disk->size_bytes * PARTS));
        words_progress(text, sizeof text, model, disk, session_now());
        screen_set_label(parts.figures[i], parts.width - parts.scale - NAME - 4, text);
    }
}

// ---- the log -------------------------------------------------------------------------------------------

struct row {
    char text[SCREEN_TEXT_MAX];
    int colour;
};

// Of the SGR sequences of a line the first colour is that of the line.  They are taken out.
static int take_colour(char *line)
{
    int colour = 0;
    char *out = line;
    for (char *p = line; *p != '\0';) {
        if (p[0] != '\033') {
            *out++ = *p++;
            continue;
        }
        char *end = p + 1 + strcspn(p + 1, "m");
        for (char *number = p + 2; colour == 0 && number < end; number += strspn(number, ";")) {
            long value = strtol(number, &number, 10);
            colour = value >= 31 && value <= 36 ? (int)value - 30 : 0;
            if (number < end && *number != ';')
                break;
        }
        p = *end != '\0' ? end + 1 : end;
    }
    *out = '\0';
    return colour;
}

static void compose_line(const struct model_line *line, char *text, size_t size, int *colour)
{
    const char *kind = line->output ? "" : line->level == P2V__LEVEL__WARNING ? _("virt-p2v: warning: ") :
                       line->level == P2V__LEVEL__ERROR ? _("virt-p2v: error: ") : "virt-p2v: ";
    snprintf(text, size, "%s%s", kind, line->text);
    *colour = take_colour(text);
    if (!line->output)
        *colour = line->level == P2V__LEVEL__WARNING ? 3 : line->level == P2V__LEVEL__ERROR ? 1 : 4;
}

#define STARTS_MAX (NEUTRALISE_LINE_MAX / 8)

// Where the rows of a line's text begin; returns how many there are.
static size_t break_text(const char *text, size_t starts[STARTS_MAX])
{
    size_t count = 0;
    int used;
    for (size_t at = 0; count == 0 || (text[at] != '\0' && count < STARTS_MAX); count++) {
        starts[count] = at;
        at += screen_columns(text + at, parts.width - 2, &used);
    }
    return count;
}

// The rows of one line, the last first, after `skip` rows from the end; how many there are is added to *seen.
static int add_rows(const struct model_line *line, struct row *rows, int room, int skip, int *seen)
{
    char text[NEUTRALISE_LINE_MAX + 64];
    size_t starts[STARTS_MAX];
    int colour, added = 0;
    compose_line(line, text, sizeof text, &colour);
    size_t count = break_text(text, starts);
    for (size_t i = count; i-- > 0 && added < room;) {
        if ((*seen)++ < skip)
            continue;
        text[i + 1 < count ? starts[i + 1] : strlen(text)] = '\0';
        screen_fit(rows[added].text, parts.width - 2, text + starts[i]);
        rows[added++].colour = colour;
    }
    return added;
}

// Who has scrolled back goes on reading the same rows, whatever has come.
static void keep_place(const struct model *model, size_t first)
{
    char text[NEUTRALISE_LINE_MAX + 64];
    size_t starts[STARTS_MAX];
    int colour;
    for (size_t i = parts.seen > first ? parts.seen : first; parts.scrolled > 0 && i < model->line_count; i++) {
        compose_line(&model->lines[i % MODEL_LINES_MAX], text, sizeof text, &colour);
        parts.scrolled += (int)break_text(text, starts);
    }
    parts.seen = model->line_count;
}

static void show_log(const struct model *model)
{
    static struct row rows[ROWS_MAX];
    int count = 0, seen = 0;
    size_t first = model->line_count > MODEL_LINES_MAX ? model->line_count - MODEL_LINES_MAX : 0;
    keep_place(model, first);
    for (size_t i = model->line_count; i-- > first && count < parts.log_rows;)
        count += add_rows(&model->lines[i % MODEL_LINES_MAX], rows + count, parts.log_rows - count, parts.scrolled, &seen);
    if (count < parts.log_rows && parts.scrolled > 0 && seen <= parts.scrolled + count)
        parts.scrolled = seen > parts.log_rows ? seen - parts.log_rows : 0;
    for (int i = 0; i < parts.log_rows; i++) {
        int from = count - 1 - i;      // the oldest row is on top
        newtLabelSetText(parts.log[i], from >= 0 ? rows[from].text : " ");
        newtLabelSetColors(parts.log[i], NEWT_COLORSET_CUSTOM(from >= 0 ? rows[from].colour : 0));
    }
}

// ---- the form ------------------------------------------------------------------------------------------

static void set_colours(void)
{
    static const char *const colours[] = { "black", "red", "green", "brown", "blue", "magenta", "cyan" };
    for (int i = 0; i < 7; i++) {
        SLtt_set_color(NEWT_COLORSET_CUSTOM(i), NULL, (char *)(uintptr_t)colours[i], (char[]){ "lightgray" });
        SLtt_set_mono(NEWT_COLORSET_CUSTOM(i), NULL, i == 1 || i == 3 ? SLTT_BOLD_MASK : 0);
    }
}

static int build_head(struct dialogs *dialogs)
{
    int row = 0;
    parts.phase = screen_label(dialogs->form, 1, row++, parts.width - 2, " ");
    parts.directory = screen_label(dialogs->form, 1, row++, parts.width - 2, " ");
    for (size_t i = 0; i < parts.disks; i++, row++) {
        parts.names[i] = screen_label(dialogs->form, 1, row, NAME, " ");
        parts.scales[i] = newtScale(NAME + 2, row, parts.scale, PARTS);
        newtFormAddComponent(dialogs->form, parts.scales[i]);
        parts.figures[i] = screen_label(dialogs->form, NAME + 3 + parts.scale, row, parts.width - parts.scale - NAME - 4, " ");
    }
    return row + 1;
}

static void build_verdict(struct dialogs *dialogs, int row)
{
    const struct model *model = &dialogs->session.model;
    char text[sizeof model->verdict + SCREEN_TEXT_MAX], shown[sizeof text];
    newtComponent box = newtTextbox(1, row, parts.width - 4, VERDICT_ROWS, NEWT_FLAG_WRAP | NEWT_FLAG_SCROLL);
    snprintf(text, sizeof text, "%s\n%s", model->verdict, words_after(model));
    newtTextboxSetText(box, screen_paragraph(shown, sizeof shown, text));
    newtFormAddComponent(dialogs->form, box);
}

static void build_buttons(struct dialogs *dialogs, int row)
{
    const struct model *model = &dialogs->session.model;
    int left = 1;
    parts.cancel = parts.save = parts.shutdown = parts.reboot = parts.close = NULL;
    if (!parts.over) {
        if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL])
            parts.cancel = screen_button(dialogs->form, &left, row, _("Cancel conversion"));
    } else {
        parts.close = screen_button(dialogs->form, &left, row, _("Close"));
        if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG])
            parts.save = screen_button(dialogs->form, &left, row, _("Save log"));
        if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN])
            parts.shutdown = screen_button(dialogs->form, &left, row, _("Shutdown"));
        if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT])
            parts.reboot = screen_button(dialogs->form, &left, row, _("Reboot"));
    }
    parts.hint = screen_label(dialogs->form, left, row, parts.width - left - 1, _("PgUp, PgDn: messages"));
}

static void build(struct dialogs *dialogs)
{
    const struct model *model = &dialogs->session.model;
    int columns, rows;
    newtGetScreenSize(&columns, &rows);
    parts.width = columns > 40 ? columns - 6 : 34;
    parts.scale = parts.width > 74 ? SCALE + (parts.width - 74) / 2 : SCALE;
    int height = rows > 16 ? rows - 5 : 11;
    parts.over = model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN;
    parts.disks = converting(model);
    parts.scrolled = 0;
    set_colours();
    screen_window(parts.width, height, _("virt-p2v - Conversion"));
    dialogs->form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    int row = build_head(dialogs);
    int end = height - 2 - (parts.over ? VERDICT_ROWS + 1 : 0);
    parts.log_rows = end - row > ROWS_MAX ? ROWS_MAX : end - row > 1 ? end - row : 1;
    for (int i = 0; i < parts.log_rows; i++)
        parts.log[i] = screen_label(dialogs->form, 1, row++, parts.width - 2, " ");
    build_buttons(dialogs, height - 1);
    if (parts.over)
        build_verdict(dialogs, row + 1);
    newtFormAddHotKey(dialogs->form, NEWT_KEY_PGUP);
    newtFormAddHotKey(dialogs->form, NEWT_KEY_PGDN);
}

static void show(struct dialogs *dialogs)
{
    static const char turns[] = "|/-\\";
    const struct model *model = &dialogs->session.model;
    char text[SCREEN_TEXT_MAX], phase[SCREEN_TEXT_MAX - 8];
    bool over = model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN;
    if (over != parts.over || converting(model) != parts.disks) {
        dialogs->rebuild = true;
        return;
    }
    words_phase(phase, sizeof phase, model);
    snprintf(text, sizeof text, "%s %c", phase, over ? ' ' : turns[dialogs->turn % 4]);
    screen_set_label(parts.phase, parts.width - 2, text);
    words_directory(text, sizeof text, model);
    screen_set_label(parts.directory, parts.width - 2, text[0] != '\0' ? text : " ");
    show_disks(model);
    show_log(model);
}

// ---- buttons and keys ----------------------------------------------------------------------------------

static void cancel(struct dialogs *dialogs)
{
    model_request(&dialogs->session.model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, "");
}

static void shut_down(struct dialogs *dialogs)
{
    model_request(&dialogs->session.model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN, "");
}

static void reboot(struct dialogs *dialogs)
{
    model_request(&dialogs->session.model, P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT, "");
}

static void press(struct dialogs *dialogs, newtComponent button)
{
    struct model *model = &dialogs->session.model;
    if (button == parts.close)
        model_close(model);
    else if (button == parts.save)
        model_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG, "");
    else if (button == parts.cancel && model_can(model, MODEL_CANCEL))
        dialogs_confirm(dialogs, _("Cancel conversion"), _("Cancel the conversion? What the conversion server has so far is lost."), cancel);
    else if (button == parts.shutdown)
        dialogs_confirm(dialogs, _("Shutdown"), words_shutdown(), shut_down);
    else if (button == parts.reboot)
        dialogs_confirm(dialogs, _("Reboot"), words_reboot(model), reboot);
}

static void key(struct dialogs *dialogs, int key_code)
{
    (void)dialogs;
    int page = parts.log_rows > 2 ? parts.log_rows - 1 : 1;
    parts.scrolled += key_code == NEWT_KEY_PGUP ? page : -page;
    if (parts.scrolled < 0)
        parts.scrolled = 0;
}

const struct dialogs_form dialogs_running = { .build = build, .show = show, .press = press, .key = key };
