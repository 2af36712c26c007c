// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/buttons.c: who may ask for what, and who is told what became of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-supervisor/conversion.h"
#include "proto/helper.h"

static struct supervisor sup;
static P2v__RunStart run_start = P2V__RUN_START__INIT;
static struct peer *const first = &sup.peers[0], *const second = &sup.peers[1];
static const struct peer *told;        // what became of it
static bool done;
static int cancels, starts;

// ---- what buttons.c calls ------------------------------------------------------------------------------

void conversion_note(struct supervisor *s, P2v__Level level, const char *format, ...) { (void)s, (void)level, (void)format; }
void conversion_cancel(struct supervisor *s) { (void)s; cancels++; }
bool task_runs(const struct supervisor *s, enum runner_program from, enum runner_program end) { (void)s, (void)from, (void)end; return false; }
void last_words(int fd, const char *name, char *text, size_t size) { (void)fd, (void)name; snprintf(text, size, "words"); }

int task_start(struct supervisor *s, enum runner_program program, uint32_t argument, const int *fds, size_t fd_count, struct error *err)
{
    (void)s, (void)program, (void)argument, (void)fds, (void)fd_count, (void)err;
    starts++;
    return 0;
}

struct peer *peer_by_id(struct supervisor *s, uint32_t id)
{
    (void)s;
    return first->id == id ? first : second->id == id ? second : NULL;
}

// The one that lives.
struct peer *peer_of(struct supervisor *s, enum runner_program program)
{
    (void)s, (void)program;
    return first->id != 0 ? first : second;
}

int peer_send(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err)
{
    (void)fds, (void)fd_count, (void)err;
    assert_int_equal(envelope->body_case, P2V__ENVELOPE__BODY_UI_REQUEST_DONE);
    told = peer;
    done = envelope->ui_request_done->done;
    return 0;
}

// ---- the tests -----------------------------------------------------------------------------------------

static int set_up(void **state)
{
    (void)state;
    memset(&sup, 0, sizeof sup);
    *first = (struct peer){ .id = 1, .program = RUN_UI, .state = PEER_DIALOGS };
    *second = (struct peer){ .id = 2, .program = RUN_UI, .state = PEER_DIALOGS };
    run_start.allow_shell = run_start.iso = true;
    sup.start = &run_start;
    sup.dialogs = true;
    told = NULL;
    done = false;
    cancels = starts = 0;
    return 0;
}

static void press(P2v__UiRequestKind kind)
{
    P2v__Envelope envelope = MESSAGE(ui_request, UI_REQUEST, UiRequest, .kind = kind);
    struct message in = { .envelope = &envelope };
    on_ui_request(&sup, first, &in);
}

static void whoever_asked_is_told_what_became_of_it(void **state)
{
    (void)state;
    press(P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL);
    assert_null(told);
    assert_int_equal(starts, 1);
    buttons_ended(&sup, RUN_SHELL, 0);
    assert_ptr_equal(told, first);
    assert_true(done);
}

static void a_ui_that_came_later_is_not_told_of_what_it_did_not_ask_for(void **state)
{
    (void)state;
    press(P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL);
    first->id = 0;                         // it has died
    buttons_ended(&sup, RUN_SHELL, 0);
    assert_null(told);
}

static void a_ui_without_dialogs_has_no_buttons(void **state)
{
    (void)state;
    sup.dialogs = false;
    for (unsigned i = 0; i < p2v__ui_request_kind__descriptor.n_values; i++) {
        told = NULL;
        press((P2v__UiRequestKind)p2v__ui_request_kind__descriptor.values[i].value);
        assert_ptr_equal(told, first);
        assert_false(done);
    }
    assert_int_equal(starts + cancels, 0);
}

static void a_cancel_is_granted_always(void **state)
{
    (void)state;
    run_start.allow_shell = run_start.iso = false;
    press(P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL);
    assert_true(told == first && done);
    assert_int_equal(cancels, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whoever_asked_is_told_what_became_of_it, set_up),
        cmocka_unit_test_setup(a_ui_that_came_later_is_not_told_of_what_it_did_not_ask_for, set_up),
        cmocka_unit_test_setup(a_ui_without_dialogs_has_no_buttons, set_up),
        cmocka_unit_test_setup(a_cancel_is_granted_always, set_up),
    };
    return cmocka_run_group_tests_name("supervisor-buttons", tests, NULL, NULL);
}
