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

#include "p2v-supervisor/conversion.h"

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

void peer_close(struct peer *peer)
{
    peer->state = PEER_CLOSED;
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
COUNTING_HANDLER(on_plan)
COUNTING_HANDLER(on_bad_ranges_ask)
COUNTING_HANDLER(on_bad_ranges)
COUNTING_HANDLER(on_progress)
COUNTING_HANDLER(on_question)
COUNTING_HANDLER(on_answer)
COUNTING_HANDLER(on_logged_in)
COUNTING_HANDLER(on_features)
COUNTING_HANDLER(on_forward_ready)
COUNTING_HANDLER(on_conversion_directory)
COUNTING_HANDLER(on_conversion_started)
COUNTING_HANDLER(on_conversion_output)
COUNTING_HANDLER(on_conversion_ended)
COUNTING_HANDLER(on_ui_connect)
COUNTING_HANDLER(on_ui_check)
COUNTING_HANDLER(on_ui_convert)
COUNTING_HANDLER(on_ui_request)

// The second statement, turned round: permit.c says of each message who may send it when, this what each helper may say when.
#define ONE(HELPER) (1u << RUN_##HELPER)
#define EVERY (ONE(INSPECT) | ONE(EXPORT) | ONE(TRANSPORT) | ONE(UI) | ONE(FETCH) | ONE(CONTENTS) | ONE(PLAN))
#define BODY(NAME) P2V__ENVELOPE__BODY_##NAME

static const struct { unsigned helpers, states, bodies[6]; } may_say[] = {
    { EVERY,          PEER_CLOSED - 1,                    { BODY(FAILURE), BODY(NOTE) } },
    { EVERY,          PEER_STARTING,                      { BODY(READY) } },
    { ONE(INSPECT),   PEER_INSPECTING,                    { BODY(INVENTORY) } },
    { ONE(CONTENTS),  PEER_READING_CONTENTS,              { BODY(CONTENTS) } },
    { ONE(PLAN),      PEER_PLANNING,                      { BODY(PLAN) } },
    { ONE(FETCH),     PEER_FETCHING,                      { BODY(FETCHED), BODY(CONNECTION_LOST) } },
    { ONE(EXPORT),    PEER_EXPORT_STARTING,               { BODY(EXPORT_READY) } },
    { ONE(EXPORT),    PEER_EXPORTING,                     { BODY(PROGRESS) } },
    { ONE(EXPORT),    PEER_LISTING_BAD,                   { BODY(PROGRESS), BODY(BAD_RANGES) } },
    { ONE(TRANSPORT), (PEER_CLOSED - 1) & ~PEER_STARTING, { BODY(CONNECTION_LOST) } },
    { ONE(TRANSPORT), PEER_LOGGING_IN,                    { BODY(HOST_KEY_ASK), BODY(SECRET_ASK), BODY(LOGGED_IN) } },
    { ONE(TRANSPORT), PEER_TESTING,                       { BODY(FEATURES) } },
    { ONE(TRANSPORT), PEER_FORWARD_STARTING,              { BODY(FORWARD_READY) } },
    { ONE(TRANSPORT), PEER_CONVERSION_STARTING,           { BODY(CONVERSION_DIRECTORY), BODY(CONVERSION_STARTED), BODY(CONVERSION_ENDED) } },
    { ONE(TRANSPORT), PEER_CONVERTING,                    { BODY(CONVERSION_OUTPUT), BODY(BAD_RANGES_ASK), BODY(CONVERSION_ENDED) } },
    { ONE(UI),        PEER_SHOWING,                       { BODY(UI_REQUEST) } },
    { ONE(UI),        PEER_ASKED,                         { BODY(UI_REQUEST), BODY(HOST_KEY_ANSWER), BODY(SECRET_ANSWER) } },
    { ONE(UI),        PEER_DIALOGS,                       { BODY(UI_REQUEST), BODY(HOST_KEY_ANSWER), BODY(SECRET_ANSWER),
                                                            BODY(UI_CONNECT), BODY(UI_CHECK), BODY(UI_CONVERT) } },
    { ONE(UI),        PEER_SHOWING_VERDICT,               { BODY(UI_REQUEST), BODY(HOST_KEY_ANSWER), BODY(SECRET_ANSWER), BODY(UI_FINISHED) } },
};

static bool expected(enum runner_program who, enum peer_state state, unsigned body)
{
    for (size_t i = 0; i < sizeof may_say / sizeof may_say[0]; i++)
        for (size_t j = 0; j < sizeof may_say[i].bodies / sizeof may_say[i].bodies[0]; j++)
            if (body != BODY(_NOT_SET) && may_say[i].bodies[j] == body && (may_say[i].helpers & 1u << who) && (may_say[i].states & state))
                return true;
    return false;
}

// And of each message by which a helper leaves its state: which is the next.
static const struct { unsigned body; enum peer_state then; } leads_to[] = {
    { BODY(INVENTORY),          PEER_CLOSED },
    { BODY(CONTENTS),           PEER_CLOSED },
    { BODY(PLAN),               PEER_PLANNED },
    { BODY(EXPORT_READY),       PEER_EXPORTING },
    { BODY(BAD_RANGES),         PEER_EXPORTING },
    { BODY(HOST_KEY_ASK),       PEER_ASKING },
    { BODY(SECRET_ASK),         PEER_ASKING },
    { BODY(LOGGED_IN),          PEER_LOGGED_IN },
    { BODY(FEATURES),           PEER_CLOSED },
    { BODY(FORWARD_READY),      PEER_FORWARDING },
    { BODY(CONVERSION_STARTED), PEER_CONVERTING },
    { BODY(UI_FINISHED),        PEER_CLOSED },
};

static enum peer_state expected_state(enum peer_state state, unsigned body)
{
    for (size_t i = 0; i < sizeof leads_to / sizeof leads_to[0]; i++)
        if (leads_to[i].body == body)
            return leads_to[i].then;
    return state;
}

// The largest number that p2v.proto gives to a message, and a few after it.
static unsigned bodies(void)
{
    unsigned largest = 0;
    for (unsigned i = 0; i < p2v__envelope__descriptor.n_fields; i++)
        if (p2v__envelope__descriptor.fields[i].id > largest)
            largest = p2v__envelope__descriptor.fields[i].id;
    return largest + 8;
}

// What the supervisor says, or is told by virt-p2v once: no row of the table.
static const P2v__Envelope__BodyCase supervisors[] = {
    BODY(INSPECT_START), BODY(CONTENTS_START), BODY(EXPORT_START), BODY(EXPORT_CHANNEL), BODY(LOGIN), BODY(TEST_CONNECTION), BODY(FORWARD_START),
    BODY(ATTACHMENT), BODY(BANDWIDTH_LIMIT), BODY(CONVERSION_START), BODY(CONVERSION_CANCEL), BODY(FETCH_START), BODY(UI_START), BODY(UI_VERDICT),
    BODY(UI_SETTINGS), BODY(UI_CONNECTED), BODY(UI_FINDINGS), BODY(UI_REQUEST_DONE), BODY(UI_PHASE), BODY(PLAN_ASK), BODY(RUN_START),
};

static void for_each(void (*check)(enum runner_program who, enum peer_state state, P2v__Envelope__BodyCase body))
{
    for (enum runner_program who = 0; who < RUN_HELPERS; who++)
        for (unsigned bit = 1; bit <= PEER_CLOSED; bit <<= 1)
            for (unsigned body = 0; body < bodies(); body++)
                check(who, (enum peer_state)bit, (P2v__Envelope__BodyCase)body);
}

// By the one way in: either its handler has it, the helper is in the next state and nobody is ended, or nobody has it, and the helper and the conversion are ended by
// a sentence that names helper and message.
static void check_dispatch(enum runner_program who, enum peer_state state, P2v__Envelope__BodyCase body)
{
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    envelope.body_case = body;
    struct message in = { .envelope = &envelope };
    struct peer peer = { .program = who, .state = state };
    char sentence[ERROR_TEXT_MAX];
    snprintf(sentence, sizeof sentence, "%s sent %s, which it is not permitted now: it has been ended, and the conversion with it",
             runner_program_name(who), message_name(body));
    bool permitted = expected(who, state, body), silent = body == BODY(EXPORT_READY) || body == BODY(UI_FINISHED);
    enum peer_state then = permitted ? expected_state(state, body) : state;
    handled = ended = 0;
    failed[0] = '\0';
    permit_dispatch(NULL, &peer, &in);
    if (handled != (permitted && !silent) || ended != !permitted || strcmp(failed, permitted ? "" : sentence) != 0 || peer.state != then)
        fail_msg("helper %d, state %#x, message %s: handled %d, ended %d, said '%s', is in %#x", who, state, message_name(body), handled, ended, failed,
                 peer.state);
}

static void what_is_not_permitted_ends_that_helper_with_a_sentence_that_names_both(void **state)
{
    (void)state;
    for_each(check_dispatch);
}

// A new message type is in one of the two statements, or this fails.
static void every_message_type_is_a_helpers_or_the_supervisors_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < p2v__envelope__descriptor.n_fields; i++) {
        unsigned body = p2v__envelope__descriptor.fields[i].id;
        bool own = false, said = false;
        for (size_t j = 0; j < sizeof supervisors / sizeof supervisors[0]; j++)
            own = own || supervisors[j] == body;
        for (size_t j = 0; j < sizeof may_say / sizeof may_say[0]; j++)
            for (size_t k = 0; k < sizeof may_say[j].bodies / sizeof may_say[j].bodies[0]; k++)
                said = said || may_say[j].bodies[k] == body;
        if (own == said)
            fail_msg("%s: said by a helper %d, by the supervisor alone %d", message_name((P2v__Envelope__BodyCase)body), said, own);
    }
}

static void a_permitted_message_reaches_its_handler(void **state)
{
    (void)state;
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    envelope.body_case = P2V__ENVELOPE__BODY_PLAN;
    struct message in = { .envelope = &envelope };
    struct peer peer = { .program = RUN_PLAN, .state = PEER_PLANNING };
    handled = ended = 0;
    permit_dispatch(NULL, &peer, &in);
    assert_int_equal(handled, 1);
    assert_int_equal(peer.state, PEER_PLANNED);
}

static void a_message_out_of_turn_is_refused_and_ends_its_helper(void **state)
{
    (void)state;
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    envelope.body_case = P2V__ENVELOPE__BODY_INVENTORY;
    struct message in = { .envelope = &envelope };
    struct peer peer = { .program = RUN_UI, .state = PEER_SHOWING };
    handled = ended = 0;
    failed[0] = '\0';
    permit_dispatch(NULL, &peer, &in);
    assert_int_equal(handled, 0);
    assert_int_equal(ended, 1);
    assert_non_null(strstr(failed, "p2v-ui sent Inventory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_permitted_ends_that_helper_with_a_sentence_that_names_both),
        cmocka_unit_test(every_message_type_is_a_helpers_or_the_supervisors_own),
        cmocka_unit_test(a_permitted_message_reaches_its_handler),
        cmocka_unit_test(a_message_out_of_turn_is_refused_and_ends_its_helper),
    };
    return cmocka_run_group_tests_name("permit", tests, NULL, NULL);
}
