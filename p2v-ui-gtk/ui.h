// SPDX-License-Identifier: GPL-2.0-or-later
//
// The window: one for everything, so that it works without a window manager as well.  Its pages are the dialogs; each has
// its own file.  What there is to show is in the model (p2v-ui/model.h); after whatever changed it, ui_changed() has the
// widgets made as it says.  Touches: the display.
#ifndef P2V_UI_GTK_UI_H
#define P2V_UI_GTK_UI_H

#include <gtk/gtk.h>

#include "p2v-ui/model.h"

struct connection;
struct choice;
struct running;
struct question;

struct ui {
    struct model model;
    void (*settled)(struct ui *ui);    // called when the widgets have followed: something may have become due
    GMainLoop *loop;
    GtkWidget *window, *pages;
    GtkWidget *news;                   // the last note, or the answer to a request
    enum model_step news_step;         // the dialog that it is of
    struct connection *connection;     // the pages
    struct choice *choice;
    struct running *running;
    struct question *question;
    bool refreshing;                   // a widget that changes now was changed by us
    bool editable;                     // the dialog could be filled in when the widgets last followed
    bool refused;                      // the last start was, and that was told
    guint refresh_source;              // ui_changed() has been called
    size_t notes_seen;                 // of the model's lines
    unsigned answers_seen[MODEL_REQUESTS];
};

// Makes and shows the window.  ui->model must be there.
void ui_open(struct ui *ui);

// The model has changed: the widgets follow soon.
void ui_changed(struct ui *ui);

// Milliseconds of a clock that never goes back.
uint64_t ui_now(void);

// ---- what the pages are made of ------------------------------------------------------------------------

// A text that is no markup, and is wrapped.  It is not to be selected: Tab would stop at each.
GtkWidget *ui_text(void);

// The same, with text, as a heading.
GtkWidget *ui_heading(const char *text);

// Sets a label's text, if it is another one, and hides it where it is "" or NULL.
void ui_say(GtkWidget *label, const char *text);

// Sets a text that says what is wrong: seen as an error, a warning or, where text is NULL, not at all.
void ui_complain(GtkWidget *label, const char *text, bool error);

#endif
