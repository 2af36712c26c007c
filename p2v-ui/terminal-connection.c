// SPDX-License-Identifier: GPL-2.0-or-later
//
// Dialog 1 on a terminal: SSH configuration.
#include <stdio.h>
#include <string.h>

#include "p2v-ui/terminal.h"
#include "p2v-ui/words.h"
#include "proto/translate.h"

#define LABELS 21                      // columns
#define ENTRIES 48
#define STATE_ROWS 5

enum { SERVER, PORT, USER, PASSWORD, IDENTITY, FIELDS };

static const struct { const char *name; int left, top, width; } places[FIELDS] = {
    [SERVER] = { "remote.server", 1, 2, 34 }, [PORT] = { "remote.port", 1, 3, 7 }, [USER] = { "auth.username", 1, 4, ENTRIES },
    [PASSWORD] = { "auth.password", 1, 5, 34 }, [IDENTITY] = { "auth.identity.url", 1, 6, ENTRIES },
};

static struct {
    newtComponent entries[FIELDS], marks[FIELDS], reveal, sudo, state, hint;
    newtComponent test, network, shell, about, quit, next;
    char shown[4 * ERROR_TEXT_MAX];    // of the state
} parts;

static void add_field(struct dialogs *dialogs, int field)
{
    struct model_field *of = model_field(&dialogs->session.model, places[field].name);
    int top = places[field].top, left = places[field].left;
    screen_label(dialogs->form, left, top, LABELS, _(of->key->label));
    parts.marks[field] = screen_label(dialogs->form, left + LABELS, top, 1, " ");
    parts.entries[field] = dialogs_entry(dialogs, dialogs->form, left + LABELS + 2, top, places[field].width, of->value, field == PASSWORD);
}

static void add_buttons(struct dialogs *dialogs)
{
    const struct model *model = &dialogs->session.model;
    int left = 1;
    parts.test = screen_button(dialogs->form, &left, 15, _("Test connection"));
    left = 1;
    parts.network = parts.shell = NULL;
    if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK])
        parts.network = screen_button(dialogs->form, &left, 17, _("Configure network"));
    if (model->granted[P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL])
        parts.shell = screen_button(dialogs->form, &left, 17, _("Shell"));
    parts.about = screen_button(dialogs->form, &left, 17, _("About"));
    parts.quit = screen_button(dialogs->form, &left, 17, _("Quit"));
    parts.next = screen_button(dialogs->form, &left, 17, _("Next"));
}

static void build(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    struct model_field *sudo = model_field(model, "auth.sudo");
    char machine[3 * MODEL_SHOWN_MAX];
    snprintf(machine, sizeof machine, "%s: %s%s%s", _("This machine"), model->hostname, model->machine[0] != '\0' ? ", " : "", model->machine);
    screen_window(TERMINAL_WIDTH, TERMINAL_HEIGHT, _("virt-p2v - SSH configuration"));
    dialogs->form = newtForm(NULL, NULL, NEWT_FLAG_NOF12);
    screen_label(dialogs->form, 1, 0, TERMINAL_WIDTH - 2, machine);
    for (int i = 0; i < FIELDS; i++) {
        add_field(dialogs, i);
        if (i == PASSWORD)
            parts.reveal = dialogs_checkbox(dialogs, dialogs->form, 59, places[i].top, 14, _("show"), false);
    }
    parts.sudo = dialogs_checkbox(dialogs, dialogs->form, LABELS + 3, 7, ENTRIES, _(sudo->key->label), model_is_set(sudo));
    parts.state = newtTextbox(1, 9, TERMINAL_WIDTH - 2, STATE_ROWS, NEWT_FLAG_WRAP);
    newtFormAddComponent(dialogs->form, parts.state);
    parts.hint = screen_label(dialogs->form, 1, 9 + STATE_ROWS, TERMINAL_WIDTH - 2, " ");
    newtFormAddHotKey(dialogs->form, NEWT_KEY_PGDN);
    add_buttons(dialogs);
}

static void take(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    uint64_t now = session_now();
    for (int i = 0; i < FIELDS; i++)
        model_set(model, model_field(model, places[i].name), newtEntryGetValue(parts.entries[i]), now);
    model_set(model, model_field(model, "auth.sudo"), dialogs_checked(parts.sudo) ? "true" : "false", now);
}

// ---- what is said --------------------------------------------------------------------------------------

// The mistake of the field where the cursor is, or else the first there is; but nothing of one where nothing was typed yet.
static const char *mistake(struct dialogs *dialogs)
{
    const char *first = NULL, *here = NULL;
    for (int i = 0; i < FIELDS; i++) {
        bool error;
        const char *said = model_said_of(&dialogs->session.model, places[i].name, &error);
        if (said != NULL && newtEntryGetValue(parts.entries[i])[0] == '\0' && i == SERVER)
            said = NULL;
        screen_set_label(parts.marks[i], 1, dialogs_mark(said, model_field(&dialogs->session.model, places[i].name)));
        if (said != NULL && newtFormGetCurrent(dialogs->form) == parts.entries[i])
            here = said;
        if (first == NULL)
            first = said;
    }
    return here != NULL ? here : first;
}

static void state(struct dialogs *dialogs, char *text, size_t size)
{
    static const char turns[] = "|/-\\";
    const struct model *model = &dialogs->session.model;
    const char *wrong = mistake(dialogs);
    if (model->testing)
        snprintf(text, size, _("Testing the connection ... %c"), turns[dialogs->turn % 4]);
    else if (wrong != NULL)
        snprintf(text, size, "%s", wrong);
    else if (model->not_connected[0] != '\0')
        snprintf(text, size, "%s", model->not_connected);
    else if (model->connected)
        words_connected(text, size, model);
    else
        snprintf(text, size, "%s%s%s", _("The connection must be tested."), dialogs_hidden(model, 1)[0] != '\0' ? "\n" : "", dialogs_hidden(model, 1));
}

static void show(struct dialogs *dialogs)
{
    struct model *model = &dialogs->session.model;
    char text[2 * ERROR_TEXT_MAX], warning[ERROR_TEXT_MAX + 64];
    newtEntrySetFlags(parts.entries[PASSWORD], NEWT_FLAG_PASSWORD, dialogs_checked(parts.reveal) ? NEWT_FLAGS_RESET : NEWT_FLAGS_SET);
    if (model_field(model, "auth.password")->value[0] == '\0' && newtEntryGetValue(parts.entries[PASSWORD])[0] != '\0')
        newtEntrySet(parts.entries[PASSWORD], "", 0);              // the supervisor has it
    state(dialogs, text, sizeof text);
    dialogs_warning(dialogs, warning);
    snprintf(parts.shown, sizeof parts.shown, "%s%s", text, warning);
    dialogs_say(parts.state, STATE_ROWS, parts.hint, parts.shown);
}

// PgDn shows what the dialog has no room for.
static void key(struct dialogs *dialogs, int key_code)
{
    (void)key_code;
    dialogs_show_all(dialogs, parts.state, STATE_ROWS, parts.shown);
}

// ---- buttons -------------------------------------------------------------------------------------------

static void about(struct dialogs *dialogs)
{
    char text[SCREEN_TEXT_MAX];
    words_about(text, sizeof text);
    dialogs_remark(dialogs, _("About"), text);
}

static void press(struct dialogs *dialogs, newtComponent button)
{
    struct model *model = &dialogs->session.model;
    if (button == parts.about)
        about(dialogs);
    else if (button == parts.quit)
        dialogs_quit(dialogs);
    else if (button == parts.test && !model_test(model) && !model->testing)
        dialogs_remark(dialogs, "virt-p2v", model_field(model, "remote.server")->value[0] == '\0'
                        ? _("The conversion server must be named first.") : _("First the fields with a ! beside them must be mended."));
    else if (button == parts.next && !model_next(model, session_now()))
        dialogs_remark(dialogs, "virt-p2v", model->testing ? _("The connection is being tested.") : _("The connection must be tested first."));
    else if (button == parts.network)
        model_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK, "");
    else if (button == parts.shell)
        model_request(model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, "");
}

const struct dialogs_form dialogs_connection = { .build = build, .take = take, .show = show, .press = press, .key = key };
