// SPDX-License-Identifier: GPL-2.0-or-later
//
// The plain text front end: lines on standard output and standard error.
#ifndef P2V_UI_TEXT_H
#define P2V_UI_TEXT_H

#include <stdbool.h>

#include "p2v-ui/neutralise.h"
#include "proto/p2v.pb-c.h"

struct text_output {
    int fd;
    bool colours;
    bool gone;                         // nobody reads it any more: what goes there is dropped
};

struct text_ui {
    struct text_output out, err;
    bool verbose;
    struct neutraliser neutraliser;    // of virt-v2v's output, into out
};

// Finds out which output is a terminal: colours are on there.  Before the lock.
void text_init(struct text_ui *ui);

// Colours on, wherever the output goes.
void text_force_colours(struct text_ui *ui);

void text_note(struct text_ui *ui, const P2v__Note *note);
void text_conversion_output(struct text_ui *ui, const P2v__ConversionOutput *output);
void text_verdict(struct text_ui *ui, const P2v__UiVerdict *verdict);

// Our own text as it is, on standard output, where the person is who is asked.
void text_raw(struct text_ui *ui, const char *text);

// Shows what virt-v2v left unfinished.
void text_end(struct text_ui *ui);

#endif
