// SPDX-License-Identifier: GPL-2.0-or-later
//
// A question to the person, on the terminal that virt-p2v was started from.
#ifndef P2V_UI_QUESTION_H
#define P2V_UI_QUESTION_H

#include "p2v-ui/text.h"
#include "proto/terminal.h"

enum asked { ASKED_NOTHING, ASKED_HOST_KEY, ASKED_SECRET };

struct question {
    enum asked asked;
    bool echo;
    char text[2048];               // what is shown before the person types
    struct terminal terminal;
};

// Shows a HostKeyAsk or a SecretAsk and begins to read the answer.  False where there is no terminal, and nobody to ask.
bool question_begin(struct question *question, struct text_ui *ui, const P2v__Envelope *ask);

// Shows it again: something else was shown in between.
void question_repeat(struct question *question, struct text_ui *ui);

// Standard input is readable.  ANSWER_UNKNOWN: the answer is not whole yet.  ANSWER_YES to a SecretAsk: it is in
// question->terminal.line until question_end().
P2v__Answer question_read(struct question *question, struct text_ui *ui);

// It has been answered, or is not asked any more: the terminal is as it was, what was typed is wiped.
void question_end(struct question *question);

#endif
