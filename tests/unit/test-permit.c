// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/permit.c: every message type from every helper in every state, against a second statement of who may
// say what; and a message that is not permitted ends the conversion with an error that names both.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-supervisor/buttons.h"
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/dialogs.h"
#include "p2v-supervisor/peers.h"
#include "p2v-supervisor/permit.h"
#include "p2v-supervisor/progress.h"
#include "p2v-supervisor/trust.h"

static char failed[ERROR_TEXT_MAX];
static int handled;

void conversion_fail(struct supervisor *sup, const char *format, ...)
{
    (void)sup;
    va_list args;
    va_start(args, format);
    vsnprintf(failed, sizeof failed, format, args);
    va_end(args);
}

static int ended;

void peer_end(struct supervisor *sup, struct peer *peer)
{
    (void)sup;
    (void)peer;
    ended++;
}

const char *runner_program_name(enum runner_program number)
{
    return number == RUN_UI ? "p2v-ui" : "p2v-other";
}

#define COUNTING_HANDLER(NAME) \
    void NAME(struct supervisor *sup, struct peer *peer, struct message *in) { (void)sup; (void)peer; (void)in; handled++; }
COUNTING_HANDLER(on_ready)
COUNTING_HANDLER(on_failure)
COUNTING_HANDLER(on_connection_lost)
COUNTING_HANDLER(on_note)
COUNTING_HANDLER(on_inventory)
COUNTING_HANDLER(on_fetched)
COUNTING_HANDLER(on_contents)
COUNTING_HANDLER(on_export_ready)
COUNTING_HANDLER(on_bad_ranges_ask)
COUNTING_HANDLER(on_bad_ranges)
COUNTING_HANDLER(on_progress)
COUNTING_HANDLER(on_host_key_ask)
COUNTING_HANDLER(on_host_key_answer)
COUNTING_HANDLER(on_secret_ask)
COUNTING_HANDLER(on_secret_answer)
COUNTING_HANDLER(on_logged_in)
COUNTING_HANDLER(on_features)
COUNTING_HANDLER(on_forward_ready)
COUNTING_HANDLER(on_conversion_directory)
COUNTING_HANDLER(on_conversion_started)
COUNTING_HANDLER(on_conversion_output)
COUNTING_HANDLER(on_conversion_ended)
COUNTING_HANDLER(on_ui_finished)
COUNTING_HANDLER(on_ui_connect)
COUNTING_HANDLER(on_ui_check)
COUNTING_HANDLER(on_ui_convert)
COUNTING_HANDLER(on_ui_request)

static bool expected(enum runner_program who, enum peer_state state, unsigned body)
{
    if (state == PEER_CLOSED || who == RUN_INHIBIT)
        return false;
    switch (body) {
    case P2V__ENVELOPE__BODY_FAILURE:
    case P2V__ENVELOPE__BODY_NOTE:
        return true;
    case P2V__ENVELOPE__BODY_READY:
        return state == PEER_STARTING;
    case P2V__ENVELOPE__BODY_INVENTORY:
        return who == RUN_INSPECT && state == PEER_INSPECTING;
    case P2V__ENVELOPE__BODY_FETCHED:
        return who == RUN_FETCH && state == PEER_FETCHING;
    case P2V__ENVELOPE__BODY_CONTENTS:
        return who == RUN_CONTENTS && state == PEER_READING_CONTENTS;
    case P2V__ENVELOPE__BODY_EXPORT_READY:
        return who == RUN_EXPORT && state == PEER_EXPORT_STARTING;
    case P2V__ENVELOPE__BODY_BAD_RANGES_ASK:
        return who == RUN_TRANSPORT && state == PEER_CONVERTING;
    case P2V__ENVELOPE__BODY_BAD_RANGES:
        return who == RUN_EXPORT && state == PEER_LISTING_BAD;
    case P2V__ENVELOPE__BODY_PROGRESS:
        return who == RUN_EXPORT && (state == PEER_EXPORTING || state == PEER_LISTING_BAD);
    case P2V__ENVELOPE__BODY_HOST_KEY_ASK:
    case P2V__ENVELOPE__BODY_SECRET_ASK:
    case P2V__ENVELOPE__BODY_LOGGED_IN:
        return who == RUN_TRANSPORT && state == PEER_LOGGING_IN;
    case P2V__ENVELOPE__BODY_FEATURES:
        return who == RUN_TRANSPORT && state == PEER_TESTING;
    case P2V__ENVELOPE__BODY_FORWARD_READY:
        return who == RUN_TRANSPORT && state == PEER_FORWARD_STARTING;
    case P2V__ENVELOPE__BODY_CONNECTION_LOST:
        return (who == RUN_TRANSPORT && state != PEER_STARTING) || (who == RUN_FETCH && state == PEER_FETCHING);
    case P2V__ENVELOPE__BODY_CONVERSION_DIRECTORY:
    case P2V__ENVELOPE__BODY_CONVERSION_STARTED:
        return who == RUN_TRANSPORT && state == PEER_CONVERSION_STARTING;
    case P2V__ENVELOPE__BODY_CONVERSION_OUTPUT:
        return who == RUN_TRANSPORT && state == PEER_CONVERTING;
    case P2V__ENVELOPE__BODY_CONVERSION_ENDED:
        return who == RUN_TRANSPORT && (state == PEER_CONVERSION_STARTING || state == PEER_CONVERTING);
    case P2V__ENVELOPE__BODY_HOST_KEY_ANSWER:
    case P2V__ENVELOPE__BODY_SECRET_ANSWER:
        return who == RUN_UI && (state == PEER_ASKED || state == PEER_DIALOGS || state == PEER_SHOWING_VERDICT);
    case P2V__ENVELOPE__BODY_UI_CONNECT:
    case P2V__ENVELOPE__BODY_UI_CHECK:
    case P2V__ENVELOPE__BODY_UI_CONVERT:
        return who == RUN_UI && state == PEER_DIALOGS;
    case P2V__ENVELOPE__BODY_UI_REQUEST:
        return who == RUN_UI && (state == PEER_SHOWING || state == PEER_ASKED || state == PEER_DIALOGS || state == PEER_SHOWING_VERDICT);
    case P2V__ENVELOPE__BODY_UI_FINISHED:
        return who == RUN_UI && state == PEER_SHOWING_VERDICT;
    default:
        return false;
    }
}

static void each_message_is_permitted_exactly_where_it_should_be(void **state)
{
    (void)state;
    for (enum runner_program who = 0; who < RUN_HELPERS; who++)
        for (unsigned bit = 1; bit <= PEER_CLOSED; bit <<= 1)
            for (unsigned body = 0; body < 128; body++)
                if (permit_allows(who, (enum peer_state)bit, (P2v__Envelope__BodyCase)body) != expected(who, (enum peer_state)bit, body))
                    fail_msg("helper %d, state %#x, message %u", who, bit, body);
}

static void a_permitted_message_reaches_its_handler(void **state)
{
    (void)state;
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    envelope.body_case = P2V__ENVELOPE__BODY_UI_FINISHED;
    struct message in = { .envelope = &envelope };
    struct peer peer = { .program = RUN_UI, .state = PEER_SHOWING_VERDICT };
    handled = 0;
    permit_dispatch(NULL, &peer, &in);
    assert_int_equal(handled, 1);
}

static void a_message_out_of_turn_is_refused_and_ends_its_helper(void **state)
{
    (void)state;
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    envelope.body_case = P2V__ENVELOPE__BODY_INVENTORY;
    struct message in = { .envelope = &envelope };
    struct peer peer = { .program = RUN_UI, .state = PEER_SHOWING };
    handled = 0;
    failed[0] = '\0';
    permit_dispatch(NULL, &peer, &in);
    assert_int_equal(handled, 0);
    assert_int_equal(ended, 1);
    assert_non_null(strstr(failed, "p2v-ui sent Inventory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_permitted_exactly_where_it_should_be),
        cmocka_unit_test(a_permitted_message_reaches_its_handler),
        cmocka_unit_test(a_message_out_of_turn_is_refused_and_ends_its_helper),
    };
    return cmocka_run_group_tests_name("permit", tests, NULL, NULL);
}
