// SPDX-License-Identifier: GPL-2.0-or-later
//
// The terminal front end: the model's dialogs on any terminal of 80x24, by keyboard.
//
// One form is active at a time: that of the model's step, or a small one over it (a question, a remark, a list).  libnewt's forms
// wait for the keyboard, the channel and a timer at once, so that the supervisor is always listened to.  Each time one of them
// has something, the model is told what was typed, and the form is made to show what the model says.
#ifndef P2V_UI_TERMINAL_H
#define P2V_UI_TERMINAL_H

#include "p2v-ui/screen.h"
#include "p2v-ui/session.h"

#define TERMINAL_WIDTH 74              // of the first two dialogs, inside: with borders they fill 80x24
#define TERMINAL_HEIGHT 18
#define DIALOGS_TEXT_MAX ((MAX_FINDINGS + 6) * ERROR_TEXT_MAX)   // bytes of what is said at once, its end included

struct dialogs;

// A form and what is done with it.  Each function may be NULL.
struct dialogs_form {
    void (*build)(struct dialogs *dialogs);      // makes dialogs->form and its window
    void (*take)(struct dialogs *dialogs);       // what was typed, into the model
    void (*show)(struct dialogs *dialogs);       // what the model says, on the form
    void (*press)(struct dialogs *dialogs, newtComponent button);
    void (*key)(struct dialogs *dialogs, int key);   // a hot key
};

extern const struct dialogs_form dialogs_connection, dialogs_choice, dialogs_running;

struct dialogs {
    struct session session;
    const struct dialogs_form *shown;             // of the model's step; NULL: none yet
    newtComponent form;                            // of it
    const struct dialogs_form *over;              // over it; NULL: none
    newtComponent over_form;
    bool rebuild;                                  // what is shown is to be made anew
    unsigned seen_question, seen_answers[MODEL_REQUESTS];
    enum model_step step;                          // of the model when a form was chosen last
    size_t warned_from;                            // of the model's lines: the first since this dialog is there
    unsigned turn;                                 // of what shows that something goes on
    bool gone;                                     // the terminal was closed
};

// Shows the dialogs, on the terminal that screen_begin() has taken over, until the session is over, and gives it back.  demo: owned
// from now on; NULL: the supervisor.  Returns the exit status.
int dialogs_run(struct helper *helper, struct demo *demo);

// An entry for text, or one whose text is not seen; what is typed there reaches the model at once.
newtComponent dialogs_entry(struct dialogs *dialogs, newtComponent form, int left, int top, int width, const char *text, bool secret);

// Stands between a field's label and its entry: "!" where something is said of it, "*" where it has a value that is not shown.
const char *dialogs_mark(const char *said, const struct model_field *field);

// What the "*" of this dialog's fields means; "": there is none.
const char *dialogs_hidden(const struct model *model, int dialog);

// The last warning or error that came since this dialog is there, as a line of its own after others; "": there is none.
void dialogs_warning(const struct dialogs *dialogs, char text[ERROR_TEXT_MAX + 64]);

// Sets the text of a box of so many rows.  Where it has more, the label beside says how to read them: by dialogs_show_all().
void dialogs_say(newtComponent box, int rows, newtComponent hint, const char *text);
void dialogs_show_all(struct dialogs *dialogs, newtComponent box, int rows, const char *text);

// A checkbox; what is done there reaches the model at once.
newtComponent dialogs_checkbox(struct dialogs *dialogs, newtComponent form, int left, int top, int columns, const char *text, bool checked);
bool dialogs_checked(newtComponent checkbox);

// ---- over the dialog -----------------------------------------------------------------------------------

// The open question of the model.
void dialogs_ask(struct dialogs *dialogs);

// A remark that is read and closed.
void dialogs_remark(struct dialogs *dialogs, const char *title, const char *text);

// Asks; yes() is called where the answer is yes.  No is what Return alone means.
void dialogs_confirm(struct dialogs *dialogs, const char *title, const char *text, void (*yes)(struct dialogs *dialogs));

// Asks whether to end the run; before there is a conversion.
void dialogs_quit(struct dialogs *dialogs);

// One of several; chosen() is called with it.  The texts are borrowed until then.
void dialogs_list(struct dialogs *dialogs, const char *title, const char *const *texts, size_t count, const char *current,
                   void (*chosen)(struct dialogs *dialogs, const char *text));

// Closes what is over the dialog.
void dialogs_close_over(struct dialogs *dialogs);

#endif
