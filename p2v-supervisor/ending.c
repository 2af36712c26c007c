// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a conversion ends: the first verdict stands, everything is closed, the UI shows it, the hook runs.
// Touches: the helpers' channels; standard error where no UI lives.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "proto/text.h"

#define ENDING_SECONDS 20          // for helpers to end by themselves: p2v-transport ends the remote job first
#define KILLED_SECONDS 5           // for what was killed after that
#define CANCEL_SECONDS 20          // for the server to say that its job has ended

void ending_deadline(struct supervisor *sup, int seconds)
{
    sup->deadline = seconds > 0 ? seconds_now() + seconds : 0;
}

time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// One write(), and nothing else: on a console dprintf() asks what it is, by an ioctl() that kills.
static void say_on_stderr(P2v__Level level, const char *text)
{
    char line[ERROR_TEXT_MAX + 32];
    const char *kind = level == P2V__LEVEL__ERROR ? "error: " : level == P2V__LEVEL__WARNING ? "warning: " : "";
    int size = snprintf(line, sizeof line, "virt-p2v: %s%s\n", kind, text);
    if (size > 0 && write(STDERR_FILENO, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1) < 0)
        return;                            // there is nobody left to tell
}

void conversion_note(struct supervisor *sup, P2v__Level level, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n <= 0)
        return;
    text_clean_line(text);
    bool wanted = level > P2V__LEVEL__DEBUG || sup->start->verbose;
    if (wanted)
        log_keep_note(sup, text);
    if (!ui_tell(sup, &MESSAGE(note, NOTE, Note, .level = level, .text = text)) && wanted)
        say_on_stderr(level, text);
}

void ending_show_verdict(struct supervisor *sup)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    if (sup->verdict_shown || (ui != NULL && ui->state == PEER_STARTING))
        return;                            // a UI that starts yet shows it when it is ready
    sup->verdict_shown = true;
    log_keep_note(sup, sup->verdict.text);
    P2v__Envelope envelope = MESSAGE(ui_verdict, UI_VERDICT, UiVerdict, .result = (P2v__ConversionResult)sup->outcome, .text = sup->verdict.text);
    struct error err;
    if (ui != NULL && (ui->state & UI_LISTENS) && peer_send(ui, &envelope, NULL, 0, &err) == 0) {
        ui->state = PEER_SHOWING_VERDICT;
        return;
    }
    if (ui != NULL)
        peer_close(ui);
    say_on_stderr(sup->outcome == OUTCOME_DONE ? P2V__LEVEL__INFO : P2V__LEVEL__ERROR, sup->verdict.text);
}

static void kill_tasks(struct supervisor *sup, enum runner_program first, enum runner_program last)
{
    for (enum runner_program i = first; i <= last; i++)
        if (sup->tasks[i] != 0)
            runner_kill(sup->runner, sup->tasks[i]);
}

void ending_begin(struct supervisor *sup, enum outcome outcome, const char *text)
{
    if (sup->outcome != OUTCOME_NONE)
        return;                            // what follows a verdict follows from it
    sup->outcome = outcome;
    error_set(&sup->verdict, "%s", text);
    if (reconnect_leaves_job(sup))
        error_set(&sup->verdict, "%s; what was begun is in %s on %s, where virt-v2v may still run", text, sup->remote_directory, sup->connection->remote_server);
    sup->phase = PHASE_VERDICT;
    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct peer *peer = &sup->peers[i];
        if (peer->id != 0 && peer->program == RUN_TRANSPORT && !(peer->state & (PEER_STARTING | PEER_LOGGING_IN | PEER_ASKING)))
            peer_close(peer);              // it ends the remote job, and then itself
        else if (peer->id != 0 && peer->program != RUN_UI)
            peer_end(sup, peer);
    }
    kill_tasks(sup, RUN_FIRST_TOOL, RUN_PRE);
    ending_deadline(sup, ENDING_SECONDS);
    ending_show_verdict(sup);
}

void conversion_fail(struct supervisor *sup, const char *format, ...)
{
    struct error err = { 0 };
    va_list args;
    va_start(args, format);
    vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    if (sup->outcome == OUTCOME_NONE && dialogs_take_failure(sup, err.text))
        return;
    ending_begin(sup, OUTCOME_FAILED, err.text);
}

void conversion_cancel(struct supervisor *sup)
{
    struct peer *control = peer_transport(sup, ROLE_CONTROL);
    struct error err = { 0 };
    struct peer *ui = peer_of(sup, RUN_UI);
    if ((sup->phase == PHASE_ASK || sup->phase == PHASE_VERDICT) && ui != NULL)
        peer_close(ui);                    // dialogs would show the verdict for ever; where nothing was begun there is none to be shown
    if (sup->phase == PHASE_HOOK)
        kill_tasks(sup, RUN_FIRST_HOOK, RUN_LOG_FAIL);         // whatever it waits for
    if (sup->phase != PHASE_CONVERT || sup->cancelling) {
        ending_begin(sup, OUTCOME_CANCELLED, "the conversion has been cancelled");
        return;
    }
    sup->cancelling = true;
    dialogs_tell_phase(sup);
    ending_deadline(sup, CANCEL_SECONDS);
    conversion_note(sup, P2V__LEVEL__INFO, "cancelling: the conversion on %s is being ended", sup->connection->remote_server);
    if (control == NULL || !(control->state & (PEER_CONVERSION_STARTING | PEER_CONVERTING))) {
        reconnect_hurry(sup);              // the control connection is being made again: it will be told then
        return;
    }
    if (peer_send(control, &MESSAGE(conversion_cancel, CONVERSION_CANCEL, ConversionCancel), NULL, 0, &err) < 0)
        ending_begin(sup, OUTCOME_CANCELLED, err.text);
}

// The UI that shows the verdict to a person, who may read it for as long as they like; NULL: none does.
static struct peer *shows_to_person(struct supervisor *sup)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    return sup->dialogs && ui != NULL && ui->state == PEER_SHOWING_VERDICT ? ui : NULL;
}

// After the verdict: kills what has not ended by itself, and forgets what was killed and hangs in the kernel, on a disk that answers no more.
static void end_all(struct supervisor *sup)
{
    for (struct peer *peer = sup->peers; peer < sup->peers + MAX_PEERS; peer++) {
        if (peer->id == 0 || peer == shows_to_person(sup))
            continue;
        if (!peer->killed) {
            peer_end(sup, peer);
        } else {
            conversion_note(sup, P2V__LEVEL__WARNING, "%s was killed and does not end: it is not waited for", runner_program_name(peer->program));
            peer_forget(peer);
        }
    }
    for (enum runner_program i = RUN_FIRST_TOOL; i <= RUN_PRE; i++)
        sup->tasks[i] = 0;                 // killed when the verdict came
}

void conversion_deadline(struct supervisor *sup)
{
    sup->deadline = 0;
    if (sup->phase == PHASE_INSPECT && sup->inventory.envelope != NULL) {
        contents_give_up(sup);
    } else if (sup->phase < PHASE_CONVERT) {
        conversion_fail(sup, "%s has not been done in time: the helper for it does not answer",
                        sup->phase == PHASE_INSPECT ? "the inspection of this machine" :
                        sup->phase <= PHASE_ASK ? "the plan of what is to be converted" :
                        sup->phase == PHASE_FETCH ? "the fetching of a URL" : "the connection to the conversion server");
    } else if (sup->phase >= PHASE_VERDICT) {
        end_all(sup);
    } else {
        ending_begin(sup, OUTCOME_CANCELLED, "the conversion has been cancelled, but the conversion server has not confirmed that it ended there");
        ending_deadline(sup, KILLED_SECONDS);          // who has not answered in this time needs no other
    }
}

// ---- the hook after the verdict ------------------------------------------------------------------------

static bool anything_runs(const struct supervisor *sup)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup->peers[i].id != 0)
            return true;
    return task_runs(sup, RUN_FIRST_TOOL, RUN_LOG_PRE);
}

void ending_advance(struct supervisor *sup)
{
    ending_show_verdict(sup);
    if (sup->phase == PHASE_VERDICT && sup->deadline == 0 && shows_to_person(sup) == NULL)
        ending_deadline(sup, KILLED_SECONDS);
    if (sup->phase == PHASE_VERDICT && !anything_runs(sup)) {
        bool done = sup->outcome == OUTCOME_DONE;
        const char *command = done ? sup->settings->post : sup->claimed_by_other ? "" : sup->settings->fail;
        struct error err;
        conversion_enter(sup, PHASE_HOOK, 0);
        if (command[0] != '\0' && !sup->settings->dump_config_and_exit && hook_start(sup, done ? RUN_POST : RUN_FAIL, &err) < 0)
            say_on_stderr(P2V__LEVEL__WARNING, err.text);
    }
    if (sup->phase == PHASE_HOOK && !task_runs(sup, RUN_FIRST_HOOK, RUN_FIRST_BUTTON))
        sup->phase = PHASE_OVER;
}
