// SPDX-License-Identifier: GPL-2.0-or-later
//
// The helpers as the supervisor holds them: started by the runner, spoken to over their channel, closed when done with.
#ifndef P2V_SUPERVISOR_PEERS_H
#define P2V_SUPERVISOR_PEERS_H

#include "p2v-supervisor/supervisor.h"

// Starts a helper; it is in PEER_STARTING.  disk_fd (borrowed): what a p2v-export needs before its lock where another NBD
// server is chosen; -1 for all others.  NULL with err.
struct peer *peer_start(struct supervisor *sup, enum runner_program program, int disk_fd, struct error *err);

// Sends a message as channel_send() does, without waiting: every message to a helper goes this way.
enum channel_result peer_try(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err);

// Sends a message (fds borrowed) without ever waiting.  p2v-ui's messages queue up where the display is slow, and p2v-plan's; another
// helper that does not read its few messages is an error.  0, or -1 with err naming the helper.
int peer_send(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err);

// Sends p2v-ui a message that it may miss.  False where there is none that listens, or it does not take it.
bool ui_tell(struct supervisor *sup, const P2v__Envelope *envelope);

// Sends what waits in the queue, as far as there is room.  0, or -1 with err.
int peer_flush(struct peer *peer, struct error *err);

// We are done with it: closes its channel, so that it ends.  Its place is free once the runner has told its end.
void peer_close(struct peer *peer);

// The same, and it is killed: it has nothing to tidy up, or has lost the right to.
void peer_end(struct supervisor *sup, struct peer *peer);

// The runner has told its end: frees its place.
void peer_forget(struct peer *peer);

// The one of this id, the runner's; then the first of them, of a program or as it is named, that we are not done with.  NULL where there
// is none.
struct peer *peer_by_id(struct supervisor *sup, uint32_t id);
struct peer *peer_of(struct supervisor *sup, enum runner_program program);
struct peer *peer_export(struct supervisor *sup, size_t disk);
struct peer *peer_transport(struct supervisor *sup, enum role role);

// Starts what is no helper (fds borrowed): sup->tasks has its id until it ends.  0, or -1 with err.
int task_start(struct supervisor *sup, enum runner_program program, uint32_t argument, const int *fds, size_t fd_count, struct error *err);

// Does any of the programs [first, end) run?
bool task_runs(const struct supervisor *sup, enum runner_program first, enum runner_program end);

// The last line that a program, which has ended, wrote to this memfd (to its standard error a loader's complaint, say), cleaned, without
// its name before it; "" where there is none.
void last_words(int fd, const char *name, char *text, size_t size);

#endif
