// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/transport.c: a p2v-transport is told what it has asked for, in the state in which it did.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-supervisor/conversion.h"
#include "proto/helper.h"

static struct supervisor sup;
static struct peer *const control = &sup.peers[0], *const export = &sup.peers[1];
static int told;                       // how many messages the control connection's p2v-transport

// ---- what transport.c calls ----------------------------------------------------------------------------

void conversion_note(struct supervisor *s, P2v__Level level, const char *format, ...) { (void)s, (void)level, (void)format; }
void conversion_fail(struct supervisor *s, const char *format, ...) { (void)s; fail_msg("%s", format); }
void conversion_connect(struct supervisor *s) { (void)s; }
void conversion_control(struct supervisor *s, struct peer *peer) { (void)s, (void)peer; }
void dialogs_answer(struct supervisor *s, const char *name, const char *why) { (void)s, (void)name, (void)why; }
void dialogs_tell_phase(struct supervisor *s) { (void)s; }
void ending_begin(struct supervisor *s, enum outcome outcome, const char *text) { (void)s, (void)outcome, (void)text; }
void log_show(struct supervisor *s, unsigned char *bytes, size_t size) { (void)s, (void)bytes, (void)size; }
void reconnect_made(struct supervisor *s, struct peer *peer) { (void)s, (void)peer; }
bool trust_holds(struct supervisor *s, const char *fingerprint) { (void)s, (void)fingerprint; return true; }
struct peer *peer_transport(struct supervisor *s, enum role role) { (void)s, (void)role; return control; }
struct peer *peer_export(struct supervisor *s, size_t disk) { (void)s, (void)disk; return export; }

bool conversion_send(struct supervisor *s, struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, enum peer_state state)
{
    (void)s, (void)envelope, (void)fds, (void)fd_count;
    told += peer == control;
    peer->state = state;
    return true;
}

// ---- the tests -----------------------------------------------------------------------------------------

static void ask(void)
{
    P2v__Envelope envelope = MESSAGE(bad_ranges_ask, BAD_RANGES_ASK, BadRangesAsk, .name = (char *)"sda");
    on_bad_ranges_ask(&sup, control, &(struct message){ .envelope = &envelope });
}

static void answer(void)
{
    P2v__Envelope envelope = MESSAGE(bad_ranges, BAD_RANGES, BadRanges, .more = false);
    on_bad_ranges(&sup, export, &(struct message){ .envelope = &envelope });
}

// The connection that asked was lost meanwhile, and another is being made.
static void bad_ranges_go_to_a_connection_that_converts(void **state)
{
    (void)state;
    sup.disk_count = 1;
    sup.disks[0] = (struct disk){ .name = "sda" };
    *export = (struct peer){ .id = 2, .program = RUN_EXPORT, .state = PEER_EXPORTING };
    *control = (struct peer){ .id = 1, .program = RUN_TRANSPORT, .role = ROLE_CONTROL, .state = PEER_CONVERTING };
    ask();
    answer();
    assert_int_equal(told, 1);
    ask();
    control->state = PEER_LOGGING_IN;
    answer();
    assert_int_equal(told, 1);
    assert_int_equal(control->state, PEER_LOGGING_IN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_ranges_go_to_a_connection_that_converts),
    };
    return cmocka_run_group_tests_name("supervisor-transport", tests, NULL, NULL);
}
