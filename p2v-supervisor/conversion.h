// SPDX-License-Identifier: GPL-2.0-or-later
//
// The steps of a conversion: the permit table's handlers, and what comes after what.
#ifndef P2V_SUPERVISOR_CONVERSION_H
#define P2V_SUPERVISOR_CONVERSION_H

#include "p2v-supervisor/peers.h"

// Starts the UI and the tools whose output is uploaded; where the configuration is only to be printed, the inspection alone.
void conversion_begin(struct supervisor *sup);

// The next phase, which has this many seconds; 0: as long as it takes.
void conversion_enter(struct supervisor *sup, enum phase phase, int seconds);

// Starts the inspection, once the UI can show what it has to say.
void conversion_inspect(struct supervisor *sup);

// Goes on to the next step where this one's conditions are met.  To be called after every event.
void conversion_advance(struct supervisor *sup);

// There is a plan, the first of this run.
void conversion_planned(struct supervisor *sup);

// The connection to the server is tested, and in the end all are made; what has to be fetched before that is.
void conversion_connect(struct supervisor *sup);

// What is to be converted is decided, by the configuration or the person: the conversion begins.
void conversion_decided(struct supervisor *sup);

// Before conversion_decided(): this machine is ours to convert, until this process ends.  0, or -1 with err where another virt-p2v
// converts it.
int conversion_claim(struct supervisor *sup, struct error *err);

// True where what cannot be read of a disk becomes zeroes (p2v.read_errors=zero).
bool conversion_zeroes_bad(const struct supervisor *sup);

// Sends (fds borrowed), and moves the helper to the state in which it may answer.  False after the conversion has failed of it.
bool conversion_send(struct supervisor *sup, struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count,
                     enum peer_state state);

// The attachment i (TOOLS: p2v.pre's) is whole: this file (owned).
void conversion_attach(struct supervisor *sup, size_t i, int fd);

// peer_start(); NULL after the conversion has failed of it.
struct peer *conversion_start(struct supervisor *sup, enum runner_program program, int disk_fd);

// Starts a p2v-transport in this role; NULL after the conversion has failed of it.
struct peer *conversion_transport(struct supervisor *sup, enum role role);

// Gives the control connection its task: to convert, or to go on where the one before it was lost.
void conversion_control(struct supervisor *sup, struct peer *control);

// ---- ends: ending.c ------------------------------------------------------------------------------------

// The verdict, unless there is one already: closes all helpers but the UI, which shows it.
void ending_begin(struct supervisor *sup, enum outcome outcome, const char *text);

// Shows the verdict, once, as soon as the UI can; on standard error where there is no UI.
void ending_show_verdict(struct supervisor *sup);

// Runs p2v.post or p2v.fail once everything else has ended; then PHASE_OVER.  For PHASE_VERDICT and after.
void ending_advance(struct supervisor *sup);

// From now on, in this many seconds, conversion_deadline(); 0: there is none.
void ending_deadline(struct supervisor *sup, int seconds);

// CLOCK_MONOTONIC's, of which all times here are.
time_t seconds_now(void);

// The first verdict stands: everything is closed but the UI, which shows it.
void conversion_fail(struct supervisor *sup, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The person wants it ended.
void conversion_cancel(struct supervisor *sup);

// A helper, tool or hook has ended, or could not be started.
void conversion_program_ended(struct supervisor *sup, const struct runner_event *event);

// The deadline has passed.
void conversion_deadline(struct supervisor *sup);

// Tells the person one line, through the UI where it lives, else on standard error.
void conversion_note(struct supervisor *sup, P2v__Level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Handlers for permit.c: each takes a checked message from a helper that may send it.
void on_ready(struct supervisor *sup, struct peer *peer, struct message *in);
void on_failure(struct supervisor *sup, struct peer *peer, struct message *in);
void on_connection_lost(struct supervisor *sup, struct peer *peer, struct message *in);
void on_note(struct supervisor *sup, struct peer *peer, struct message *in);
void on_inventory(struct supervisor *sup, struct peer *peer, struct message *in);
void on_fetched(struct supervisor *sup, struct peer *peer, struct message *in);
void on_contents(struct supervisor *sup, struct peer *peer, struct message *in);
void on_export_ready(struct supervisor *sup, struct peer *peer, struct message *in);
void on_bad_ranges_ask(struct supervisor *sup, struct peer *peer, struct message *in);
void on_bad_ranges(struct supervisor *sup, struct peer *peer, struct message *in);
void on_logged_in(struct supervisor *sup, struct peer *peer, struct message *in);
void on_features(struct supervisor *sup, struct peer *peer, struct message *in);
void on_forward_ready(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_directory(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_started(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_output(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_ended(struct supervisor *sup, struct peer *peer, struct message *in);
void on_ui_finished(struct supervisor *sup, struct peer *peer, struct message *in);

#endif
