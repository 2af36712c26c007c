// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small forms over a dialog: the supervisor's questions, remarks, yes or no, a list to choose from.
#include <stdio.h>
#include <string.h>

#include "p2v-ui/terminal.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define WIDTH 62
#define TEXT_ROWS 9
#define LIST_ROWS 10

// There is one at a time.
static struct {
    newtComponent yes, no, entry, list;
    void (*confirmed)(struct dialogs *dialogs);
    void (*chosen)(struct dialogs *dialogs, const char *text);
} parts;

void dialogs_close_over(struct dialogs *dialogs)
{
    if (dialogs->over == NULL)
        return;
    if (parts.entry != NULL)
        newtEntrySet(parts.entry, "", 0);          // it may be a secret: this clears its memory
    newtFormDestroy(dialogs->over_form);
    newtPopWindow();
    dialogs->over = NULL;
    memset(&parts, 0, sizeof parts);
}

static newtComponent text_box(const char *text, int flags)
{
    static char shown[DIALOGS_TEXT_MAX];
    newtComponent box = newtTextbox(1, 1, WIDTH - (flags & NEWT_FLAG_SCROLL ? 4 : 2), TEXT_ROWS, NEWT_FLAG_WRAP | flags);
    newtTextboxSetText(box, screen_paragraph(shown, sizeof shown, text));
    return box;
}

// A window with a text, which can be scrolled where it is long, and room for `rows` rows more.  Returns the first of these.
static int open_window(struct dialogs *dialogs, const char *title, const char *text, int rows)
{
    dialogs_close_over(dialogs);
    newtComponent box = text_box(text, 0);
    int lines = newtTextboxGetNumLines(box);
    if (lines > TEXT_ROWS) {
        newtComponentDestroy(box);
        box = text_box(text, NEWT_FLAG_SCROLL);
        lines = TEXT_ROWS;
    }
    newtTextboxSetHeight(box, lines > 0 ? lines : 1);
    screen_window(WIDTH, lines + 3 + rows, title);
    dialogs->over_form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    newtFormAddComponent(dialogs->over_form, box);
    return lines + 2;
}

// It is there, with the keyboard on this of its parts.
static void opened(struct dialogs *dialogs, const struct dialogs_form *form, newtComponent first)
{
    newtFormAddHotKey(dialogs->over_form, NEWT_KEY_ESCAPE);
    newtFormSetCurrent(dialogs->over_form, first);
    dialogs->over = form;
}

// Escape closes, and means no.
static void escape(struct dialogs *dialogs, int key)
{
    (void)key;
    dialogs_close_over(dialogs);
}

// ---- remarks -------------------------------------------------------------------------------------------

static void close_it(struct dialogs *dialogs, newtComponent button)
{
    (void)button;
    dialogs_close_over(dialogs);
}

static const struct dialogs_form remark = { .press = close_it, .key = escape };

void dialogs_remark(struct dialogs *dialogs, const char *title, const char *text)
{
    int left = 2, row = open_window(dialogs, title, text, 1);
    opened(dialogs, &remark, screen_button(dialogs->over_form, &left, row, _("Close")));
}

// ---- yes or no -----------------------------------------------------------------------------------------

static void press_confirm(struct dialogs *dialogs, newtComponent button)
{
    void (*confirmed)(struct dialogs *) = button == parts.yes ? parts.confirmed : NULL;
    dialogs_close_over(dialogs);
    if (confirmed != NULL)
        confirmed(dialogs);
}

static const struct dialogs_form confirm = { .press = press_confirm, .key = escape };

void dialogs_confirm(struct dialogs *dialogs, const char *title, const char *text, void (*yes)(struct dialogs *dialogs))
{
    int left = 2, row = open_window(dialogs, title, text, 1);
    parts.no = screen_button(dialogs->over_form, &left, row, _("No"));
    parts.yes = screen_button(dialogs->over_form, &left, row, _("Yes"));
    parts.confirmed = yes;
    opened(dialogs, &confirm, parts.no);
}

// ---- a list --------------------------------------------------------------------------------------------

static void press_list(struct dialogs *dialogs, newtComponent component)
{
    const char *text = component == parts.list ? newtListboxGetCurrent(parts.list) : NULL;
    void (*chosen)(struct dialogs *, const char *) = parts.chosen;
    dialogs_close_over(dialogs);
    if (text != NULL)
        chosen(dialogs, text);
}

static const struct dialogs_form list = { .press = press_list, .key = escape };

void dialogs_list(struct dialogs *dialogs, const char *title, const char *const *texts, size_t count, const char *current,
                   void (*chosen)(struct dialogs *dialogs, const char *text))
{
    int rows = count < LIST_ROWS ? (int)count : LIST_ROWS;
    dialogs_close_over(dialogs);
    screen_window(40, rows + 2, title);
    dialogs->over_form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    parts.list = newtListbox(1, 1, rows, NEWT_FLAG_RETURNEXIT | (count > LIST_ROWS ? NEWT_FLAG_SCROLL : 0));
    newtListboxSetWidth(parts.list, 38);
    for (size_t i = 0; i < count; i++) {
        char fitted[SCREEN_TEXT_MAX];
        newtListboxAppendEntry(parts.list, screen_fit(fitted, 34, texts[i]), texts[i]);
        if (strcmp(texts[i], current) == 0)
            newtListboxSetCurrent(parts.list, (int)i);
    }
    newtFormAddComponent(dialogs->over_form, parts.list);
    parts.chosen = chosen;
    opened(dialogs, &list, parts.list);
}

// ---- the supervisor's questions ------------------------------------------------------------------------

static void answer(struct dialogs *dialogs, P2v__Answer said)
{
    const char *typed = parts.entry != NULL ? newtEntryGetValue(parts.entry) : "";
    if (!model_answer(&dialogs->session.model, said, typed))
        return;                                    // it is asked again
    dialogs->seen_question = dialogs->session.model.question.number;
    dialogs_close_over(dialogs);
}

static void press_question(struct dialogs *dialogs, newtComponent component)
{
    answer(dialogs, component == parts.no ? P2V__ANSWER__ANSWER_NO : P2V__ANSWER__ANSWER_YES);
}

static void escape_question(struct dialogs *dialogs, int key)
{
    (void)key;
    answer(dialogs, P2V__ANSWER__ANSWER_NO);
}

static const struct dialogs_form question_form = { .press = press_question, .key = escape_question };

void dialogs_ask(struct dialogs *dialogs)
{
    const struct model_question *question = &dialogs->session.model.question;
    char text[4 * SCREEN_TEXT_MAX];
    bool key = question->asked == MODEL_ASKED_HOST_KEY;
    words_question(text, sizeof text, question);
    int left = 2, row = open_window(dialogs, key ? _("Host key") : _("Login"), text, key ? 1 : 3);
    if (!key) {
        parts.entry = newtEntry(1, row, "", WIDTH - 4, NULL, NEWT_FLAG_SCROLL | NEWT_FLAG_RETURNEXIT | (question->echo ? 0 : NEWT_FLAG_PASSWORD));
        newtFormAddComponent(dialogs->over_form, parts.entry);
        row += 2;
        parts.yes = screen_button(dialogs->over_form, &left, row, _("OK"));
        parts.no = screen_button(dialogs->over_form, &left, row, _("Give up"));
    } else {
        parts.no = screen_button(dialogs->over_form, &left, row, _("No"));
        parts.yes = screen_button(dialogs->over_form, &left, row, _("Yes"));
    }
    opened(dialogs, &question_form, key ? parts.no : parts.entry);
}
