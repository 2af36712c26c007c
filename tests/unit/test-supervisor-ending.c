// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/ending.c: a run ends, whatever else does not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-supervisor/conversion.h"

static struct supervisor sup;
static P2v__RunStart start = P2V__RUN_START__INIT;
static P2v__Settings settings = P2V__SETTINGS__INIT;
static char command[] = "true";
static enum runner_program hook;       // which was started
static uint32_t last_killed;

// ---- what ending.c and peers.c call --------------------------------------------------------------------

void audit_message(struct audit *audit, const struct peer *peer, bool sent, const P2v__Envelope *envelope, size_t fd_count)
{
    (void)audit, (void)peer, (void)sent, (void)envelope, (void)fd_count;
}

int runner_run(int runner, enum runner_program number, uint32_t id, uint32_t argument, const int *fds, size_t fd_count, struct error *err)
{
    (void)runner, (void)number, (void)id, (void)argument, (void)fds, (void)fd_count, (void)err;
    return 0;
}

void runner_kill(int runner, uint32_t id) { (void)runner; last_killed = id; }
void log_keep_note(struct supervisor *s, const char *text) { (void)s, (void)text; }
void contents_give_up(struct supervisor *s) { (void)s; }
void dialogs_tell_phase(struct supervisor *s) { (void)s; }
bool dialogs_take_failure(struct supervisor *s, const char *text) { (void)s, (void)text; return false; }
void reconnect_hurry(struct supervisor *s) { (void)s; }
bool reconnect_leaves_job(const struct supervisor *s) { (void)s; return false; }
void conversion_enter(struct supervisor *s, enum phase phase, int seconds) { s->phase = phase; ending_deadline(s, seconds); }
int hook_start(struct supervisor *s, enum runner_program program, struct error *err) { (void)s, (void)err; hook = program; return 0; }

// ---- the tests -----------------------------------------------------------------------------------------

static int set_up(void **state)
{
    (void)state;
    memset(&sup, 0, sizeof sup);
    hook = 0;
    last_killed = 0;
    settings.post = settings.fail = command;
    sup.start = &start;
    sup.settings = &settings;
    sup.phase = PHASE_CONVERT;
    return 0;
}

static struct peer *add_peer(enum runner_program program, enum peer_state state)
{
    struct peer *peer = &sup.peers[sup.last_id++];
    *peer = (struct peer){ .id = sup.last_id, .program = program, .state = state, .fd = -1, .data_fd = -1, .errors_fd = -1 };
    return peer;
}

// Until there is none, or there have been three, of which none was met.
static void let_deadlines_pass(void)
{
    for (int i = 0; i < 3 && sup.phase == PHASE_VERDICT; i++) {
        assert_int_not_equal(sup.deadline, 0);
        conversion_deadline(&sup);
        ending_advance(&sup);
    }
}

// It hangs in the kernel on its disk: what kills it takes effect when that lets it go.
static void what_cannot_be_killed_keeps_nobody(void **state)
{
    (void)state;
    add_peer(RUN_CONTENTS, PEER_CLOSED);
    add_peer(RUN_TRANSPORT, PEER_CONVERTING);
    sup.tasks[RUN_LSPCI] = ++sup.last_id;
    ending_begin(&sup, OUTCOME_DONE, "done");
    ending_advance(&sup);
    assert_int_equal(sup.phase, PHASE_VERDICT);
    conversion_deadline(&sup);             // a p2v-transport, which had time, is killed now
    assert_int_equal(last_killed, 2);
    ending_advance(&sup);
    assert_int_equal(sup.phase, PHASE_VERDICT);
    let_deadlines_pass();
    assert_int_equal(hook, RUN_POST);
    assert_int_equal(sup.phase, PHASE_OVER);
}

// It has had its time, and floods us with its answer to something else.
static void who_has_not_answered_a_cancel_gets_no_second_term(void **state)
{
    (void)state;
    sup.cancelling = true;
    add_peer(RUN_TRANSPORT, PEER_CONVERTING);
    conversion_deadline(&sup);
    assert_int_equal(sup.phase, PHASE_VERDICT);
    assert_in_range(sup.deadline - seconds_now(), 1, 10);
}

static void a_person_may_read_the_verdict_as_long_as_they_like(void **state)
{
    (void)state;
    struct peer *ui = add_peer(RUN_UI, PEER_DIALOGS);
    sup.dialogs = true;
    ending_begin(&sup, OUTCOME_DONE, "done");
    assert_int_equal(ui->state, PEER_SHOWING_VERDICT);
    conversion_deadline(&sup);
    ending_advance(&sup);
    assert_int_equal(ui->state, PEER_SHOWING_VERDICT);
    assert_int_equal(sup.phase, PHASE_VERDICT);
    assert_int_equal(sup.deadline, 0);
    peer_close(ui);
    ending_advance(&sup);                  // it has some time to put its terminal in order
    assert_in_range(sup.deadline - seconds_now(), 2, 10);
    let_deadlines_pass();                  // and it hangs
    assert_int_equal(hook, RUN_POST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_cannot_be_killed_keeps_nobody, set_up),
        cmocka_unit_test_setup(who_has_not_answered_a_cancel_gets_no_second_term, set_up),
        cmocka_unit_test_setup(a_person_may_read_the_verdict_as_long_as_they_like, set_up),
    };
    return cmocka_run_group_tests_name("supervisor-ending", tests, NULL, NULL);
}
