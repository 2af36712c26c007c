// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the person is asked, or told, in place of the dialog: the model's questions (a host key, a secret), and our own.
// It is a page and no window of its own: a question must not be lost behind another window, and needs no window manager.
#include "p2v-ui-gtk/question.h"

#include <string.h>

#include "p2v-ui-gtk/buttons.h"
#include "p2v-ui-gtk/field.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

enum kind { NOTHING, ABOUT, CANCEL, SHUTDOWN, REBOOT, OVERRULE, HOST_KEY, SECRET };

static const struct {
    const char *heading, *yes, *no;    // NULL: there is no such button
} looks[] = {
    [ABOUT] = { N_("About virt-p2v"), NULL, N_("Close") },
    [CANCEL] = { N_("Cancel the conversion?"), N_("Cancel the conversion"), N_("Go on converting") },
    [SHUTDOWN] = { N_("Shutdown"), N_("Yes"), N_("No") },
    [REBOOT] = { N_("Reboot"), N_("Yes"), N_("No") },
    [OVERRULE] = { N_("Start all the same?"), N_("Start all the same"), N_("Back") },
    [HOST_KEY] = { N_("Is this the conversion server?"), N_("Yes, it is the same"), N_("No") },
    [SECRET] = { N_("Log in"), N_("OK"), N_("No answer") },
};

// What is requested where the answer is yes.
static const struct {
    bool asked;
    P2v__UiRequestKind request;
    enum model_deed deed;
} requests[SECRET + 1] = {
    [CANCEL] = { true, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, MODEL_CANCEL },
    [SHUTDOWN] = { true, P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN, MODEL_SHUTDOWN },
    [REBOOT] = { true, P2V__UI_REQUEST_KIND__UI_REQUEST_REBOOT, MODEL_REBOOT },
};

struct question {
    enum kind own;                     // our own that is open
    bool overrule_asked;               // for these findings
    enum kind shown;
    unsigned number;                   // of the model's question that is shown
    GtkWidget *heading, *text, *secret, *visible, *yes, *no;
};

static enum kind kind_of(const struct ui *ui)
{
    if (ui->model.question.asked != MODEL_ASKED_NOTHING)
        return ui->model.question.asked == MODEL_ASKED_HOST_KEY ? HOST_KEY : SECRET;
    return ui->question->own;
}

static GtkWidget *entry_of(const struct ui *ui)
{
    return ui->model.question.echo ? ui->question->visible : ui->question->secret;
}

// ---- answers -------------------------------------------------------------------------------------------

static void answer(struct ui *ui, bool yes)
{
    struct question *page = ui->question;
    enum kind kind = kind_of(ui);
    if (kind == HOST_KEY || kind == SECRET) {
        const char *typed = kind == SECRET ? gtk_editable_get_text(GTK_EDITABLE(entry_of(ui))) : "";
        model_answer(&ui->model, yes ? P2V__ANSWER__ANSWER_YES : P2V__ANSWER__ANSWER_NO, typed);
        return;
    }
    page->own = NOTHING;
    if (yes && requests[kind].asked)
        model_request(&ui->model, requests[kind].request, "");
    if (yes && kind == OVERRULE)
        model_start(&ui->model, true);
}

static void accept(struct ui *ui)
{
    answer(ui, true);
}

void question_refuse(struct ui *ui)
{
    answer(ui, false);
    ui_changed(ui);
}

static void entered(GtkWidget *entry, struct ui *ui)
{
    (void)entry;
    answer(ui, true);
    ui_changed(ui);
}

void question_about(struct ui *ui)
{
    ui->question->own = ABOUT;
}

static void ask(struct ui *ui, enum kind kind)
{
    if (model_can(&ui->model, requests[kind].deed))
        ui->question->own = kind;
}

void question_cancel(struct ui *ui)
{
    ask(ui, CANCEL);
}

void question_shutdown(struct ui *ui)
{
    ask(ui, SHUTDOWN);
}

void question_reboot(struct ui *ui)
{
    ask(ui, REBOOT);
}

bool question_is_open(const struct ui *ui)
{
    return kind_of(ui) != NOTHING;
}

// ---- the page ------------------------------------------------------------------------------------------

GtkWidget *question_new(struct ui *ui)
{
    struct question *page = ui->question = g_new0(struct question, 1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *bar = buttons_bar();
    struct mnemonics mnemonics = { 0 };        // the labels come later
    page->heading = ui_heading("");
    page->text = ui_text();
    page->secret = gtk_password_entry_new();
    gtk_password_entry_set_show_peek_icon(GTK_PASSWORD_ENTRY(page->secret), TRUE);
    page->visible = gtk_entry_new();
    gtk_editable_set_enable_undo(GTK_EDITABLE(page->visible), FALSE);      // it would keep the answer
    g_signal_connect(page->secret, "activate", G_CALLBACK(entered), ui);
    g_signal_connect(page->visible, "activate", G_CALLBACK(entered), ui);
    field_name(page->secret, _("Answer"), NULL);
    field_name(page->visible, _("Answer"), NULL);
    page->no = buttons_add(ui, bar, &mnemonics, "", question_refuse);
    page->yes = buttons_add_last(ui, bar, &mnemonics, "", accept);
    gtk_box_append(GTK_BOX(box), page->heading);
    gtk_box_append(GTK_BOX(box), page->text);
    gtk_box_append(GTK_BOX(box), page->secret);
    gtk_box_append(GTK_BOX(box), page->visible);
    return buttons_below(box, bar);
}

static void compose(struct ui *ui, enum kind kind, char *text, size_t size)
{
    text[0] = '\0';
    if (kind == ABOUT)
        words_about(text, size);
    else if (kind == CANCEL)
        g_strlcpy(text, _("What the conversion server has made so far is lost. Nothing on this machine is changed."), size);
    else if (kind == SHUTDOWN)
        g_strlcpy(text, words_shutdown(), size);
    else if (kind == REBOOT)
        g_strlcpy(text, words_reboot(&ui->model), size);
    else if (kind == OVERRULE)
        for (size_t i = 0; i < ui->model.finding_count; i++) {
            g_strlcat(text, i > 0 ? "\n\n" : "", size);
            g_strlcat(text, ui->model.findings[i].text, size);
        }
    else
        words_question(text, size, &ui->model.question);
}

static void set_button(GtkWidget *button, struct mnemonics *mnemonics, const char *label)
{
    gtk_widget_set_visible(button, label != NULL);
    char *text = mnemonic(mnemonics, label != NULL ? _(label) : "");
    buttons_set_label(button, text);
    g_free(text);
}

// Enter alone accepts nothing but a typed answer.
void question_focus(struct ui *ui)
{
    gtk_widget_grab_focus(kind_of(ui) == SECRET ? entry_of(ui) : ui->question->no);
}

// Another question: nothing of the last one's answer is left.
static void begin(struct ui *ui, enum kind kind)
{
    struct question *page = ui->question;
    struct mnemonics mnemonics = { 0 };
    char text[MAX_FINDINGS * ERROR_TEXT_MAX];
    compose(ui, kind, text, sizeof text);
    ui_say(page->heading, _(looks[kind].heading));
    ui_say(page->text, text);
    set_button(page->yes, &mnemonics, looks[kind].yes);
    set_button(page->no, &mnemonics, looks[kind].no);
    field_wipe(GTK_EDITABLE(page->secret));
    field_wipe(GTK_EDITABLE(page->visible));
    gtk_widget_set_visible(page->secret, kind == SECRET && !ui->model.question.echo);
    gtk_widget_set_visible(page->visible, kind == SECRET && ui->model.question.echo);
    question_focus(ui);
}

void question_refresh(struct ui *ui)
{
    struct question *page = ui->question;
    bool can_overrule = model_can(&ui->model, MODEL_OVERRULE);
    if (can_overrule && !page->overrule_asked)
        page->own = OVERRULE;
    page->overrule_asked = can_overrule;
    if (page->own == OVERRULE && !can_overrule)
        page->own = NOTHING;
    if (requests[page->own].asked && !model_can(&ui->model, requests[page->own].deed))
        page->own = NOTHING;           // it has ended meanwhile
    enum kind kind = kind_of(ui);
    if (kind != NOTHING && (kind != page->shown || ui->model.question.number != page->number))
        begin(ui, kind);
    if (kind == NOTHING && page->shown != NOTHING) {
        field_wipe(GTK_EDITABLE(page->secret));
        field_wipe(GTK_EDITABLE(page->visible));
    }
    page->shown = kind;
    page->number = ui->model.question.number;
}
