// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui: the person.  Under the supervisor it shows how a conversion goes and its verdict; by hand it shows, made harmless,
// what comes on its standard input.  What it may do is in policy.c.
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-ui/policy.h"
#include "p2v-ui/text.h"
#include "proto/helper.h"

static const char usage[] =
    "p2v-ui: virt-p2v's front end, as plain text.\n"
    "\n"
    "p2v-supervisor runs it to show how a conversion goes. By hand it reads virt-v2v's output on\n"
    "standard input and shows it as it would be shown: without what could harm a terminal.\n"
    "\n"
    "  --colours         keep colours even where the output is no terminal (also --colors)\n"
    "  --print-sandbox   lock this process, print what it may do and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_COLOURS = 1 };

static const struct option own_options[] = {
    { "colours", no_argument, NULL, OPTION_COLOURS },
    { "colors", no_argument, NULL, OPTION_COLOURS },
    { NULL },
};

static bool take_option(int option, const char *argument, void *context)
{
    (void)argument;
    if (option != OPTION_COLOURS)
        return false;
    text_force_colours(context);
    return true;
}

// A closed terminal must not end a conversion, and what ^C means is the supervisor's to say: this process shows it.
static void ignore_terminal_signals(bool by_hand)
{
    static const int signals[] = { SIGPIPE, SIGHUP, SIGTTOU, SIGINT, SIGQUIT };
    for (size_t i = 0; i < (by_hand ? 1 : sizeof signals / sizeof signals[0]); i++)
        signal(signals[i], SIG_IGN);
}

// ---- by hand -------------------------------------------------------------------------------------------

static int show_input(struct helper *helper, struct text_ui *ui)
{
    char bytes[4096];
    for (;;) {
        ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
        if (n > 0) {
            neutralise(&ui->neutraliser, bytes, (size_t)n);
        } else if (n == 0) {
            text_end(ui);
            return ui->out.gone ? EXIT_FAILED : EXIT_OK;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return helper_fail(helper, "standard input cannot be read: %s", strerror(errno));
        }
    }
}

// ---- under the supervisor ------------------------------------------------------------------------------

enum step { STARTING, SHOWING, FINISHED, BROKEN };

static enum step handle(struct helper *helper, struct text_ui *ui, enum step step, const struct message *in)
{
    const P2v__Envelope *envelope = in->envelope;
    if (step == STARTING && envelope->body_case == P2V__ENVELOPE__BODY_UI_START) {
        if (envelope->ui_start->colours)
            text_force_colours(ui);
        ui->verbose = envelope->ui_start->verbose;
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_NOTE) {
        text_note(ui, envelope->note);
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_OUTPUT) {
        text_conversion_output(ui, envelope->conversion_output);
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_UI_VERDICT) {
        P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
        P2v__Envelope answer = ENVELOPE(ui_finished, UI_FINISHED, &finished);
        text_verdict(ui, envelope->ui_verdict);
        return helper_send(helper, &answer, NULL, 0) == 0 ? FINISHED : BROKEN;
    }
    helper_unexpected(helper, in);
    return BROKEN;
}

static int serve(struct helper *helper, struct text_ui *ui)
{
    struct message in = { 0 };
    enum step step = STARTING;
    while (step != FINISHED && step != BROKEN) {
        int received = helper_receive(helper, &in);
        if (received <= 0) {
            text_end(ui);
            return received == 0 ? EXIT_OK : EXIT_FAILED;
        }
        step = handle(helper, ui, step, &in);
        message_clear(&in);
    }
    return step == FINISHED ? EXIT_OK : EXIT_FAILED;
}

int main(int argc, char *argv[])
{
    static struct text_ui ui;
    struct helper helper = { .policy = &ui_policy };
    int status;

    text_init(&ui);
    int first = helper_options(&helper, argc, argv, usage, own_options, take_option, &ui, &status);
    if (first < 0)
        return status;
    if (first < argc) {
        fprintf(stderr, "p2v-ui: %s: no such argument is known. Try 'p2v-ui --help'.\n", argv[first]);
        return EXIT_USAGE;
    }
    ignore_terminal_signals(helper.by_hand);
    if (helper_lock(&helper) < 0)
        return EXIT_FAILED;
    return helper.by_hand ? show_input(&helper, &ui) : serve(&helper, &ui);
}
