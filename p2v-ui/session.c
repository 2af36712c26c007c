// SPDX-License-Identifier: GPL-2.0-or-later
//
// A model and who it talks to: the supervisor by the channel, or the demonstration.  Touches: the channel, the clock.
#include "p2v-ui/session.h"

#include <poll.h>
#include <time.h>

#define AT_ONCE 64                     // messages between two looks at the keyboard

uint64_t session_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool send_it(void *context, const P2v__Envelope *envelope)
{
    struct session *session = context;
    if (session->demo != NULL)
        demo_tell(session->demo, envelope, session_now());
    else if (helper_send(session->helper, envelope, NULL, 0) < 0)
        session->state = SESSION_OVER;
    if (session->state == SESSION_ON && envelope->body_case == P2V__ENVELOPE__BODY_UI_FINISHED)
        session->state = SESSION_OVER;
    return session->state != SESSION_BROKEN;
}

void session_begin(struct session *session, struct helper *helper, struct demo *demo, bool colours)
{
    session->helper = helper;
    session->demo = demo;
    session->state = SESSION_ON;
    model_init(&session->model, send_it, session, colours);
}

void session_end(struct session *session)
{
    model_clear(&session->model);
    demo_free(session->demo);
    session->demo = NULL;
}

int session_fd(const struct session *session)
{
    return session->demo == NULL ? CHANNEL_FD : -1;
}

static void receive(struct session *session)
{
    struct pollfd fd = { .fd = CHANNEL_FD, .events = POLLIN };
    for (int i = 0; i < AT_ONCE && session->state == SESSION_ON && poll(&fd, 1, 0) > 0; i++) {
        struct message in = { 0 };
        int received = helper_receive(session->helper, &in);
        if (received <= 0)
            session->state = received == 0 ? SESSION_OVER : SESSION_BROKEN;
        else if (!model_take(&session->model, in.envelope, session_now())) {
            helper_unexpected(session->helper, &in);
            session->state = SESSION_BROKEN;
        }
        message_clear(&in);
    }
}

void session_step(struct session *session)
{
    if (session->demo == NULL)
        receive(session);
    for (P2v__Envelope *envelope; session->demo != NULL && (envelope = demo_next(session->demo, session_now())) != NULL;) {
        if (!model_take(&session->model, envelope, session_now()))
            session->state = SESSION_BROKEN;
        p2v__envelope__free_unpacked(envelope, NULL);
    }
    if (session->state == SESSION_ON)
        model_tick(&session->model, session_now());
}

void session_wait(struct session *session)
{
    struct pollfd fd = { .fd = session_fd(session), .events = POLLIN };    // one below zero is passed over
    poll(&fd, 1, session_due(session));
    session_step(session);
}

int session_due(const struct session *session)
{
    uint64_t now = session_now();
    int due = model_due(&session->model, now);
    int demo = session->demo != NULL ? demo_due(session->demo, now) : -1;
    return due < 0 || (demo >= 0 && demo < due) ? demo : due;
}
