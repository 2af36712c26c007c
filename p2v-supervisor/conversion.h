// SPDX-License-Identifier: GPL-2.0-or-later
//
// All that the supervisor does, by the file that does it: the steps of a conversion first, then what they consist of.  Those named on_...
// are for permit.c: each takes a checked message from a helper that may send it now.
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

// peer_start(); NULL after the conversion has failed of it.
struct peer *conversion_start(struct supervisor *sup, enum runner_program program, int disk_fd);

// Starts a p2v-transport in this role; NULL after the conversion has failed of it.
struct peer *conversion_transport(struct supervisor *sup, enum role role);

// Gives the control connection its task: to convert, or to go on where the one before it was lost.
void conversion_control(struct supervisor *sup, struct peer *control);

// ---- permit.c -----------------------------------------------------------------------------------------
// The permit table: which helper may say what, when.

// Hands a message, whose fields are checked, to its handler.  A message the table does not permit from this helper in
// this state ends the conversion with a sentence that names both.  The message stays the caller's, but a handler may
// take it over (then it is clear).
void permit_dispatch(struct supervisor *sup, struct peer *peer, struct message *in);

// ---- handlers.c ---------------------------------------------------------------------------------------

void on_ready(struct supervisor *sup, struct peer *peer, struct message *in);
void on_failure(struct supervisor *sup, struct peer *peer, struct message *in);
void on_connection_lost(struct supervisor *sup, struct peer *peer, struct message *in);
void on_note(struct supervisor *sup, struct peer *peer, struct message *in);
void on_inventory(struct supervisor *sup, struct peer *peer, struct message *in);
void on_fetched(struct supervisor *sup, struct peer *peer, struct message *in);

// ---- transport.c --------------------------------------------------------------------------------------

void on_bad_ranges_ask(struct supervisor *sup, struct peer *peer, struct message *in);
void on_bad_ranges(struct supervisor *sup, struct peer *peer, struct message *in);
void on_logged_in(struct supervisor *sup, struct peer *peer, struct message *in);
void on_features(struct supervisor *sup, struct peer *peer, struct message *in);
void on_forward_ready(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_directory(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_started(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_output(struct supervisor *sup, struct peer *peer, struct message *in);
void on_conversion_ended(struct supervisor *sup, struct peer *peer, struct message *in);

// ---- attachments.c ------------------------------------------------------------------------------------
// What tools and p2v.pre have printed goes to the remote directory.

// Starts the tools.  One that cannot be started is told, no more.
void attachments_begin(struct supervisor *sup);

// The attachment i (a tool's place; TOOLS: p2v.pre's) is whole: this file (owned).  It cannot change any more.
void attachments_seal(struct supervisor *sup, size_t i, int fd);

// The tool in this place has ended, with this status of wait(2)'s.
void attachments_tool_ended(struct supervisor *sup, size_t i, int status);

// Is one of the tools waited for?
bool attachments_wait(const struct supervisor *sup);

// Sends those that are whole.  False after the conversion has failed of it.
bool attachments_send(struct supervisor *sup, struct peer *control);

// ---- exits.c ------------------------------------------------------------------------------------------

// A helper, tool, hook or button's program has ended, or could not be started.
void program_ended(struct supervisor *sup, const struct runner_event *event);

// ---- contents.c ---------------------------------------------------------------------------------------
// What is on the disks: a p2v-inspect --contents for each, all at once.

// Starts them, once there is an inventory.  A disk that cannot be opened is passed over: its contents stay unknown.
void contents_begin(struct supervisor *sup);

// The helper is ready: it gets its disk.
void contents_ask(struct supervisor *sup, struct peer *peer);

// One has died (of its disk's bytes, say), or all are too slow: what is on those disks is not known, and the person is told.
void contents_lost(struct supervisor *sup, struct peer *peer, const char *why);
void contents_give_up(struct supervisor *sup);

void on_contents(struct supervisor *sup, struct peer *peer, struct message *in);

// ---- plan.c -------------------------------------------------------------------------------------------
// What is to be converted, by p2v-plan's word.  It computes from what devices have said; here its answer is checked, and the disks
// that it names are opened.

// Asks for a plan of the configuration as it is; p2v-plan is started where it does not run.  The answer is sup->plan, and what
// it was for goes on.  While one is awaited nothing is asked.
void plan_ask(struct supervisor *sup, enum plan_use use);

// p2v-plan is ready: it gets the inventory, what is on the disks, and the question.
void plan_begin(struct supervisor *sup, struct peer *peer);

// Opens the disks of the plan: sup->disks, disk_count.  0, or -1 with err.
int plan_open_disks(struct supervisor *sup, struct error *err);

// The disk at this place of the inventory, opened.  0, or -1 with err.
int plan_open_disk(const struct supervisor *sup, size_t place, struct disk *disk, struct error *err);

// The first of its findings that is an error, against which nothing is converted; NULL: none is.
const P2v__Finding *plan_error(const P2v__Plan *plan);

void on_plan(struct supervisor *sup, struct peer *peer, struct message *in);

// ---- dialogs.c ----------------------------------------------------------------------------------------
// The person decides: p2v-ui asks what to convert and where to, and every answer is checked here.

// The inspection is over: p2v-ui is told what there is, and may ask for connections and for the conversion (PHASE_ASK).
void dialogs_begin(struct supervisor *sup);

// Tells a p2v-ui that has just started all that it needs to show where this run is.
void dialogs_show(struct supervisor *sup, struct peer *ui);

// Tells p2v-ui which phase this is, where it has dialogs.
void dialogs_tell_phase(struct supervisor *sup);

// There is a plan of what they have chosen: they are told of it, or the conversion begins.
void dialogs_planned(struct supervisor *sup);

// What the person tries has failed before anything was begun.  True: they have been told, and may try something else; false: it
// is a failure of the run.
bool dialogs_take_failure(struct supervisor *sup, const char *text);

// What became of the connection that was asked for: why it was not made, and of which setting ("": of none in particular); NULL: it was.
void dialogs_answer(struct supervisor *sup, const char *name, const char *why);

// p2v-ui has ended before it was done with, and how.  True: another one is started, or the conversion goes on without.
bool dialogs_ui_died(struct supervisor *sup, const char *how);

void on_ui_connect(struct supervisor *sup, struct peer *ui, struct message *in);
void on_ui_check(struct supervisor *sup, struct peer *ui, struct message *in);
void on_ui_convert(struct supervisor *sup, struct peer *ui, struct message *in);

// ---- trust.c ------------------------------------------------------------------------------------------
// Whom this run trusts, and what the person is asked for it: the first host key that is accepted holds for the whole run.

// A p2v-transport is ready: it gets all that it needs to log in.
void trust_login(struct supervisor *sup, struct peer *peer);

// A p2v-transport has logged in to a server with this host key.  False where that ended the conversion: another key was accepted before.
bool trust_holds(struct supervisor *sup, const char *fingerprint);

// Puts the next question that waits to p2v-ui; where there is none, nobody answers it.
void trust_ask_next(struct supervisor *sup);

// Questions of a p2v-transport, answers of p2v-ui.
void on_question(struct supervisor *sup, struct peer *peer, struct message *in);
void on_answer(struct supervisor *sup, struct peer *ui, struct message *in);

// ---- reconnect.c --------------------------------------------------------------------------------------
// A connection that is lost while the conversion runs: another p2v-transport is started in its place, again and again, until
// p2v.reconnect seconds have passed.  Before it, one that cannot be made yet, to the server or for a URL: likewise, until p2v.wait
// seconds have passed since the first failure of the run.  There is this one way for every kind of loss.

// This helper's connection is lost, or could not be made again: ends what is left of the helper.  False where nothing is done
// about it: it is no connection, or there is no patience for it (p2v.reconnect, p2v.wait; a test that a person has asked for).
bool reconnect_lost(struct supervisor *sup, struct peer *peer, const char *why);

// This helper's connection does its work; of a p2v-fetch, before what it brings is kept.
void reconnect_made(struct supervisor *sup, struct peer *peer);

// Gives this disk's p2v-export, which lives on, and a new transport a data plane of their own: it never comes through here.  False after
// the conversion has failed of it.
bool reconnect_join(struct supervisor *sup, struct peer *transport, size_t disk);

// Tries again what is due, and fails the conversion where the time is up.
void reconnect_advance(struct supervisor *sup);

// Is a connection lost, for which reconnect_advance() will have something to do?
bool reconnect_waits(const struct supervisor *sup);

// The control connection is wanted now.
void reconnect_hurry(struct supervisor *sup);

// True where virt-v2v may still run on the server, because nobody can tell it to end, or it has not said that it did.
bool reconnect_leaves_job(const struct supervisor *sup);

// ---- hook.c -------------------------------------------------------------------------------------------
// p2v.pre, p2v.post, p2v.fail: the person's commands, from the kernel command line alone.

// Starts one of RUN_PRE, RUN_POST, RUN_FAIL.  0, or -1 with err.
int hook_start(struct supervisor *sup, enum runner_program hook, struct error *err);

// There is something to be read from sup->hook.fd, or its end: it is shown, and kept as long as the hook runs.
void hook_hear(struct supervisor *sup);

// It has ended, with this status of wait(2)'s: that is in sup->hook.status now, and what it printed goes to the system's log.
void hook_ended(struct supervisor *sup, int status);

// A logger(1) that had that has ended.
void hook_logged(struct supervisor *sup, enum runner_program logger, int status);

// ---- buttons.c ----------------------------------------------------------------------------------------
// What a person asks for by a button, and p2v-ui cannot do: granted or refused here, done by the runner.

// A program has ended.  Where a button started it, the person is told.
void buttons_ended(struct supervisor *sup, enum runner_program program, int status);

void on_ui_request(struct supervisor *sup, struct peer *ui, struct message *in);

// ---- progress.c ---------------------------------------------------------------------------------------
// How much of each disk the conversion server has by now: what a p2v-export says of its own disk, checked, kept and shown.

void on_progress(struct supervisor *sup, struct peer *peer, struct message *in);

// Shows the last of every disk in a UI that has just started.
void progress_repeat(struct supervisor *sup, struct peer *ui);

// ---- log.c --------------------------------------------------------------------------------------------
// What has been shown in this run, kept for a UI that is started later, and for the person who wants it in a file.

// Shows bytes in the UI, where one listens, and keeps them; what is beyond 16 MiB is not kept.
void log_show(struct supervisor *sup, unsigned char *bytes, size_t size);

// Keeps a line of our own.
void log_keep_note(struct supervisor *sup, const char *text);

// Shows the last of it in a UI that has just started.
void log_repeat(struct supervisor *sup);

// ---- ending.c -----------------------------------------------------------------------------------------

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

// The deadline has passed.
void conversion_deadline(struct supervisor *sup);

// Tells the person one line, through the UI where it lives, else on standard error.
void conversion_note(struct supervisor *sup, P2v__Level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
