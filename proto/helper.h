// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shape that every helper's main() has: what I am; options; my channel; lock; loop.
// Touches: the channel, standard error when run by hand, and this process's own rights.
#ifndef P2V_PROTO_HELPER_H
#define P2V_PROTO_HELPER_H

#include <stdbool.h>

#include "proto/channel.h"
#include "proto/error.h"
#include "sandbox/sandbox.h"

struct option;                     // of getopt_long(3)

enum exit_status { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct helper {
    const struct sandbox_policy *policy;
    struct sandbox_report report;  // after helper_lock()
    int more_fds;                  // set before helper_options(): descriptors after the channel that are not closed
    bool by_hand;                  // no channel: messages go to standard error
    bool no_sandbox;               // --no-sandbox, by hand alone
};

// Handles the options all helpers share (--help, --version, --print-sandbox, --no-sandbox) and those the program adds:
// getopt_long() options of its own and the handler for them.  Finds out whether CHANNEL_FD is a channel; if so, closes
// every other descriptor but 0-2 and helper->more_fds.  usage: the program's whole --help text.  Returns the index of the first operand, or -1:
// then the program must end with *status (0 after --help).
int helper_options(struct helper *helper, int argc, char *argv[], const char *usage, const struct option *own,
                   bool (*own_handler)(int option, const char *argument, void *context), void *context, int *status);

// What a locked process says of itself first, in memory that made owns.
struct helper_ready {
    P2v__Ready ready;
    P2v__Layer layers[SANDBOX_MAX_LAYERS], *pointers[SANDBOX_MAX_LAYERS];
};
P2v__Ready *helper_ready(struct helper *helper, struct helper_ready *made);

// Locks this process; with a channel, says Ready to the supervisor.  0, or -1 after the error has been told.
int helper_lock(struct helper *helper);

// Waits for the next message from the supervisor.  1: *in holds it; 0: the supervisor has gone, end in peace;
// -1: the channel broke, which has been told.
int helper_receive(struct helper *helper, struct message *in);

// Sends a message (fds borrowed).  0, or -1 where the supervisor has gone, or where the message is one that it would refuse
// (proto/check.c) or the channel broke, which has been told on standard error.
int helper_send(struct helper *helper, const P2v__Envelope *envelope, const int *fds, size_t fd_count);

// Tells the person one sentence, by the supervisor or on standard error.  helper_fail() is for the last one: the caller
// ends with the EXIT_FAILED it returns.  So is helper_lost(), where it is for the network or a server that is away: another
// process may do better later (ConnectionLost).  No secrets.
void helper_note(struct helper *helper, P2v__Level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
int helper_fail(struct helper *helper, const char *format, ...) __attribute__((format(printf, 2, 3)));
int helper_lost(struct helper *helper, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The message is not one this helper takes now: fails with a sentence that names it.
int helper_unexpected(struct helper *helper, const struct message *in);

// An Envelope on the stack holding a message on the stack: ENVELOPE(ready, READY, &my_ready).
#define ENVELOPE(FIELD, CASE, POINTER) \
    { .base = PROTOBUF_C_MESSAGE_INIT(&p2v__envelope__descriptor), .body_case = P2V__ENVELOPE__BODY_##CASE, .FIELD = (POINTER) }

// The same with the message itself, whose fields are named: MESSAGE(note, NOTE, Note, .text = text).  It lives as long as the block.
#define MESSAGE(FIELD, CASE, TYPE, ...) \
    ((P2v__Envelope)ENVELOPE(FIELD, CASE, (&(P2v__##TYPE){ PROTOBUF_C_MESSAGE_INIT(&p2v__##FIELD##__descriptor), __VA_ARGS__ })))

#endif
