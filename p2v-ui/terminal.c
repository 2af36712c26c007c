// SPDX-License-Identifier: GPL-2.0-or-later
//
// The terminal front end: which form is active, and what is done when something happens.
#include "p2v-ui/terminal.h"

#include <stdio.h>
#include <string.h>

#include "p2v-ui/words.h"
#include "proto/translate.h"

#define TURN_MS 250                    // of what shows that something goes on
#define LOOK_MS 1000                   // at the terminal's size
#define SOON_MS 1                      // after a key: libnewt's forms return by their timer

// ---- parts ---------------------------------------------------------------------------------------------

// For newtFormSetTimer().
static newtComponent active_form(const struct dialogs *dialogs)
{
    return dialogs->over != NULL ? dialogs->over_form : dialogs->form;
}

static void touched(newtComponent component, void *data)
{
    (void)component;
    newtFormSetTimer(active_form(data), SOON_MS);
}

static int typed(newtComponent entry, void *data, int key, int cursor)
{
    (void)cursor;
    touched(entry, data);
    return key;
}

newtComponent dialogs_entry(struct dialogs *dialogs, newtComponent form, int left, int top, int width, const char *text, bool secret)
{
    newtComponent entry = newtEntry(left, top, text, width, NULL, NEWT_FLAG_SCROLL | (secret ? NEWT_FLAG_PASSWORD : 0));
    newtEntrySetFilter(entry, typed, dialogs);
    newtFormAddComponent(form, entry);
    return entry;
}

const char *dialogs_mark(const char *said, const struct model_field *field)
{
    return said != NULL ? "!" : field->hidden ? "*" : " ";
}

const char *dialogs_hidden(const struct model *model, int dialog)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].key->dialog == dialog && model->fields[i].hidden)
            return _("What was given before stays where a * is and nothing else is typed; it is not shown.");
    return "";
}

void dialogs_warning(const struct dialogs *dialogs, char text[ERROR_TEXT_MAX + 64])
{
    const struct model *model = &dialogs->session.model;
    text[0] = '\0';
    size_t oldest = model->line_count > MODEL_LINES_MAX ? model->line_count - MODEL_LINES_MAX : 0;
    for (size_t i = model->line_count; i-- > oldest && i >= dialogs->warned_from;) {
        const struct model_line *line = &model->lines[i % MODEL_LINES_MAX];
        if (line->output || (line->level != P2V__LEVEL__WARNING && line->level != P2V__LEVEL__ERROR))
            continue;
        snprintf(text, ERROR_TEXT_MAX + 64, "\n%s %s", line->level == P2V__LEVEL__ERROR ? _("Error:") : _("Warning:"), line->text);
        return;
    }
}

void dialogs_say(newtComponent box, int rows, newtComponent hint, const char *text)
{
    static char shown[DIALOGS_TEXT_MAX];
    newtTextboxSetText(box, screen_paragraph(shown, sizeof shown, text));
    screen_set_label(hint, TERMINAL_WIDTH - 2, newtTextboxGetNumLines(box) > rows ? _("PgDn: all of it") : " ");
}

void dialogs_show_all(struct dialogs *dialogs, newtComponent box, int rows, const char *text)
{
    if (newtTextboxGetNumLines(box) > rows)
        dialogs_remark(dialogs, "virt-p2v", text);
}

newtComponent dialogs_checkbox(struct dialogs *dialogs, newtComponent form, int left, int top, int columns, const char *text, bool checked)
{
    char fitted[SCREEN_TEXT_MAX];
    newtComponent checkbox = newtCheckbox(left, top, screen_fit(fitted, columns - 4, text), checked ? '*' : ' ', NULL, NULL);
    newtComponentAddCallback(checkbox, touched, dialogs);
    newtFormAddComponent(form, checkbox);
    return checkbox;
}

bool dialogs_checked(newtComponent checkbox)
{
    return newtCheckboxGetValue(checkbox) == '*';
}

static void quit(struct dialogs *dialogs)
{
    model_request(&dialogs->session.model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, "");
}

void dialogs_quit(struct dialogs *dialogs)
{
    dialogs_confirm(dialogs, _("Quit"), _("Quit virt-p2v? Nothing on this machine was changed."), quit);
}

// ---- while the machine is inspected --------------------------------------------------------------------

static void build_waiting(struct dialogs *dialogs)
{
    char text[SCREEN_TEXT_MAX];
    newtComponent box = newtTextbox(1, 1, 56, 2, NEWT_FLAG_WRAP);
    screen_window(58, 4, "virt-p2v");
    dialogs->form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    newtTextboxSetText(box, screen_paragraph(text, sizeof text, _("This machine is being inspected ...")));
    newtFormAddComponent(dialogs->form, box);
}

static const struct dialogs_form waiting = { .build = build_waiting };

// ---- which form ----------------------------------------------------------------------------------------

static const struct dialogs_form *form_of(enum model_step step)
{
    static const struct dialogs_form *const forms[] = {
        [MODEL_INSPECTING] = &waiting, [MODEL_CONNECTION] = &dialogs_connection,
        [MODEL_CHOICE] = &dialogs_choice, [MODEL_RUNNING] = &dialogs_running,
    };
    return forms[step];
}

static void watch(struct dialogs *dialogs, newtComponent form)
{
    if (session_fd(&dialogs->session) >= 0)
        newtFormWatchFd(form, session_fd(&dialogs->session), NEWT_FD_READ);
}

static void close_shown(struct dialogs *dialogs)
{
    dialogs_close_over(dialogs);
    if (dialogs->shown != NULL) {
        newtFormDestroy(dialogs->form);
        newtPopWindow();
    }
    dialogs->shown = NULL;
}

// The form of the model's step, with what belongs over it.
static void choose_form(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    const struct dialogs_form *wanted = form_of(model->step);
    if (model->step != dialogs->step && dialogs->step != MODEL_INSPECTING)
        dialogs->warned_from = model->line_count;      // what came during the inspection is told in the first dialog
    dialogs->step = model->step;
    if (dialogs->shown != wanted || dialogs->rebuild) {
        close_shown(dialogs);
        dialogs->rebuild = false;
        dialogs->seen_question = 0;   // it was closed with the form
        dialogs->shown = wanted;
        wanted->build(dialogs);
    }
    if (model->question.number != dialogs->seen_question) {
        dialogs_close_over(dialogs);
        dialogs->seen_question = model->question.number;
        if (model->question.asked != MODEL_ASKED_NOTHING)
            dialogs_ask(dialogs);
    }
}

// What the supervisor answered to a request, where the dialog itself does not show it.
static void show_answers(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    for (size_t kind = 0; kind < MODEL_REQUESTS; kind++) {
        const struct model_answer *answer = &model->answers[kind];
        if (answer->number == dialogs->seen_answers[kind] || dialogs->over != NULL)
            continue;                  // where something else is open it is told when that is closed
        dialogs->seen_answers[kind] = answer->number;
        char text[ERROR_TEXT_MAX + 128];
        if (answer->done && kind == P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG)
            words_saved(text, sizeof text, answer);
        else if (!answer->done)
            snprintf(text, sizeof text, _("This could not be done: %s"), answer->text);
        else
            continue;
        dialogs_remark(dialogs, "virt-p2v", text);
    }
}

// ---- events --------------------------------------------------------------------------------------------

static bool is_lent(const struct dialogs *dialogs)
{
    const bool *requested = dialogs->session.model.requested;
    return requested[P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL] || requested[P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK];
}

// A shell or the network's configuration has the terminal until the supervisor says that it is over.
static void lend(struct dialogs *dialogs)
{
    close_shown(dialogs);
    screen_lend();
    while (dialogs->session.state == SESSION_ON && is_lent(dialogs))
        session_wait(&dialogs->session);
    screen_take_back();
    dialogs->rebuild = true;
}

static void take(struct dialogs *dialogs)
{
    const struct dialogs_form *forms[] = { dialogs->shown, dialogs->over };
    for (size_t i = 0; i < 2; i++)
        if (forms[i] != NULL && forms[i]->take != NULL)
            forms[i]->take(dialogs);
}

static void show(struct dialogs *dialogs)
{
    if (dialogs->over != NULL)
        return;                        // what is below it does not change before it is closed
    if (dialogs->shown->show != NULL)
        dialogs->shown->show(dialogs);
}

static void resize(struct dialogs *dialogs)
{
    close_shown(dialogs);
    screen_resize();
    dialogs->rebuild = true;
}

static void handle(struct dialogs *dialogs, const struct newtExitStruct *event)
{
    const struct dialogs_form *form = dialogs->over != NULL ? dialogs->over : dialogs->shown;
    take(dialogs);
    switch (event->reason) {
    case NEWT_EXIT_COMPONENT:
        if (form->press != NULL)
            form->press(dialogs, event->u.co);
        return;
    case NEWT_EXIT_HOTKEY:
        if (form->key != NULL)
            form->key(dialogs, event->u.key);
        return;
    case NEWT_EXIT_ERROR:
        dialogs->gone = true;
        return;
    case NEWT_EXIT_TIMER:
        dialogs->turn++;
        if (screen_is_resized())
            resize(dialogs);
        return;
    default:
        return;
    }
}

static void set_timer(struct dialogs *dialogs)
{
    const struct model *model = &dialogs->session.model;
    int wait = model->testing || model->step == MODEL_RUNNING ? TURN_MS : LOOK_MS, due = session_due(&dialogs->session);
    newtFormSetTimer(active_form(dialogs), due < 0 || due > wait ? wait : due > 0 ? due : SOON_MS);
}

int dialogs_run(struct helper *helper, struct demo *demo)
{
    static struct dialogs dialogs;
    struct newtExitStruct event;
    session_begin(&dialogs.session, helper, demo, true);
    for (;;) {
        session_step(&dialogs.session);
        if (dialogs.session.state != SESSION_ON || dialogs.gone)
            break;
        if (is_lent(&dialogs)) {
            lend(&dialogs);
            continue;
        }
        choose_form(&dialogs);
        show_answers(&dialogs);
        show(&dialogs);
        if (dialogs.rebuild)
            continue;
        watch(&dialogs, active_form(&dialogs));
        set_timer(&dialogs);
        newtFormRun(active_form(&dialogs), &event);
        handle(&dialogs, &event);
    }
    close_shown(&dialogs);
    screen_end();
    int status = dialogs.session.state == SESSION_BROKEN ? EXIT_FAILED : EXIT_OK;
    session_end(&dialogs.session);
    return status;
}
