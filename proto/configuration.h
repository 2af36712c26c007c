// SPDX-License-Identifier: GPL-2.0-or-later
//
// The configuration, or a part of it, as typed messages, and back.  Pure memory.
#ifndef P2V_PROTO_CONFIGURATION_H
#define P2V_PROTO_CONFIGURATION_H

#include "proto/config-table.h"
#include "proto/p2v.pb-c.h"

#define CONFIGURATION_PARTS 5
#define CONFIGURATION_KEYS 64

// They borrow their texts from the struct config.
struct configuration {
    P2v__Configuration all;            // of these:
    P2v__Connection connection;
    P2v__Guest guest;
    P2v__Hardware hardware;
    P2v__Output output;
    P2v__Settings settings;
    char *given[CONFIGURATION_PARTS][CONFIGURATION_KEYS];
    char *hidden[CONFIGURATION_PARTS][CONFIGURATION_KEYS];
};

// All of config that was given; of a secret only that it was, for it goes its own way.
void configuration_make(struct configuration *messages, const struct config *config);

// The same without what must not be shown whole (config_hides()): in place of that value its key's name is in `hidden`.
void configuration_make_shown(struct configuration *messages, const struct config *config);

// What is in one of these messages (Connection, Guest ...), which has passed check.c, becomes config's, which has none of that yet.
// 0, or -1 with err where memory is short.
int configuration_take(struct config *config, const ProtobufCMessage *part, struct error *err);

// What a dialog has sent, with what is configured in place of what it has sent back as hidden.  Borrowed of both.
const char *configuration_identity(const P2v__Connection *sent, const P2v__Configuration *configured);
P2v__Output configuration_output(const P2v__Output *sent, const P2v__Configuration *configured);

#endif
