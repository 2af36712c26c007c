// SPDX-License-Identifier: GPL-2.0-or-later
//
// Starts the test build of a helper as virt-p2v (p2v-runner/) starts the helper, and tells what became of it.
#ifndef P2V_TESTS_ATTACK_START_H
#define P2V_TESTS_ATTACK_START_H

#include "tests/hostile/attack/scene.h"

struct attacker_kind {
    enum attacker bit;
    const char *name;                          // "p2v-inspect --contents"
    const char *program, *option;              // option: NULL, none
};

extern const struct attacker_kind attacker_kinds[];
extern const size_t attacker_kind_count;

struct started {
    pid_t pid;
    int pidfd, channel, errors, terminal;      // terminal: the other end of a UI's; -1: none
};

// Starts one to make an attempt (an index; ATTEMPT_WAIT) with these layers.  Its first messages are sent.  0, or -1 with err.
int start_attacker(const struct attacker_kind *kind, const struct machine *machine, int attempt, unsigned layers, struct started *started,
                   struct error *err);

// Waits until it has locked itself, which it says by Ready.  0, or -1 with err.
int started_is_ready(const struct started *started, struct error *err);

// And a victim (ATTEMPT_WAIT) until it has what was sent to it, which it says by a Note.  0, or -1 with err.
int started_has_all(const struct started *started, struct error *err);

// Waits for its end.  The wait status, or -1 with err: it never was locked, or did not end.
int started_end(struct started *started, struct error *err);

// Kills it.
void started_kill(struct started *started);

#endif
