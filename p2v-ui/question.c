// SPDX-License-Identifier: GPL-2.0-or-later
//
// A question to the person, on the terminal.  Touches: standard input and output, the terminal's echo.
#include "p2v-ui/question.h"

#include <stdio.h>
#include <string.h>

static void compose_host_key(struct question *question, const P2v__HostKeyAsk *ask)
{
    snprintf(question->text, sizeof question->text,
             "virt-p2v: the host key of %s is %s\n"
             "virt-p2v:     %s\n"
             "virt-p2v: compare it with what the server itself shows: ssh-keygen -l -f /etc/ssh/ssh_host_..._key.pub\n"
             "virt-p2v: is it the same? (yes/no) ", ask->server, ask->type, ask->fingerprint);
}

// The server's own words are marked as such: it must not be able to ask for anything in our name.
static void compose_secret(struct question *question, const P2v__SecretAsk *ask)
{
    if (ask->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE)
        snprintf(question->text, sizeof question->text, "virt-p2v: %spassphrase of the SSH identity: ", ask->again ? "that was not it; " : "");
    else
        snprintf(question->text, sizeof question->text, "virt-p2v: the conversion server asks: %s ", ask->prompt);
}

bool question_begin(struct question *question, struct text_ui *ui, const P2v__Envelope *ask)
{
    bool host_key = ask->body_case == P2V__ENVELOPE__BODY_HOST_KEY_ASK;
    if (!terminal_is_there())
        return false;
    question->asked = host_key ? ASKED_HOST_KEY : ASKED_SECRET;
    question->echo = host_key || ask->secret_ask->echo;
    if (host_key)
        compose_host_key(question, ask->host_key_ask);
    else
        compose_secret(question, ask->secret_ask);
    terminal_begin(&question->terminal, question->echo);
    question_repeat(question, ui);
    return true;
}

void question_repeat(struct question *question, struct text_ui *ui)
{
    text_raw(ui, question->text);
}

// Whoever means yes writes it out; anything else but no is asked again.
static P2v__Answer read_yes_or_no(struct question *question, struct text_ui *ui)
{
    if (strcasecmp(question->terminal.line, "yes") == 0)
        return P2V__ANSWER__ANSWER_YES;
    if (strcasecmp(question->terminal.line, "no") == 0)
        return P2V__ANSWER__ANSWER_NO;
    question->terminal.size = 0;
    text_raw(ui, "virt-p2v: please type yes or no: ");
    return P2V__ANSWER__ANSWER_UNKNOWN;
}

P2v__Answer question_read(struct question *question, struct text_ui *ui)
{
    switch (terminal_read(&question->terminal)) {
    case TERMINAL_LINE:
        return question->asked == ASKED_HOST_KEY ? read_yes_or_no(question, ui) : P2V__ANSWER__ANSWER_YES;
    case TERMINAL_TOO_LONG:
        return P2V__ANSWER__ANSWER_NO;
    case TERMINAL_END:
        return P2V__ANSWER__ANSWER_NOBODY;
    default:
        return P2V__ANSWER__ANSWER_UNKNOWN;
    }
}

void question_end(struct question *question)
{
    if (question->asked != ASKED_NOTHING)
        terminal_end(&question->terminal);
    question->asked = ASKED_NOTHING;
}
