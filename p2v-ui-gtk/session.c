// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who is on the other side: the supervisor by the channel, or the demo's pretended one.  Its messages go to the model, the
// model's to it.
#include "p2v-ui-gtk/session.h"

#include <glib-unix.h>

// Behind redrawing: whatever virt-v2v prints, the window stays alive, and the supervisor waits with more.
#define CHANNEL_PRIORITY G_PRIORITY_DEFAULT_IDLE
#define LOOK_MS 1000                   // while converting: rates grow old by themselves

static void end(struct session *session, int status)
{
    session->status = status;
    g_main_loop_quit(session->ui.loop);
}

// ---- what is due ---------------------------------------------------------------------------------------

static void take_from_demo(struct session *session)
{
    P2v__Envelope *envelope;
    while (!session->ui.model.finished && (envelope = demo_next(session->demo, ui_now())) != NULL) {
        if (!model_take(&session->ui.model, envelope, ui_now()))
            g_warning("the demo says what it cannot say now");
        p2v__envelope__free_unpacked(envelope, NULL);
    }
}

static gboolean due(gpointer data)
{
    struct session *session = data;
    session->timer = 0;
    if (session->demo != NULL)
        take_from_demo(session);
    model_tick(&session->ui.model, ui_now());
    ui_changed(&session->ui);
    return G_SOURCE_REMOVE;            // ui_changed() leads to the next one
}

// The earlier of two, where below zero is never.
static int earlier(int first, int second)
{
    return first < 0 || (second >= 0 && second < first) ? second : first;
}

static void set_timer(struct ui *ui)
{
    struct session *session = (struct session *)ui;                // its first member
    bool converting = ui->model.step == MODEL_RUNNING && ui->model.result == P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN;
    int demo = session->demo != NULL ? demo_due(session->demo, ui_now()) : -1;
    int wait = earlier(earlier(model_due(&ui->model, ui_now()), demo), converting ? LOOK_MS : -1);
    if (session->timer != 0)
        g_source_remove(session->timer);
    session->timer = wait < 0 ? 0 : g_timeout_add((guint)wait, due, session);
}

// ---- messages ------------------------------------------------------------------------------------------

static bool send(void *context, const P2v__Envelope *envelope)
{
    struct session *session = context;
    if (session->demo != NULL) {
        demo_tell(session->demo, envelope, ui_now());
        return true;
    }
    if (helper_send(session->helper, envelope, NULL, 0) == 0)
        return true;
    end(session, EXIT_OK);             // the supervisor has gone
    return false;
}

static gboolean readable(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd, (void)condition;
    struct session *session = data;
    struct message in = { 0 };
    int received = helper_receive(session->helper, &in);
    if (received <= 0) {
        end(session, received == 0 ? EXIT_OK : EXIT_FAILED);
        return G_SOURCE_REMOVE;
    }
    bool taken = model_take(&session->ui.model, in.envelope, ui_now());
    if (!taken)
        end(session, helper_unexpected(session->helper, &in));
    message_clear(&in);
    ui_changed(&session->ui);
    return taken ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

// ---- the whole -----------------------------------------------------------------------------------------

void session_init(struct session *session, struct helper *helper, struct demo *demo)
{
    session->helper = helper;
    session->demo = demo;
    session->ui.settled = set_timer;
    session->ui.loop = g_main_loop_new(NULL, FALSE);
    model_init(&session->ui.model, send, session, true);
}

int session_run(struct session *session)
{
    if (session->demo == NULL)
        g_unix_fd_add_full(CHANNEL_PRIORITY, CHANNEL_FD, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, session, NULL);
    ui_open(&session->ui);
    g_main_loop_run(session->ui.loop);
    model_clear(&session->ui.model);
    return session->status;
}
