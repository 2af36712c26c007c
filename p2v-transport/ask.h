// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions of a login that only the person can answer: through the supervisor, or by hand on the terminal.
// Touches: the channel; standard input and error when run by hand.
#ifndef P2V_TRANSPORT_ASK_H
#define P2V_TRANSPORT_ASK_H

#include "p2v-transport/hostkey.h"
#include "proto/helper.h"

#ifndef ASK_TIMEOUT_MS            // a test has no ten minutes
#define ASK_TIMEOUT_MS 600000     // that a person may take for an answer
#endif
#define ASK_SECRET_SIZE 1025      // with its NUL

enum ask_answer {
    ASK_YES,
    ASK_NO,
    ASK_NOBODY,                   // there is no person
    ASK_FAILED,                   // with err: no answer in time, or whoever would bring it has gone
};

// Whether to believe this host key of `server` ("[host]:port").  person: the person is to say; else the supervisor only sees to it
// that it is the same for all connections of the run.
enum ask_answer ask_host_key(struct helper *helper, const char *server, const struct host_key *key, bool person, struct error *err);

// Something secret.  prompt: the server's own words where kind is SECRET_QUESTION, else ""; they are cleaned here.
// fd: a connection that must live on meanwhile, or -1.  ASK_YES with *secret (ASK_SECRET_SIZE bytes), which the caller wipes.
enum ask_answer ask_secret(struct helper *helper, const P2v__SecretAsk *question, int fd, char *secret, struct error *err);

#endif
