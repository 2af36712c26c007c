// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui: the person.  Under the supervisor it shows how a conversion goes and its verdict, as plain text (here) or by dialogs on
// the terminal (terminal.c); by hand it shows, made harmless, what comes on its standard input, or a demonstration of the dialogs.
// What it may do is in policy.c and terminal-policy.c.
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-ui/policy.h"
#include "p2v-ui/progress.h"
#include "p2v-ui/question.h"
#include "p2v-ui/terminal.h"
#include "p2v-ui/text.h"
#include "proto/helper.h"
#include "proto/translate.h"

static const char usage[] =
    "p2v-ui: virt-p2v's front end, as plain text or by dialogs on a terminal.\n"
    "\n"
    "p2v-supervisor runs it to ask what to convert and to show how a conversion goes. By hand it\n"
    "reads virt-v2v's output on standard input and shows it as it would be shown: without what could\n"
    "harm a terminal. With --demo it shows the dialogs, on an invented machine.\n"
    "\n"
    "  --front-end=NAME  text (the default), or terminal: dialogs\n"
    "  --demo            the dialogs on an invented machine; nothing is converted (by hand alone)\n"
    "  --demo=hostile    the same, with texts that try to harm the terminal\n"
    "  --colours         keep colours even where the output is no terminal (also --colors)\n"
    "  --print-sandbox[=json]\n"
    "                    print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_COLOURS = 1, OPTION_FRONT_END, OPTION_DEMO };

static const struct option own_options[] = {
    { "colours", no_argument, NULL, OPTION_COLOURS },
    { "colors", no_argument, NULL, OPTION_COLOURS },
    { "front-end", required_argument, NULL, OPTION_FRONT_END },
    { "demo", optional_argument, NULL, OPTION_DEMO },
    { NULL },
};

struct options {
    struct helper *helper;
    struct text_ui *text;
    bool demo, hostile;
};

static bool is_terminal(const struct helper *helper)
{
    return helper->policy == &ui_terminal_policy;
}

static bool take_front_end(struct helper *helper, const char *name)
{
    bool text = strcmp(name, "text") == 0;
    helper->policy = text ? &ui_policy : &ui_terminal_policy;
    if (text || strcmp(name, "terminal") == 0)
        return true;
    fprintf(stderr, "p2v-ui: --front-end=%s: it must be text or terminal.\n", name);
    return false;
}

static bool take_demo(struct options *options, const char *how)
{
    options->demo = true;
    options->hostile = how != NULL;
    options->helper->policy = &ui_terminal_policy;
    if (options->helper->by_hand && (how == NULL || strcmp(how, "hostile") == 0))
        return true;
    fprintf(stderr, "p2v-ui: --demo is for trying by hand; there is --demo, and --demo=hostile.\n");
    return false;
}

static bool take_option(int option, const char *argument, void *context)
{
    struct options *options = context;
    if (option == OPTION_FRONT_END)
        return take_front_end(options->helper, argument);
    if (option == OPTION_DEMO)
        return take_demo(options, argument);
    if (option != OPTION_COLOURS)
        return false;
    text_force_colours(options->text);
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

struct text_session {
    struct text_ui *ui;
    struct question question;
    struct progress progress;
};

static enum step send_answer(struct helper *helper, struct text_session *session, enum asked asked, P2v__Answer answer)
{
    P2v__HostKeyAnswer host_key = P2V__HOST_KEY_ANSWER__INIT;
    P2v__SecretAnswer secret = P2V__SECRET_ANSWER__INIT;
    P2v__Envelope about_key = ENVELOPE(host_key_answer, HOST_KEY_ANSWER, &host_key);
    P2v__Envelope about_secret = ENVELOPE(secret_answer, SECRET_ANSWER, &secret);
    char *line = session->question.terminal.line;
    host_key.answer = secret.answer = answer;
    if (asked == ASKED_SECRET && answer == P2V__ANSWER__ANSWER_YES)
        secret.secret = (ProtobufCBinaryData){ strlen(line), (uint8_t *)line };
    int rc = helper_send(helper, asked == ASKED_HOST_KEY ? &about_key : &about_secret, NULL, 0);
    question_end(&session->question);
    return rc == 0 ? SHOWING : BROKEN;
}

static enum step ask(struct helper *helper, struct text_session *session, const P2v__Envelope *envelope)
{
    enum asked asked = envelope->body_case == P2V__ENVELOPE__BODY_HOST_KEY_ASK ? ASKED_HOST_KEY : ASKED_SECRET;
    question_end(&session->question);
    if (question_begin(&session->question, session->ui, envelope))
        return SHOWING;
    return send_answer(helper, session, asked, P2V__ANSWER__ANSWER_NOBODY);
}

static enum step take_answer(struct helper *helper, struct text_session *session)
{
    P2v__Answer answer = question_read(&session->question, session->ui);
    return answer == P2V__ANSWER__ANSWER_UNKNOWN ? SHOWING : send_answer(helper, session, session->question.asked, answer);
}

// What is to be seen while a question is open stands on lines of its own, and the question again after it.
static void interrupt(struct text_session *session, bool again)
{
    if (session->question.asked == ASKED_NOTHING)
        return;
    if (again)
        question_repeat(&session->question, session->ui);
    else
        text_raw(session->ui, "\n");
}

static void show_note(struct text_session *session, const P2v__Note *note)
{
    interrupt(session, false);
    text_note(session->ui, note);
    interrupt(session, true);
}

static void show_progress(struct text_session *session, const P2v__Progress *progress)
{
    char line[ERROR_TEXT_MAX];
    P2v__Note note = P2V__NOTE__INIT;
    note.level = P2V__LEVEL__INFO;
    note.text = line;
    if (progress_take(&session->progress, progress, session_now(), line, sizeof line))
        show_note(session, &note);
}

static enum step handle(struct helper *helper, struct text_session *session, enum step step, const struct message *in)
{
    const P2v__Envelope *envelope = in->envelope;
    struct text_ui *ui = session->ui;
    if (step == STARTING && envelope->body_case == P2V__ENVELOPE__BODY_UI_START) {
        if (envelope->ui_start->colours)
            text_force_colours(ui);
        ui->verbose = envelope->ui_start->verbose;
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_NOTE) {
        if (envelope->note->level != P2V__LEVEL__DEBUG || ui->verbose)
            show_note(session, envelope->note);
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_PROGRESS) {
        show_progress(session, envelope->progress);
        return SHOWING;
    }
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_OUTPUT) {
        interrupt(session, false);
        text_conversion_output(ui, envelope->conversion_output);
        interrupt(session, true);
        return SHOWING;
    }
    if (step == SHOWING && (envelope->body_case == P2V__ENVELOPE__BODY_HOST_KEY_ASK || envelope->body_case == P2V__ENVELOPE__BODY_SECRET_ASK))
        return ask(helper, session, envelope);
    if (step == SHOWING && envelope->body_case == P2V__ENVELOPE__BODY_UI_VERDICT) {
        interrupt(session, false);
        question_end(&session->question);
        P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
        P2v__Envelope answer = ENVELOPE(ui_finished, UI_FINISHED, &finished);
        text_verdict(ui, envelope->ui_verdict);
        return helper_send(helper, &answer, NULL, 0) == 0 ? FINISHED : BROKEN;
    }
    helper_unexpected(helper, in);
    return BROKEN;
}

// Waits for a message, or for the person where something is asked: true where it is the person.
static bool person_has_typed(const struct text_session *session)
{
    struct pollfd fds[2] = { { .fd = CHANNEL_FD, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
    if (session->question.asked == ASKED_NOTHING)
        return false;
    while (poll(fds, 2, -1) < 0 && errno == EINTR) {}
    return fds[0].revents == 0 && fds[1].revents != 0;
}

static int serve(struct helper *helper, struct text_ui *ui)
{
    struct text_session session = { .ui = ui };
    struct message in = { 0 };
    enum step step = STARTING;
    int received = 1;
    while (step != FINISHED && step != BROKEN) {
        if (person_has_typed(&session)) {
            step = take_answer(helper, &session);
            continue;
        }
        received = helper_receive(helper, &in);
        if (received <= 0)
            break;
        step = handle(helper, &session, step, &in);
        message_clear(&in);
    }
    question_end(&session.question);
    if (step == FINISHED || received > 0)
        return step == FINISHED ? EXIT_OK : EXIT_FAILED;
    text_end(ui);
    return received == 0 ? EXIT_OK : EXIT_FAILED;
}

// ---- dialogs -------------------------------------------------------------------------------------------

// The terminal's description and the catalogue of texts are read before the lock: they are the system's, and not the person's.
static int run_terminal(struct helper *helper, const struct options *options)
{
    struct error err;
    bool utf8 = translate_begin();
    if (screen_begin(utf8, &err) < 0)
        return helper_fail(helper, "%s", err.text);
    if (helper_lock(helper) < 0) {
        screen_end();
        return EXIT_FAILED;
    }
    return dialogs_run(helper, options->demo ? demo_new(options->hostile, session_now()) : NULL);
}

int main(int argc, char *argv[])
{
    static struct text_ui ui;
    struct helper helper = { .policy = &ui_policy };
    struct options options = { .helper = &helper, .text = &ui };
    int status;

    text_init(&ui);
    int first = helper_options(&helper, argc, argv, usage, own_options, take_option, &options, &status);
    if (first < 0)
        return status;
    if (first < argc) {
        fprintf(stderr, "p2v-ui: %s: no such argument is known. Try 'p2v-ui --help'.\n", argv[first]);
        return EXIT_USAGE;
    }
    ignore_terminal_signals(helper.by_hand && !is_terminal(&helper));
    if (is_terminal(&helper) && (options.demo || !helper.by_hand))
        return run_terminal(&helper, &options);
    if (helper_lock(&helper) < 0)
        return EXIT_FAILED;
    return helper.by_hand ? show_input(&helper, &ui) : serve(&helper, &ui);
}
