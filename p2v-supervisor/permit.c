// SPDX-License-Identifier: GPL-2.0-or-later
//
// The permit table: the whole authority of every helper.  What is not in it is refused, and ends the helper and the
// conversion with it.  Pure memory.
#include "p2v-supervisor/conversion.h"

#define ALL_HELPERS \
    (1u << RUN_INSPECT | 1u << RUN_EXPORT | 1u << RUN_TRANSPORT | 1u << RUN_UI | 1u << RUN_FETCH | 1u << RUN_CONTENTS | 1u << RUN_PLAN)
#define ANY_STATE (PEER_CLOSED - 1)
#define UI_LATE (PEER_SHOWING_VERDICT | PEER_DIALOGS)
#define BODY(NAME) P2V__ENVELOPE__BODY_##NAME

static const struct permit {
    P2v__Envelope__BodyCase body;
    unsigned helpers;              // 1 << enum runner_program
    unsigned states;               // enum peer_state
    enum peer_state then;          // the state in which the handler finds it; PEER_CLOSED: it is closed after that; 0: as it was
    void (*handler)(struct supervisor *sup, struct peer *peer, struct message *in);     // NULL: the new state is all
} permits[] = {
    // message                     who                    when                       then             what it brings about
    { BODY(READY),                 ALL_HELPERS,           PEER_STARTING,             0,               on_ready },             // its first task is given
    { BODY(FAILURE),               ALL_HELPERS,           ANY_STATE,                 0,               on_failure },           // the conversion fails; a UI that has begun has died of it
    { BODY(CONNECTION_LOST),       1u << RUN_TRANSPORT,   ANY_STATE & ~PEER_STARTING, 0, on_connection_lost },  // another is started, or the conversion fails
    { BODY(CONNECTION_LOST),       1u << RUN_FETCH,       PEER_FETCHING,             0,               on_connection_lost },   // likewise
    { BODY(NOTE),                  ALL_HELPERS,           ANY_STATE,                 0,               on_note },              // shown
    { BODY(INVENTORY),             1u << RUN_INSPECT,     PEER_INSPECTING,           PEER_CLOSED,     on_inventory },         // kept
    { BODY(CONTENTS),              1u << RUN_CONTENTS,    PEER_READING_CONTENTS,     PEER_CLOSED,     on_contents },          // kept
    { BODY(PLAN),                  1u << RUN_PLAN,        PEER_PLANNING,             PEER_PLANNED,    on_plan },              // kept: which disks are opened
    { BODY(FETCHED),               1u << RUN_FETCH,       PEER_FETCHING,             0,               on_fetched },           // kept: a key, for logins
    { BODY(EXPORT_READY),          1u << RUN_EXPORT,      PEER_EXPORT_STARTING,      PEER_EXPORTING,  NULL },
    { BODY(BAD_RANGES),            1u << RUN_EXPORT,      PEER_LISTING_BAD,          PEER_EXPORTING,  on_bad_ranges },        // counted; to the control transport
    { BODY(PROGRESS),              1u << RUN_EXPORT,      PEER_EXPORTING | PEER_LISTING_BAD, 0, on_progress },  // kept, and shown
    { BODY(HOST_KEY_ASK),          1u << RUN_TRANSPORT,   PEER_LOGGING_IN,           PEER_ASKING,     on_question },          // accepted, compared, or shown
    { BODY(SECRET_ASK),            1u << RUN_TRANSPORT,   PEER_LOGGING_IN,           PEER_ASKING,     on_question },          // shown
    { BODY(LOGGED_IN),             1u << RUN_TRANSPORT,   PEER_LOGGING_IN,           PEER_LOGGED_IN,  on_logged_in },         // its role's task is given
    { BODY(FEATURES),              1u << RUN_TRANSPORT,   PEER_TESTING,              PEER_CLOSED,     on_features },          // the connections are made
    { BODY(FORWARD_READY),         1u << RUN_TRANSPORT,   PEER_FORWARD_STARTING,     PEER_FORWARDING, on_forward_ready },     // a port for physical.xml
    { BODY(CONVERSION_DIRECTORY),  1u << RUN_TRANSPORT,   PEER_CONVERSION_STARTING,  0,               on_conversion_directory }, // kept: where a lost connection left off
    { BODY(CONVERSION_STARTED),    1u << RUN_TRANSPORT,   PEER_CONVERSION_STARTING,  PEER_CONVERTING, on_conversion_started },
    { BODY(CONVERSION_OUTPUT),     1u << RUN_TRANSPORT,   PEER_CONVERTING,           0,               on_conversion_output }, // shown
    { BODY(BAD_RANGES_ASK),        1u << RUN_TRANSPORT,   PEER_CONVERTING,           0,               on_bad_ranges_ask },    // to that disk's p2v-export
    { BODY(CONVERSION_ENDED),      1u << RUN_TRANSPORT,   PEER_CONVERSION_STARTING | PEER_CONVERTING, 0, on_conversion_ended }, // the verdict
    { BODY(HOST_KEY_ANSWER),       1u << RUN_UI,          PEER_ASKED | UI_LATE,      0,               on_answer },            // to whoever asked; too late
    { BODY(SECRET_ANSWER),         1u << RUN_UI,          PEER_ASKED | UI_LATE,      0,               on_answer },            //   when a failure was first
    { BODY(UI_CONNECT),            1u << RUN_UI,          PEER_DIALOGS,              0,               on_ui_connect },        // the connection is tested
    { BODY(UI_CHECK),              1u << RUN_UI,          PEER_DIALOGS,              0,               on_ui_check },          // answered
    { BODY(UI_CONVERT),            1u << RUN_UI,          PEER_DIALOGS,              0,               on_ui_convert },        // the conversion begins
    { BODY(UI_REQUEST),            1u << RUN_UI,          UI_LISTENS | PEER_SHOWING_VERDICT, 0, on_ui_request }, // by the runner, where it is granted
    { BODY(UI_FINISHED),           1u << RUN_UI,          PEER_SHOWING_VERDICT,      PEER_CLOSED,     NULL },
};

static const struct permit *find(enum runner_program program, enum peer_state state, P2v__Envelope__BodyCase body)
{
    for (size_t i = 0; i < sizeof permits / sizeof permits[0]; i++)
        if (permits[i].body == body && (permits[i].helpers & 1u << program) && (permits[i].states & state))
            return &permits[i];
    return NULL;
}

void permit_dispatch(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const struct permit *permit = find(peer->program, peer->state, in->envelope->body_case);
    if (permit != NULL) {
        if (permit->then != 0 && permit->then != PEER_CLOSED)
            peer->state = permit->then;
        if (permit->handler != NULL)
            permit->handler(sup, peer, in);
        if (permit->then == PEER_CLOSED)
            peer_close(peer);
    } else {
        peer_end(sup, peer);
        conversion_fail(sup, "%s sent %s, which it is not permitted now: it has been ended, and the conversion with it",
                        runner_program_name(peer->program), message_name(in->envelope->body_case));
    }
}
