// SPDX-License-Identifier: GPL-2.0-or-later
//
// A model and who it talks to: the supervisor by the channel, or the demonstration.  Touches: the channel, the clock.
#ifndef P2V_UI_SESSION_H
#define P2V_UI_SESSION_H

#include "p2v-ui/demo.h"
#include "p2v-ui/model.h"
#include "proto/helper.h"

enum session_state { SESSION_ON, SESSION_OVER, SESSION_BROKEN };

struct session {
    struct helper *helper;
    struct demo *demo;                 // owned; NULL: the supervisor
    struct model model;
    enum session_state state;          // SESSION_OVER: the supervisor has gone, or UiFinished was sent
};

// Milliseconds of a clock that never goes back.
uint64_t session_now(void);

// Begins with an empty model.  colours: as model_init() has it.
void session_begin(struct session *session, struct helper *helper, struct demo *demo, bool colours);

// Frees all.
void session_end(struct session *session);

// The descriptor on which messages come; -1: none does.
int session_fd(const struct session *session);

// Takes the messages that are there, and sends what has become due.  Never waits.
void session_step(struct session *session);

// Waits until there is something for session_step(), and does it.
void session_wait(struct session *session);

// Milliseconds until session_step() has something to do, if no message comes; -1: nothing.
int session_due(const struct session *session);

#endif
